/** What Gather lets in: inputs, and states as the rules can bring them about. */
import { Schema } from "effect"
import { bySeat, Count, flag, Ordinal, Random, Seat, strict } from "../Schemas.ts"
import { gatherRules, xMax, yMax } from "./Field.ts"

const Direction = Schema.Literal(-1, 0, 1)
const direction = { dx: Direction, dy: Direction }

/** Where to run, by axis; in force until the next. */
export const GatherInput = Schema.Struct(direction).annotations(strict)
export interface GatherInput extends Schema.Schema.Type<typeof GatherInput> {}

const place = {
  x: Schema.Number.pipe(Schema.between(0, xMax)),
  y: Schema.Number.pipe(Schema.between(0, yMax))
}

const Place = Schema.Struct(place)
export interface GatherPlace extends Schema.Schema.Type<typeof Place> {}

const Player = Schema.Struct({
  ...place,
  ...direction,
  /** Its node or screen has vanished: it stands still and gathers nothing. Absent while it plays. */
  away: flag
})
export interface GatherPlayer extends Schema.Schema.Type<typeof Player> {}

const Score = Schema.Struct({
  /** Points in this round. */
  score: Schema.Int.pipe(Schema.between(0, gatherRules.pointsToWin)),
  /** Rounds won in this match. */
  gamesWon: Count
})
export interface GatherScore extends Schema.Schema.Type<typeof Score> {}

/** The winner may have left while it is celebrated. */
const Phase = Schema.Union(
  Schema.Struct({ name: Schema.Literal("playing") }),
  Schema.Struct({ name: Schema.Literal("celebrating"), winner: Seat })
)
export type GatherPhase = typeof Phase.Type

const View = Schema.Struct({
  players: bySeat(Player),
  /** Always three. One that was gathered gives its index to the one that appears for it. */
  gatherables: Schema.Array(Place).pipe(Schema.itemsCount(gatherRules.gatherables)),
  /** A line per player, those away included. */
  scoreboard: bySeat(Score),
  phase: Phase,
  /** Counts from 1. */
  round: Ordinal
})

/** What screens are sent. `players` changes with every tick that somebody runs in, the rest rarely. */
export interface GatherView extends Schema.Schema.Type<typeof View> {}

const State = Schema.Struct({
  ...View.fields,
  random: Random,
  /** Ticks of celebration that are left; 0 while playing. */
  ticksLeft: Schema.Int.pipe(Schema.between(0, gatherRules.celebrationTicks))
})
export interface GatherState extends Schema.Schema.Type<typeof State> {}

export const GatherState: Schema.Schema<GatherState> = State.pipe(
  Schema.filter(({ phase, players, scoreboard, ticksLeft }) => {
    const seats = Object.keys(players)
    const lines = Object.keys(scoreboard)
    return seats.length <= gatherRules.seatsMax && lines.length === seats.length &&
      seats.every((seat, index) => lines[index] === seat) && (phase.name === "celebrating") === (ticksLeft > 0)
  }, {
    message: () => "at most 16 players, a line on the scoreboard for each, and ticks left while celebrating only",
    ...strict
  })
)
