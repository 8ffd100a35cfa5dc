/** What the tests of Gather set up and play with. */
import {
  Gather,
  type GatherInput,
  type GatherPlace,
  type GatherPlayer,
  gatherRules,
  type GatherState,
  type SeatInput
} from "../../src/games/index.ts"
import type { SeatId } from "../../src/protocol/Ids.ts"
import { fc } from "../setup/chance.ts"

export type Inputs = ReadonlyArray<SeatInput<GatherInput>>

export const profile = { name: "Ada", color: "#102030" }
export const seatOf = (seat: number): SeatId => seat as SeatId
export const { square } = gatherRules

export const overlap = (a: GatherPlace, b: GatherPlace): boolean =>
  Math.abs(a.x - b.x) < square && Math.abs(a.y - b.y) < square

export const distance = (a: GatherPlace, b: GatherPlace): number => Math.sqrt((a.x - b.x) ** 2 + (a.y - b.y) ** 2)

export const joined = (seed: number, ...seats: ReadonlyArray<number>): GatherState =>
  seats.reduce((state, seat) => Gather.join(state, seatOf(seat), profile), Gather.initial(seed))

export const input = (seat: number, dx: GatherInput["dx"], dy: GatherInput["dy"]): SeatInput<GatherInput> => ({
  seat: seatOf(seat),
  input: { dx, dy }
})

export const steps = (state: GatherState, ticks: number, inputs: Inputs = []): GatherState => {
  let next = Gather.step(state, inputs)
  for (let tick = 1; tick < ticks; tick++) next = Gather.step(next, [])
  return next
}

/** Players and gatherables put where a case needs them; what it does not say lies in the corners. */
export const scene = (
  players: Readonly<Record<number, Partial<GatherPlayer>>>,
  gatherables: ReadonlyArray<GatherPlace>,
  scores: Readonly<Record<number, number>> = {}
): GatherState => {
  const seats = Object.keys(players).map(Number)
  const state = joined(1, ...seats)
  const corners = [{ x: 580, y: 380 }, { x: 580, y: 0 }, { x: 0, y: 380 }]
  return {
    ...state,
    players: Object.fromEntries(seats.map((seat) => [seat, { ...state.players[seat]!, ...players[seat] }])),
    gatherables: [...gatherables, ...corners].slice(0, 3),
    scoreboard: Object.fromEntries(seats.map((seat) => [seat, { score: scores[seat] ?? 0, gamesWon: 0 }]))
  }
}

export const scoresOf = (state: GatherState): ReadonlyArray<number> =>
  Object.values(state.scoreboard).map(({ score }) => score)

/** Seat 1 with four points, one tick before its fifth. */
export const beforeWin = scene({ 1: { x: 100, y: 100 }, 2: { x: 300, y: 300 } }, [{ x: 121, y: 100 }], { 1: 4, 2: 3 })

export const direction = fc.record({
  dx: fc.constantFrom<GatherInput["dx"]>(-1, 0, 1),
  dy: fc.constantFrom<GatherInput["dy"]>(-1, 0, 1)
})

/** What may happen between two ticks, or in one. */
export const happening = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({ kind: fc.constant("input" as const), seat: fc.integer({ min: 1, max: 18 }), direction })
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom("join" as const), seat: fc.integer({ min: 1, max: 16 }) })
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom("leave" as const, "away" as const, "back" as const),
      seat: fc.integer({ min: 1, max: 18 })
    })
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("ticks" as const), count: fc.integer({ min: 1, max: 90 }) }) }
)
export type Happening = typeof happening extends fc.Arbitrary<infer A> ? A : never

/** Plays a script; `check` sees every state with the one before. */
export const play = (
  start: GatherState,
  script: ReadonlyArray<Happening>,
  check: (state: GatherState, before: GatherState, inputs: Inputs) => void
): GatherState => {
  let state = start
  let inputs: Array<SeatInput<GatherInput>> = []
  const go = (next: GatherState, applied: Inputs) => {
    check(next, state, applied)
    state = next
  }
  for (const event of [...script, { kind: "ticks" as const, count: 1 }]) {
    if (event.kind === "input") inputs.push({ seat: seatOf(event.seat), input: event.direction })
    else if (event.kind === "join") go(Gather.join(state, seatOf(event.seat), profile), [])
    else if (event.kind === "ticks") {
      const sorted = inputs.sort((a, b) => a.seat - b.seat)
      inputs = []
      for (let tick = 0; tick < event.count; tick++) {
        go(Gather.step(state, tick === 0 ? sorted : []), tick === 0 ? sorted : [])
      }
    } else go(Gather[event.kind]!(state, seatOf(event.seat)), [])
  }
  return state
}

export const scripts = fc.array(happening, { maxLength: 60 })
