/**
 * A room's fold: what the log's events, one after the other, make of its state. Pure; all nodes fold the same events to
 * the same state.
 */
import {
  bySubstitute,
  type Event,
  type EventOf,
  lineageMax,
  type RoomSnapshot,
  type SeatRecord
} from "../protocol/Event.ts"
import type { Clock, SeatId, Seq } from "../protocol/Ids.ts"
import type { Match as MatchRecord, MatchView } from "../protocol/Match.ts"
import { compare, equals, type ReignRef } from "../protocol/Reign.ts"
import type { RoomView, SeatView } from "../protocol/View.ts"
import { chainInput } from "./InputLedger.ts"
import * as Match from "./Match.ts"
import type { AnyRules, SeatInput } from "./Rules.ts"
import * as StateHash from "./StateHash.ts"

export type { AnyRules } from "./Rules.ts"

/** An event that has no number yet. */
export type Draft = Event extends infer E ? E extends Event ? Omit<E, "seq"> : never : never

/** The event that a draft is after this state, or as the first one of a room. */
export const numbered = (draft: Draft, state: RoomState | null): Event =>
  ({ ...draft, seq: (state?.seq ?? 0) + 1 as Seq }) as Event

/** A room's folded state; the same data as its snapshot. */
export type RoomState = RoomSnapshot

export type { Event } from "../protocol/Event.ts"

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
      options: event.options ?? null,
      ended: false,
      nextSeat: 1 as SeatId,
      seats: [],
      match: rules.match === undefined ? null : Match.opened,
      game: rules.initial(event.seed, event.options)
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
      return seated(rules, next, event)
    case "away":
      return withMatch(
        withSeat(next, event.seat, (record) => ({ ...record, awaySince: state.clock }), rules.away),
        (match, after) => Match.away(match, event.seat, around(rules, after))
      )
    case "back":
      return withMatch(
        withSeat(next, event.seat, (record) => ({ ...record, awaySince: null, node: event.node }), rules.back),
        (match, after) => Match.back(match, event.seat, around(rules, after))
      )
    case "left":
      return left(rules, next, event.seat)
    case "acted":
      return act(rules, next, event)
    case "substituted":
      return withMatch(next, (match, after) => Match.substituted(match, event.seat, around(rules, after)))
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

// -------------------------------------------------------------------- seats

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

/** In a match's room, who takes a seat plays from the next match on. */
const seated = (rules: AnyRules, state: RoomState, event: EventOf<"seated">): RoomState => ({
  ...state,
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
  game: state.match === null ? rules.join(state.game, event.seat, event.profile) : state.game
})

const left = (rules: AnyRules, state: RoomState, seat: SeatId): RoomState => {
  const seats = state.seats.filter((record) => record.seat !== seat)
  const plays = state.match === null || (Match.isOn(state.match) && state.match.players.includes(seat))
  const game = plays ? rules.leave(state.game, seat) : state.game
  return withMatch(
    { ...state, seats, game },
    (match, after) => Match.left(match, seat, rules.outcome(game).over, around(rules, after))
  )
}

// -------------------------------------------------------------------- matches

const around = (rules: AnyRules, state: RoomState): Match.Around => ({
  clock: state.clock,
  tickRate: rules.tickRate,
  present: state.seats.filter((record) => record.awaySince === null).map((record) => record.seat).sort((a, b) => a - b),
  playersMin: rules.match?.players(state.options).min ?? 1
})

const withMatch = (
  state: RoomState,
  change: (match: MatchRecord, state: RoomState) => MatchRecord
): RoomState => state.match === null ? state : { ...state, match: change(state.match, state) }

const act = (rules: AnyRules, state: RoomState, { act, ballot, seat }: EventOf<"acted">): RoomState => {
  const next = withMatch(state, (match, before) => Match.acted(match, seat, act, ballot, around(rules, before)))
  const begins = next.match !== null && next.match.round !== state.match?.round
  return begins ? { ...next, game: begun(rules, next) } : next
}

/** The game as it stands before the first tick of a match. */
const begun = (rules: AnyRules, { match, options, seats, seed }: RoomState): unknown =>
  match!.players.reduce(
    (game, seat) => rules.join(game, seat, seats.find((record) => record.seat === seat)!.profile),
    rules.initial(seedOf(seed, match!.round), options)
  )

/** Each match of a room has a seed of its own. */
const seedOf = (seed: number, round: number): number => (seed + Math.imul(round - 1, 0x9e3779b9)) >>> 0

// -------------------------------------------------------------------- ticks

const tick = (rules: AnyRules, state: RoomState, event: EventOf<"tick">): RoomState => {
  const seats = event.inputs.length === 0 ? (state.seats as Array<SeatRecord>) : [...state.seats]
  const inputs: Array<SeatInput<unknown>> = []
  for (const [seat, number, input] of event.inputs) {
    if (number === bySubstitute && state.match?.substituted.includes(seat)) inputs.push({ seat, input })
    const at = seats.findIndex((record) => record.seat === seat)
    const record = seats[at]
    if (record === undefined || number !== record.lastInput + 1) continue
    seats[at] = { ...record, lastInput: number, inputHash: chainInput(record.inputHash, number, input) }
    inputs.push({ seat, input })
  }
  const next = { ...state, clock: state.clock + 1 as RoomState["clock"], seats }
  return next.match === null
    ? { ...next, game: rules.step(next.game, inputs) }
    : tickMatch(rules, next, next.match, inputs)
}

/** Time passes in all stages; the game goes on in one. */
const tickMatch = (
  rules: AnyRules,
  state: RoomState,
  before: MatchRecord,
  inputs: ReadonlyArray<SeatInput<unknown>>
): RoomState => {
  const match = before.until === null ? before : Match.ticked(before, around(rules, state))
  if (match.stage !== "playing") {
    return { ...state, match: inputs.reduce((now, { input, seat }) => Match.hold(now, seat, input), match) }
  }
  const game = rules.step(state.game, played(match, inputs))
  const still = match.held.length === 0 ? match : { ...match, held: [] }
  return { ...state, game, match: rules.outcome(game).over ? Match.over(still) : still }
}

/** The players' inputs, those that were held first. */
const played = (
  { held, players }: MatchRecord,
  inputs: ReadonlyArray<SeatInput<unknown>>
): ReadonlyArray<SeatInput<unknown>> => {
  if (held.length === 0) {
    return inputs.length === 0 ? inputs : inputs.filter(({ seat }) => players.includes(seat))
  }
  return [...held.map(([seat, input]) => ({ seat, input })), ...inputs]
    .filter(({ seat }) => players.includes(seat))
    .sort((a, b) => a.seat - b.seat)
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
    match: previous !== undefined && previous.state.match === state.match
      ? previous.view.match
      : state.match && matchView(state.match),
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

const matchView = ({ held: _, ...rest }: MatchRecord): MatchView => rest

const seatViews = ({ seats }: RoomState): Record<string, SeatView> =>
  Object.fromEntries(
    seats.map(({ awaySince, node, profile, seat }) => [seat, { profile, node, away: awaySince !== null }])
  )

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
