/** Random logs of rooms, as a host orders them: numbered without gaps, over several reigns. */
import * as Room from "../../src/core/Room.ts"
import type { RoomState } from "../../src/core/Room.ts"
import type { Event } from "../../src/protocol/Event.ts"
import type { PeerId, RoomId, Seq } from "../../src/protocol/Ids.ts"
import type { ReignRef } from "../../src/protocol/Reign.ts"
import { tallyOf } from "../cluster/tally.ts"
import { fc } from "../setup/chance.ts"

export const rules = tallyOf()
export const room = "main" as RoomId
export const reignOf = (epoch: number, host = 1): ReignRef => ({
  epoch: epoch as ReignRef["epoch"],
  host: `0000000${host}-0000-4000-8000-000000000000` as PeerId
})

type Unnumbered = Event extends infer E ? E extends Event ? Omit<E, "seq"> : never : never

const seat = fc.integer({ min: 1, max: 3 }) as fc.Arbitrary<never>
const node = reignOf(1).host
const profile = { name: "Ada", color: "#123456" }

/** Inputs with right and wrong numbers, of seats that are there or not. */
const inputs = fc.array(fc.tuple(seat, fc.integer({ min: 0, max: 5 }), fc.record({ add: fc.integer() })), {
  maxLength: 4
}) as unknown as fc.Arbitrary<Extract<Event, { _tag: "tick" }>["inputs"]>

const unnumbered: fc.Arbitrary<Unnumbered> = fc.oneof(
  { weight: 6, arbitrary: inputs.map((inputs) => ({ _tag: "tick" as const, inputs })) },
  {
    weight: 2,
    arbitrary: seat.map((n) => ({ _tag: "seated" as const, seat: n, tokenHash: `${n}` as never, profile, node }))
  },
  { weight: 1, arbitrary: seat.map((n) => ({ _tag: "left" as const, seat: n })) },
  { weight: 1, arbitrary: seat.map((n) => ({ _tag: "away" as const, seat: n })) },
  { weight: 1, arbitrary: seat.map((n) => ({ _tag: "back" as const, seat: n, node })) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 1, max: 3 }).map((host) => ({
      _tag: "reigned" as const,
      reign: reignOf(0, host),
      cause: "crash" as const
    }))
  }
)

/** A seat is given once only, and each reign is newer than the one before. */
const lawful = (seed: number, drafts: ReadonlyArray<Unnumbered>): ReadonlyArray<Event> => {
  const events: Array<Event> = [{ _tag: "opened", seq: 1 as Seq, room, seed }]
  const seats = new Set<number>()
  let epoch = 1
  let given = 0
  for (const draft of drafts) {
    const seq = (events.length + 1) as Seq
    if (draft._tag === "seated") {
      given++
      seats.add(given)
      events.push({ ...draft, seq, seat: given as never, tokenHash: `${given}`.repeat(64).slice(0, 64) as never })
    } else if (draft._tag === "reigned") events.push({ ...draft, seq, reign: reignOf(++epoch, 1 + (epoch % 3)) })
    else if (draft._tag !== "tick" && "seat" in draft && !seats.has(draft.seat)) continue
    else events.push({ ...draft, seq } as Event)
    if (draft._tag === "left") seats.delete(draft.seat)
  }
  return events
}

export const logs: fc.Arbitrary<ReadonlyArray<Event>> = fc
  .tuple(fc.nat(), fc.array(unnumbered, { maxLength: 60, size: "max" }))
  .map(([seed, drafts]) => lawful(seed, drafts))

/** The state that a log folds to, from nothing or from a state. */
export const foldAll = (events: ReadonlyArray<Event>, from: RoomState | null = null): RoomState => {
  let state = from
  for (const event of events) {
    const next = Room.apply(rules, state, event, reignOf(1))
    if (typeof next === "string") throw new Error(`event ${event.seq} (${event._tag}) is refused: ${next}`)
    state = next
  }
  return state!
}
