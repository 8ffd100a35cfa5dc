/**
 * How a match stands in its room: from the lobby over a start on which all agree to its end, and what holds it up.
 *
 * All of it is part of the room's log, so that whoever hosts next goes on with a start, a countdown or a wait as it stands.
 */
import { Schema } from "effect"
import { Clock, SeatId } from "./Ids.ts"

/** The most seats that play one match. */
export const playersMax = 64

const Seats = Schema.Array(SeatId).pipe(Schema.maxItems(playersMax))

/**
 * - `lobby`: seats are taken, and say that they are ready.
 * - `starting`: all were ready; each player's screen is asked to vote (prepare).
 * - `countdown`: all have voted, so the match begins for all (commit), at a clock that everybody knows.
 * - `playing`.
 * - `frozen`: somebody is waited for; nothing moves.
 * - `resuming`: everybody is back; a short countdown.
 * - `over`: there is a winner; whoever wants a rematch says that it is ready.
 */
export const Stage = Schema.Literal("lobby", "starting", "countdown", "playing", "frozen", "resuming", "over")
export type Stage = typeof Stage.Type

export const Match = Schema.Struct({
  stage: Stage,
  /** Matches begun so far. */
  round: Schema.NonNegativeInt,
  /** Who wants to start, or a rematch. */
  ready: Seats,
  /** Starts tried so far: a vote is for one of them. */
  ballot: Schema.NonNegativeInt,
  /** Who has voted for this start. */
  votes: Seats,
  /** Who plays, in the order of seats. */
  players: Seats,
  /** The clock at which the stage ends by itself; null: it does not. */
  until: Schema.NullOr(Clock),
  /** Who is waited for. */
  awaited: Seats,
  /** Players who stayed away for too long, and whom the program plays. */
  substituted: Seats,
  /** Because of whom the last start came to nothing. */
  absent: Seats,
  /** The last input of each seat that came while nothing moved: it counts from the first tick of play on. */
  held: Schema.Array(Schema.Tuple(SeatId, Schema.Unknown)).pipe(Schema.maxItems(playersMax))
})
export type Match = typeof Match.Type

/** What everybody sees of it. */
export const MatchView = Match.omit("held")
export type MatchView = typeof MatchView.Type

/** What a seat does in a match's room besides playing. */
export const Act = Schema.Literal("ready", "unready", "vote")
export type Act = typeof Act.Type

const optionsMax = 16

/** What a room is opened with: the game's own, plain and few. */
export const RoomOptions = Schema.Record({
  key: Schema.String.pipe(Schema.pattern(/^[a-z][A-Za-z0-9]{0,31}$/)),
  value: Schema.Union(Schema.Boolean, Schema.JsonNumber, Schema.String.pipe(Schema.maxLength(64)))
}).pipe(Schema.filter((options) => Object.keys(options).length <= optionsMax))
export type RoomOptions = typeof RoomOptions.Type
