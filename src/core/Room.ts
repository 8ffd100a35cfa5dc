/**
 * A room's fold: what the log's events, one after the other, make of its state. Pure; all nodes fold the same events to
 * the same state.
 */
import { type Event, type EventOf, lineageMax, type RoomSnapshot, type SeatRecord } from "../protocol/Event.ts"
import type { Clock, Profile, SeatId, Seq } from "../protocol/Ids.ts"
import { compare, equals, type ReignRef } from "../protocol/Reign.ts"
import type { RoomView, SeatView } from "../protocol/View.ts"
import { chainInput } from "./InputLedger.ts"
import * as StateHash from "./StateHash.ts"

/** The part of a game that a room's fold needs; every `Game` has it. */
export interface Rules<State = unknown, Input = unknown> {
  readonly initial: (seed: number, options?: unknown) => State
  readonly join: (state: State, seat: SeatId, profile: Profile) => State
  readonly leave: (state: State, seat: SeatId) => State
  readonly away?: (state: State, seat: SeatId) => State
  readonly back?: (state: State, seat: SeatId) => State
  readonly step: (
    state: State,
    inputs: ReadonlyArray<{ readonly seat: SeatId; readonly input: Input }>
  ) => State
  readonly view: (state: State) => unknown
}

/** Any game's rules, where its own types do not matter. */
// oxlint-disable-next-line typescript/no-explicit-any -- the states and inputs of a game are its own
export type AnyRules = Rules<any, any>

/** A room's folded state; the same data as its snapshot. */
export type RoomState = RoomSnapshot

/** The event is not the next one of this room's log. */
export type Refusal = "gap" | "old" | "not-open" | "ended"

/**
 * The state after the event, or why it does not follow. `reign` is the one that a room is opened under; from there on the
 * log itself says which one orders it.
 *
 * Inputs are applied once, in order, by number: one that was applied before, or that comes before its predecessor, or
 * of a seat that is not there, changes nothing.
 */
export const apply = (
  rules: AnyRules,
  state: RoomState | null,
  event: Event,
  reign: ReignRef
): RoomState | Refusal => {
  if (state === null) {
    if (event._tag !== "opened" || event.seq !== 1) return "not-open"
    return {
      room: event.room,
      seq: event.seq,
      clock: 0 as RoomState["clock"],
      reign,
      lineage: [{ reign, seq: event.seq, clock: 0 as RoomState["clock"] }],
      seed: event.seed,
      ended: false,
      nextSeat: 1 as SeatId,
      seats: [],
      game: rules.initial(event.seed)
    }
  }
  if (event.seq <= state.seq) return "old"
  if (event.seq !== state.seq + 1) return "gap"
  if (state.ended) return "ended"
  const next = { ...state, seq: event.seq }
  switch (event._tag) {
    case "tick":
      return tick(rules, next, event)
    case "seated":
      return {
        ...next,
        nextSeat: Math.max(state.nextSeat, event.seat + 1) as SeatId,
        seats: [...state.seats, {
          seat: event.seat,
          tokenHash: event.tokenHash,
          profile: event.profile,
          node: event.node,
          awaySince: null,
          lastInput: 0 as SeatRecord["lastInput"],
          inputHash: 0
        }],
        game: rules.join(state.game, event.seat, event.profile)
      }
    case "away":
      return withSeat(next, event.seat, (record) => ({ ...record, awaySince: state.clock }), rules.away)
    case "back":
      return withSeat(next, event.seat, (record) => ({ ...record, awaySince: null, node: event.node }), rules.back)
    case "left":
      return {
        ...next,
        seats: state.seats.filter((record) => record.seat !== event.seat),
        game: rules.leave(state.game, event.seat)
      }
    case "ended":
      return { ...next, ended: true }
    case "reigned":
      return {
        ...next,
        reign: event.reign,
        lineage: [...state.lineage, { reign: event.reign, seq: event.seq, clock: state.clock }].slice(-lineageMax)
      }
    case "opened":
      return next
  }
}

