/** What Pong lets in: options, inputs and states as the rules can bring them about. */
import { Schema } from "effect"
import { bySeat, Count, Random, Seat, strict } from "../Schemas.ts"
import { ballHalf, boardOf, guardsOf, paddleHalf, pongRules, rangeOf, sides } from "./Board.ts"

const Seats = Schema.Literal(2, 3, 4)
const Points = Schema.Int.pipe(Schema.between(1, pongRules.pointsMax))

/**
 * How many play, the points that win (1 to 99), and who plays for a player that stays away: a bot, or nobody. By default
 * 2, 5 and a bot.
 */
export const PongOptions = Schema.Struct({
  seats: Schema.optionalWith(Seats, { default: () => 2 as const }),
  points: Schema.optionalWith(Points, { default: () => 5 }),
  absence: Schema.optionalWith(Schema.Literal("bot", "forfeit"), { default: () => "bot" as const })
}).annotations(strict)
export type PongOptions = typeof PongOptions.Type

const Move = Schema.Literal(-1, 0, 1)

/** Which way a paddle goes along its side, in force until the next: −1 is up or left, 1 is down or right. */
export const PongInput = Schema.Struct({ move: Move }).annotations(strict)
export interface PongInput extends Schema.Schema.Type<typeof PongInput> {}

const SideName = Schema.Literal(...sides)

/** Within the larger board of its axis; `isConsistent` looks closer. */
const Across = Schema.Number.pipe(Schema.between(0, boardOf(2).width))
const Along = Schema.Number.pipe(Schema.between(paddleHalf, boardOf(4).width - paddleHalf))
const Speed = Schema.Number.pipe(Schema.between(-pongRules.speedMax, pongRules.speedMax))

const Paddle = Schema.Struct({
  side: SideName,
  /** Its middle, along the side, in pixels. */
  at: Along,
  move: Move
})
export interface PongPaddle extends Schema.Schema.Type<typeof Paddle> {}

/** The last ball that was let in. */
const Goal = Schema.Struct({
  on: Seat,
  /** Who scored; null for nobody. */
  by: Schema.NullOr(Seat),
  side: SideName,
  /** Where along the side. */
  at: Across
})
export interface PongGoal extends Schema.Schema.Type<typeof Goal> {}

/** `waiting`: for players. `serving`: the ball rests in the middle until `serveIn` is 0. `over`: there is a winner. */
const Phase = Schema.Literal("waiting", "serving", "playing", "over")
export type PongPhase = typeof Phase.Type

const View = Schema.Struct({
  seats: Seats,
  /** So many win. */
  points: Points,
  phase: Phase,
  /** Of those who play. */
  paddles: bySeat(Paddle),
  scores: bySeat(Schema.Int.pipe(Schema.between(0, pongRules.pointsMax))),
  /** While serving: at rest in the middle, with the velocity that it will have. */
  ball: Schema.Struct({ x: Across, y: Across, vx: Speed, vy: Speed }),
  /** Ticks until the ball goes. */
  serveIn: Schema.Int.pipe(Schema.between(0, pongRules.serveTicks)),
  /** Serves so far, the one that is awaited included: it grows by one with every ball that is let in. */
  serves: Count,
  /** Hits since the serve. */
  rally: Count,
  /** Who touched the ball since the serve, the last one first; each once. */
  touched: Schema.Array(Seat).pipe(Schema.maxItems(pongRules.seatsMax)),
  goal: Schema.NullOr(Goal),
  winner: Schema.NullOr(Seat)
})

/** What screens are sent. */
export interface PongView extends Schema.Schema.Type<typeof View> {}

const State = Schema.Struct({ ...View.fields, random: Random })
export interface PongState extends Schema.Schema.Type<typeof State> {}

const isOnBoard = ({ ball: { x, y }, seats }: PongState): boolean => {
  const { height, width } = boardOf(seats)
  return x >= ballHalf && x <= width - ballHalf && y >= ballHalf && y <= height - ballHalf
}

/** Each guards another side of those that such a match gives, within its range. */
const areGuarding = ({ paddles, seats }: PongState): boolean => {
  const guards = guardsOf(paddles)
  const given = new Set(sides.slice(0, seats))
  const all = Object.values(paddles)
  return new Set(all.map(({ side }) => side)).size === all.length && all.every(({ at, side }) => {
    const [least, most] = rangeOf(side, boardOf(seats), guards)
    return given.has(side) && at >= least && at <= most
  })
}

const isPhaseRight = ({ paddles, phase, serveIn, serves, winner, seats }: PongState): boolean => {
  const many = Object.keys(paddles).length
  if ((phase === "serving") !== (serveIn > 0) || (phase === "over") !== (winner !== null)) return false
  if (phase === "waiting") return serves === 0 && many < seats
  return serves > 0 && many <= seats && (phase === "over" || many >= pongRules.seatsMin)
}

const isConsistent = (state: PongState): boolean => {
  const { paddles, points, scores, touched } = state
  const seats = Object.keys(paddles)
  const lines = Object.keys(scores)
  return isOnBoard(state) && areGuarding(state) && isPhaseRight(state) &&
    seats.length === lines.length && lines.every((seat) => paddles[seat] !== undefined && scores[seat]! <= points) &&
    new Set(touched).size === touched.length && touched.every((seat) => paddles[seat] !== undefined)
}

export const PongState: Schema.Schema<PongState> = State.pipe(
  Schema.filter(isConsistent, {
    message: () =>
      "a ball and paddles on the board, a side and a score for each player, and a phase that fits the serve and the winner",
    ...strict
  })
)
