/**
 * Pong, for two, three or four: each guards a side of the board, and the first to so many points wins the match.
 *
 * Rows B13 and C2 of the features. The ball speeds up with every hit and leaves a paddle in the direction that tells where
 * it was met; see pong/Board for the measures and pong/Ball for its flight.
 *
 * - The match begins when as many have joined as the options say; until then paddles can be tried. Who joins later watches.
 * - A ball that reaches the edge of a guarded side is a point against that player. Of two, the other one scores. Of three
 *   or four, whoever of the others touched the ball last scores; if none of them has touched it since the serve, nobody.
 * - After a point the ball is served from the middle towards a guarded side, each as likely, after 90 ticks.
 * - A player who leaves is out of the match: the side becomes a wall. Who is left alone wins.
 */
import { Record, Schema } from "effect"
import * as Random from "../core/Random.ts"
import type { SeatId } from "../protocol/Ids.ts"
import { define, type Outcome, type SeatInput } from "./Game.ts"
import { type Flight, fly, restingBall, serve, turnedToGuards } from "./pong/Ball.ts"
import {
  along,
  type Board,
  boardOf,
  type Guards,
  guardsOf,
  isAcross,
  pongRules,
  type Side,
  sides,
  within
} from "./pong/Board.ts"
import { pongBot } from "./pong/Bot.ts"
import { type PongGoal, PongInput, PongOptions, type PongPaddle, PongState, type PongView } from "./pong/Schemas.ts"

// --- paddles ---------------------------------------------------------------------------------------------------------

type Paddles = PongView["paddles"]
/** Which way each goes from now on who has said so. */
type Moves = ReadonlyMap<number, PongPaddle["move"]>

const moveOf = (inputs: ReadonlyArray<PongInput>, before: PongPaddle["move"]): PongPaddle["move"] =>
  inputs.at(-1)?.move ?? before

/** One tick of paddles: each as it was told last. Keeps the identity of those that rest. */
const movePaddles = (paddles: Paddles, board: Board, guards: Guards, moves: Moves): Paddles => {
  let next: Record<string, PongPaddle> | null = null
  for (const seat in paddles) {
    const paddle = paddles[seat]
    const move = moves.get(Number(seat)) ?? paddle.move
    const at = within(paddle.side, board, guards, paddle.at + move * pongRules.paddleSpeed)
    if (at === paddle.at && move === paddle.move) continue
    next ??= { ...paddles }
    next[seat] = { side: paddle.side, at, move }
  }
  return next ?? paddles
}

/** After another has come: within the ranges that are left. */
const clampPaddles = (paddles: Paddles, board: Board): Paddles => {
  const guards = guardsOf(paddles)
  return Record.map(paddles, ({ at, move, side }): PongPaddle => ({ side, at: within(side, board, guards, at), move }))
}

// --- points ----------------------------------------------------------------------------------------------------------

const seatsOf = (paddles: Paddles): ReadonlyArray<SeatId> => Object.keys(paddles).map((seat) => Number(seat) as SeatId)

/** The next serve, or its direction drawn anew. */
const serving = (state: PongState): PongState => {
  const [ball, random] = serve(state.random, boardOf(state.seats), guardsOf(state.paddles))
  return { ...state, phase: "serving", ball, random, serveIn: pongRules.serveTicks, rally: 0, touched: [] }
}

const over = (state: PongState, winner: SeatId): PongState => ({
  ...state,
  phase: "over",
  ball: restingBall(boardOf(state.seats)),
  serveIn: 0,
  rally: 0,
  touched: [],
  winner
})

/** Who scores when the ball got in there; null for nobody. */
const scorer = ({ paddles, touched }: PongView, on: SeatId): SeatId | null => {
  const others = seatsOf(paddles).filter((seat) => seat !== on)
  if (others.length === 1) return others[0]
  return touched.find((seat) => seat !== on) ?? null
}

const score = (state: PongState, side: Side): PongState => {
  const on = guardsOf(state.paddles)[side]!.seat
  const by = scorer(state, on)
  const goal: PongGoal = { on, by, side, at: along(side, state.ball) }
  if (by === null) return serving({ ...state, goal, serves: state.serves + 1 })
  const points = state.scores[by] + 1
  const scored = { ...state, goal, scores: { ...state.scores, [by]: points } }
  return points >= state.points ? over(scored, by) : serving({ ...scored, serves: state.serves + 1 })
}

// --- a tick ----------------------------------------------------------------------------------------------------------

const landed = <View extends PongView>(view: View, paddles: Paddles, { ball, hits }: Flight): View => {
  if (hits.length === 0) return { ...view, paddles, ball }
  const touched = [...new Set([...[...hits].reverse(), ...view.touched])]
  return { ...view, paddles, ball, rally: view.rally + hits.length, touched }
}