const withSeat = (
  state: RoomState,
  seat: SeatId,
  change: (record: SeatRecord) => SeatRecord,
  rule: AnyRules["away"]
): RoomState => ({
  ...state,
  seats: state.seats.map((record) => record.seat === seat ? change(record) : record),
  game: rule === undefined ? state.game : rule(state.game, seat)
})

const tick = (rules: AnyRules, state: RoomState, event: EventOf<"tick">): RoomState => {
  const seats = event.inputs.length === 0 ? (state.seats as Array<SeatRecord>) : [...state.seats]
  const inputs: Array<{ readonly seat: SeatId; readonly input: unknown }> = []
  for (const [seat, number, input] of event.inputs) {
    const at = seats.findIndex((record) => record.seat === seat)
    const record = seats[at]
    if (record === undefined || number !== record.lastInput + 1) continue
    seats[at] = { ...record, lastInput: number, inputHash: chainInput(record.inputHash, number, input) }
    inputs.push({ seat, input })
  }
  return {
    ...state,
    clock: state.clock + 1 as RoomState["clock"],
    seats,
    game: rules.step(state.game, inputs)
  }
}

/** The hash that nodes compare now and then. The reign is left out: it is not part of the game. */
export const hash = (state: RoomState): number => {
  const { reign: _, ...rest } = state
  return StateHash.hash(rest)
}

/**
 * What screens are sent of a state. Keeps what did not change of `previous`, by identity, so that a delta finds it fast.
 */
export const view = (rules: AnyRules, state: RoomState, previous?: { state: RoomState; view: RoomView }): RoomView => {
  const acks: Record<string, readonly [SeatRecord["lastInput"], number]> = {}
  for (const record of state.seats) acks[record.seat] = [record.lastInput, record.inputHash]
  return {
    room: state.room,
    seq: state.seq,
    clock: state.clock,
    seats: previous !== undefined && sameSeats(previous.state.seats, state.seats)
      ? previous.view.seats
      : seatViews(state),
    acks,
    ended: state.ended,
    game: rules.view(state.game)
  }
}

const sameSeats = (a: ReadonlyArray<SeatRecord>, b: ReadonlyArray<SeatRecord>): boolean =>
  a === b || (a.length === b.length && a.every((record, i) => {
    const other = b[i]!
    return record.seat === other.seat && record.profile === other.profile && record.node === other.node
      && (record.awaySince === null) === (other.awaySince === null)
  }))

const seatViews = (state: RoomState): Record<string, SeatView> => {
  const seats: Record<string, SeatView> = {}
  for (const record of state.seats) {
    seats[record.seat] = { profile: record.profile, node: record.node, away: record.awaySince !== null }
  }
  return seats
}

/** Whether a log that ends at `seq` under `reign` goes further than another: positive when `a` does. */
export const compareHeads = (
  a: { readonly reign: ReignRef; readonly seq: Seq },
  b: { readonly reign: ReignRef; readonly seq: Seq }
): number => compare(a.reign, b.reign) || a.seq - b.seq

/** Whether a log that ends there is part of the log that made this state. True where the room's memory is too short to tell. */
export const contains = (state: RoomState, head: { readonly reign: ReignRef; readonly seq: Seq }): boolean => {
  if (head.seq > state.seq) return false
  if (head.seq < state.lineage[0]!.seq) return true
  const at = state.lineage.findIndex((entry) => equals(entry.reign, head.reign))
  return at >= 0 && head.seq >= state.lineage[at]!.seq && head.seq < (state.lineage[at + 1]?.seq ?? Infinity)
}

/** The clock up to which two states share their log: what came after it, each has for itself. */
export const partedAt = (a: RoomState, b: RoomState): Clock => {
  const common = a.lineage.findLastIndex((entry) => b.lineage.some((other) => equals(other.reign, entry.reign)))
  if (common < 0) return 0 as Clock
  const other = b.lineage.findIndex((entry) => equals(entry.reign, a.lineage[common]!.reign))
  return Math.min(a.lineage[common + 1]?.clock ?? a.clock, b.lineage[other + 1]?.clock ?? b.clock) as Clock
}
