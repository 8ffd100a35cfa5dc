/** What Pong lets in: options, inputs and states as the rules can bring them about. */
import { Schema } from "effect"
import { SeatId } from "../../protocol/Ids.ts"
import { ballHalf, boardOf, guardsOf, paddleHalf, pongRules, rangeOf, sides } from "./Board.ts"

const strict = { parseOptions: { onExcessProperty: "error" } } as const

const Seats = Schema.Literal(2, 3, 4)
const Points = Schema.Int.pipe(Schema.between(1, pongRules.pointsMax))

/** How many play, the points that win, and who plays for a player that stays away: a bot, or nobody. */
export const PongOptions = Schema.Struct({
  seats: Schema.optionalWith(Seats, { default: () => 2 as const }),
  points: Schema.optionalWith(Points, { default: () => 5 }),
  absence: Schema.optionalWith(Schema.Literal("bot", "forfeit"), { default: () => "bot" as const })
}).annotations(strict)
export type PongOptions = typeof PongOptions.Type

export const Move = Schema.Literal(-1, 0, 1)

export const PongInput = Schema.Struct({ move: Move }).annotations(strict)

const Seat = Schema.typeSchema(SeatId)
const isSeat = Schema.is(SeatId)
const SeatKey = Schema.String.pipe(Schema.filter((key) => String(Number(key)) === key && isSeat(Number(key))))
const SideName = Schema.Literal("left", "right", "top", "bottom")

/** Within the larger board of its axis; `isConsistent` looks closer. */
const Across = Schema.Number.pipe(Schema.between(0, boardOf(2).width))
const Along = Schema.Number.pipe(Schema.between(paddleHalf, boardOf(4).width - paddleHalf))
const Speed = Schema.Number.pipe(Schema.between(-pongRules.speedMax, pongRules.speedMax))
const Count = Schema.NonNegativeInt
const Word = Schema.Int.pipe(Schema.between(0, 0xffffffff))

const Shape = Schema.Struct({
  seats: Seats,
  points: Points,
  phase: Schema.Literal("waiting", "serving", "playing", "over"),
  paddles: Schema.Record({ key: SeatKey, value: Schema.Struct({ side: SideName, at: Along, move: Move }) }),
  scores: Schema.Record({ key: SeatKey, value: Schema.Int.pipe(Schema.between(0, pongRules.pointsMax)) }),
  ball: Schema.Struct({ x: Across, y: Across, vx: Speed, vy: Speed }),
  serveIn: Schema.Int.pipe(Schema.between(0, pongRules.serveTicks)),
  serves: Count,
  rally: Count,
  touched: Schema.Array(Seat).pipe(Schema.maxItems(pongRules.seatsMax)),
  goal: Schema.NullOr(Schema.Struct({ on: Seat, by: Schema.NullOr(Seat), side: SideName, at: Across })),
  winner: Schema.NullOr(Seat),
  random: Schema.Tuple(Word, Word, Word, Word)
})

type Shape = typeof Shape.Type

const isOnBoard = ({ ball: { x, y }, seats }: Shape): boolean => {
  const { height, width } = boardOf(seats)
  return x >= ballHalf && x <= width - ballHalf && y >= ballHalf && y <= height - ballHalf
}

/** Each guards another side of those that such a match gives, within its range. */
const areGuarding = ({ paddles, seats }: Shape): boolean => {
  const guards = guardsOf(paddles)
  const given = new Set(sides.slice(0, seats))
  const all = Object.values(paddles)
  return new Set(all.map(({ side }) => side)).size === all.length && all.every(({ at, side }) => {
    const [least, most] = rangeOf(side, boardOf(seats), guards)
    return given.has(side) && at >= least && at <= most
  })
}

const isPhaseRight = ({ paddles, phase, serveIn, serves, winner, seats }: Shape): boolean => {
  const many = Object.keys(paddles).length
  if ((phase === "serving") !== (serveIn > 0) || (phase === "over") !== (winner !== null)) return false
  if (phase === "waiting") return serves === 0 && many < seats
  return serves > 0 && many <= seats && (phase === "over" || many >= pongRules.seatsMin)
}

const isConsistent = (state: Shape): boolean => {
  const { paddles, points, scores, touched } = state
  const seats = Object.keys(paddles)
  const lines = Object.keys(scores)
  return isOnBoard(state) && areGuarding(state) && isPhaseRight(state) &&
    seats.length === lines.length && lines.every((seat) => paddles[seat] !== undefined && scores[seat]! <= points) &&
    new Set(touched).size === touched.length && touched.every((seat) => paddles[seat] !== undefined)
}

export const PongState = Schema.typeSchema(Shape.pipe(
  Schema.filter(isConsistent, {
    message: () =>
      "a ball and paddles on the board, a side and a score for each player, and a phase that fits the serve and the winner",
    ...strict
  })
))