/** A tick of everything but points: paddles first, then the ball. A ball that gets in stops at the edge. */
const advance = <View extends PongView>(
  view: View,
  moves: Moves
): { readonly view: View; readonly goal: Side | null } => {
  const board = boardOf(view.seats)
  const guards = guardsOf(view.paddles)
  const paddles = movePaddles(view.paddles, board, guards, moves)
  switch (view.phase) {
    case "over":
      return { view, goal: null }
    case "waiting":
      return { view: paddles === view.paddles ? view : { ...view, paddles }, goal: null }
    case "serving": {
      const serveIn = view.serveIn - 1
      return { view: { ...view, paddles, serveIn, phase: serveIn > 0 ? "serving" : "playing" }, goal: null }
    }
    case "playing": {
      const flight = fly(view.ball, board, paddles === view.paddles ? guards : guardsOf(paddles), view.rally)
      return { view: landed(view, paddles, flight), goal: flight.goal }
    }
  }
}

const noMoves: Moves = new Map()

const movesOf = (inputs: ReadonlyArray<SeatInput<PongInput>>): Moves =>
  inputs.length === 0 ? noMoves : new Map(inputs.map(({ input, seat }) => [seat, input.move]))

const step = (state: PongState, inputs: ReadonlyArray<SeatInput<PongInput>>): PongState => {
  const { goal, view } = advance(state, movesOf(inputs))
  return goal === null ? view : score(view, goal)
}

/** The whole tick as far as it is known: others go on as they move now, and a ball that gets in waits at the edge. */
const predict = (view: PongView, seat: SeatId, inputs: ReadonlyArray<PongInput>): PongView => {
  const own = view.paddles[seat]
  return own === undefined ? view : advance(view, new Map([[seat, moveOf(inputs, own.move)]])).view
}

// --- coming and going ------------------------------------------------------------------------------------------------

const decodeOptions = Schema.decodeUnknownSync(PongOptions)

const initial = (seed: number, options: unknown = {}): PongState => {
  const { points, seats } = decodeOptions(options)
  return {
    seats,
    points,
    phase: "waiting",
    paddles: {},
    scores: {},
    ball: restingBall(boardOf(seats)),
    serveIn: 0,
    serves: 0,
    rally: 0,
    touched: [],
    goal: null,
    winner: null,
    random: Random.make(seed)
  }
}

const join = (state: PongState, seat: SeatId): PongState => {
  if (state.phase !== "waiting" || state.paddles[seat] !== undefined) return state
  const board = boardOf(state.seats)
  const guards = guardsOf(state.paddles)
  const side = sides.find((side) => guards[side] === null)!
  const at = (isAcross(side) ? board.height : board.width) / 2
  const paddles = clampPaddles({ ...state.paddles, [seat]: { side, at, move: 0 } }, board)
  const joined = { ...state, paddles, scores: { ...state.scores, [seat]: 0 } }
  return Object.keys(paddles).length < state.seats ? joined : serving({ ...joined, serves: 1 })
}

const leave = (state: PongState, seat: SeatId): PongState => {
  const gone = state.paddles[seat]
  if (gone === undefined) return state
  const { [String(seat)]: _paddle, ...paddles } = state.paddles
  const { [String(seat)]: _line, ...scores } = state.scores
  const touched = state.touched.filter((other) => other !== seat)
  const left: PongState = { ...state, paddles, scores, touched }
  if (state.phase === "waiting" || state.phase === "over") return left
  const others = seatsOf(paddles)
  if (others.length === 1) return over(left, others[0])
  if (state.phase === "serving") return serving(left)
  return { ...left, ball: turnedToGuards(state.ball, guardsOf(paddles)) }
}

const outcome = ({ paddles, phase, scores, winner }: PongState): Outcome => ({
  // Asked for with every tick, and looked at now and then.
  get standings() {
    return seatsOf(paddles)
      .map((seat) => ({ seat, score: scores[seat], gamesWon: seat === winner ? 1 : 0 }))
      .sort((a, b) => b.gamesWon - a.gamesWon || b.score - a.score || a.seat - b.seat)
  },
  winner,
  over: phase === "over"
})

const view = ({ random: _random, ...shown }: PongState): PongView => shown

/**
 * The game. `initial` takes `PongOptions`, and throws a ParseError where they do not fit; see the head of this file for
 * the rules.
 */
export const Pong = define<PongState, PongInput, PongView>({
  name: "pong",
  version: 1,
  tickRate: pongRules.tickRate,
  ordering: "tick",
  seats: { min: pongRules.seatsMin, max: pongRules.seatsMax },
  match: {
    Options: Schema.typeSchema(PongOptions),
    defaults: decodeOptions({}),
    players: ({ seats }: PongOptions) => ({ min: seats, max: seats }),
    absence: ({ absence }: PongOptions) => absence
  },
  State: PongState,
  Input: PongInput,
  initial,
  join,
  leave,
  step,
  view,
  outcome,
  predict,
  bot: pongBot
})
