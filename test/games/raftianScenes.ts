/** What the tests of Raftian set up and play with. */
import {
  Raftian,
  type RaftianCity,
  type RaftianInput,
  type RaftianState,
  type SeatInput
} from "../../src/games/index.ts"
import type { SeatId } from "../../src/protocol/Ids.ts"
import { fc } from "../setup/chance.ts"

export type Commands = ReadonlyArray<SeatInput<RaftianInput>>

export const seatOf = (seat: number): SeatId => seat as SeatId

const names = ["Ada", "Bo", "Cleo", "Dimitri", "Edda", "Farid", "Greta", "Hiroshi"]

export const profileOf = (seat: number) => ({
  name: names[(seat - 1) % names.length]!,
  color: `#${String(seat % 100).padStart(2, "0")}3366`
})

export const joined = (...seats: ReadonlyArray<number>): RaftianState =>
  seats.reduce((state, seat) => Raftian.join(state, seatOf(seat), profileOf(seat)), Raftian.initial(0))

export const attack = (by: number, on: number): SeatInput<RaftianInput> => ({
  seat: seatOf(by),
  input: { attacks: seatOf(on) }
})

export const again = (by: number): SeatInput<RaftianInput> => ({ seat: seatOf(by), input: { again: true } })

export const commit = (state: RaftianState, ...commands: Commands): RaftianState => Raftian.step(state, commands)

/** Attacks until the target has fallen. */
export const fell = (state: RaftianState, by: number, on: number): RaftianState =>
  commit(state, attack(by, on), attack(by, on), attack(by, on), attack(by, on))

export const hpOf = ({ cities }: RaftianState): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(cities).map(([seat, { hp }]: [string, RaftianCity]) => [seat, hp]))

/** What was told since a state, without numbers. */
export const since = (before: RaftianState, after: RaftianState): ReadonlyArray<object> =>
  after.happenings.filter(({ number }) => number > before.happened).map(({ number: _number, ...event }) => event)

const seat = fc.integer({ min: 1, max: 10 })

const command = fc.oneof(
  { weight: 12, arbitrary: fc.tuple(seat, seat).map(([by, on]) => attack(by, on)) },
  { weight: 1, arbitrary: seat.map(again) }
)

/** An entry of the log: a batch of commands, or somebody who comes or goes. */
const entry = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant("commands" as const), commands: fc.array(command, { maxLength: 8 }) })
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom("join" as const, "leave" as const, "away" as const, "back" as const),
      seat
    })
  }
)
export type Entry = typeof entry extends fc.Arbitrary<infer A> ? A : never

export const logs = fc.array(entry, { maxLength: 60, size: "max" })

/** Folds one entry. */
export const fold = (state: RaftianState, entry: Entry): RaftianState => {
  if (entry.kind === "commands") return Raftian.step(state, entry.commands)
  if (entry.kind === "join") return Raftian.join(state, seatOf(entry.seat), profileOf(entry.seat))
  return Raftian[entry.kind]!(state, seatOf(entry.seat))
}

/** Folds a log; `seen` gets every state with the one before. */
export const play = (
  start: RaftianState,
  log: ReadonlyArray<Entry>,
  seen: (state: RaftianState, before: RaftianState, entry: Entry) => void
): RaftianState =>
  log.reduce((before, entry) => {
    const state = fold(before, entry)
    seen(state, before, entry)
    return state
  }, start)
