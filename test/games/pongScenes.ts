/** What the tests of Pong set up and play with. */
import {
  Pong,
  type PongBall,
  type PongInput,
  type PongPaddle,
  type PongState,
  type SeatInput
} from "../../src/games/index.ts"
import { speedAfter } from "../../src/games/pong/Ball.ts"
import { boardOf, guardsOf, rangeOf, type Side, sides } from "../../src/games/pong/Board.ts"
import type { SeatId } from "../../src/protocol/Ids.ts"
import { fc } from "../setup/chance.ts"
import { botsPlay } from "./bots.ts"

export type Inputs = ReadonlyArray<SeatInput<PongInput>>
export type Seats = PongState["seats"]

export const profile = { name: "Ada", color: "#102030" }
export const seatOf = (seat: number): SeatId => seat as SeatId
export const input = (seat: number, move: PongInput["move"]): SeatInput<PongInput> => ({
  seat: seatOf(seat),
  input: { move }
})

/** A match of so many that has just begun: seat 1 is on the left, 2 right, 3 at the top, 4 at the bottom. */
export const begun = (seed: number, seats: Seats, points = 5): PongState => {
  let state = Pong.initial(seed, { seats, points })
  for (let seat = 1; seat <= seats; seat++) state = Pong.join(state, seatOf(seat), profile)
  return state
}

/** The ball in play as told, and paddles where a case needs them; the rest in the middle, at rest. */
export const scene = (
  seats: Seats,
  ball: PongBall,
  at: { readonly [seat: string]: number } = {},
  rest: Partial<PongState> = {}
): PongState => {
  const state = begun(1, seats)
  const paddles: Record<string, PongPaddle> = { ...state.paddles }
  for (const seat of Object.keys(at)) paddles[seat] = { ...paddles[seat]!, at: at[seat]! }
  return { ...state, phase: "playing", serveIn: 0, ball, paddles, ...rest }
}

export const steps = (state: PongState, ticks: number, inputs: Inputs = []): PongState => {
  let next = Pong.step(state, inputs)
  for (let tick = 1; tick < ticks; tick++) next = Pong.step(next, [])
  return next
}

export const speedOf = ({ vx, vy }: PongBall): number => Math.sqrt(vx * vx + vy * vy)

/** Bots in every seat until the match is over or the time is; their inputs come `lag` ticks after the view they saw. */
export const playBots = (
  start: PongState,
  ticksMax: number,
  lag: number,
  seed: number,
  seen?: (state: PongState, before: PongState, inputs: Inputs) => void
) => botsPlay(Pong, ({ paddles }) => Object.keys(paddles), start, { ticksMax, lag, seed, ...(seen && { seen }) })

// --- arbitraries -----------------------------------------------------------------------------------------------------

export const seatCount = fc.constantFrom<Seats>(2, 3, 4)
const move = fc.constantFrom<PongInput["move"]>(-1, 0, 1)
const share = fc.double({ min: 0, max: 1, noNaN: true })

/** Anything that may happen in a match. */
const happening = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({ kind: fc.constant("input" as const), seat: fc.integer({ min: 1, max: 6 }), move })
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("join" as const), seat: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("leave" as const), seat: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("ticks" as const), count: fc.integer({ min: 1, max: 200 }) }) }
)
export const scripts = fc.array(happening, { maxLength: 60 })
export type Happening = typeof happening extends fc.Arbitrary<infer A> ? A : never

/** Plays a script; `check` sees every state with the one before, and whether a tick was between them. */
export const play = (
  start: PongState,
  script: ReadonlyArray<Happening>,
  check: (state: PongState, before: PongState, ticked: Inputs | null) => void
): PongState => {
  let state = start
  let inputs: Array<SeatInput<PongInput>> = []
  const go = (next: PongState, ticked: Inputs | null): void => {
    check(next, state, ticked)
    state = next
  }
  for (const event of [...script, { kind: "ticks" as const, count: 1 }]) {
    if (event.kind === "input") inputs.push(input(event.seat, event.move))
    else if (event.kind === "join") go(Pong.join(state, seatOf(event.seat), profile), null)
    else if (event.kind === "leave") go(Pong.leave(state, seatOf(event.seat)), null)
    else {
      const sorted = inputs.sort((a, b) => a.seat - b.seat)
      inputs = []
      for (let tick = 0; tick < event.count; tick++) {
        const now = tick === 0 ? sorted : []
        go(Pong.step(state, now), now)
      }
    }
  }
  return state
}

/** A moment of play: any number of sides still guarded, the ball anywhere, in any direction, after any number of hits. */
export const moments: fc.Arbitrary<PongState> = fc.record({
  seats: seatCount,
  seed: fc.integer(),
  gone: fc.subarray([1, 2, 3, 4], { maxLength: 2 }),
  at: fc.tuple(share, share, share, share),
  moves: fc.tuple(move, move, move, move),
  // Not in the very corners, where the order of sides decides.
  x: fc.double({ min: 0.001, max: 0.999, noNaN: true }),
  y: fc.double({ min: 0.001, max: 0.998, noNaN: true }),
  turn: share,
  rally: fc.integer({ min: 0, max: 40 })
}).map(({ at, gone, moves, rally, seats, seed, turn, x, y }) => {
  let state = begun(seed, seats)
  for (const seat of gone) if (Object.keys(state.paddles).length > 2) state = Pong.leave(state, seatOf(seat))
  const board = boardOf(seats)
  const guards = guardsOf(state.paddles)
  const paddles: Record<string, PongPaddle> = {}
  for (const seat of Object.keys(state.paddles)) {
    const { side } = state.paddles[seat]!
    const [least, most] = rangeOf(side, board, guards)
    const index = Number(seat) - 1
    paddles[seat] = { side, at: least + at[index]! * (most - least), move: moves[index]! }
  }
  const speed = speedAfter(rally)
  const ball = {
    x: 5 + x * (board.width - 10),
    y: 5 + y * (board.height - 10),
    vx: Math.cos(turn * 2 * Math.PI) * speed,
    vy: Math.sin(turn * 2 * Math.PI) * speed
  }
  return { ...state, phase: "playing", serveIn: 0, paddles, ball, rally }
})

const mirrored: { readonly [side in Side]: Side } = { left: "right", right: "left", top: "top", bottom: "bottom" }
const transposed: { readonly [side in Side]: Side } = { left: "top", right: "bottom", top: "left", bottom: "right" }

const turned = (state: PongState, turn: (paddle: PongPaddle) => PongPaddle): PongState["paddles"] =>
  Object.fromEntries(Object.entries(state.paddles).map(([seat, paddle]) => [seat, turn(paddle)]))

/** Left and right exchanged. */
export const mirror = (state: PongState): PongState => {
  const { width } = boardOf(state.seats)
  const { ball } = state
  return {
    ...state,
    paddles: turned(state, ({ at, move, side }) => {
      const alongX = side === "top" || side === "bottom"
      return { side: mirrored[side], at: alongX ? width - at : at, move: alongX ? (0 - move) as -1 | 0 | 1 : move }
    }),
    ball: { ...ball, x: width - ball.x, vx: 0 - ball.vx }
  }
}

/** The square board's two axes exchanged. */
export const transpose = (state: PongState): PongState => {
  const { vx, vy, x, y } = state.ball
  return {
    ...state,
    paddles: turned(state, (paddle) => ({ ...paddle, side: transposed[paddle.side] })),
    ball: { x: y, y: x, vx: vy, vy: vx }
  }
}

export const guardedSides = (state: PongState): ReadonlyArray<Side> =>
  sides.filter((side) => guardsOf(state.paddles)[side] !== null)
