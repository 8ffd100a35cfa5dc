/**
 * What a screen is sent of a room: one plain structure, as a whole (snapshot) or as a change of the one before (delta).
 */
import { Schema } from "effect"
import { Clock, InputNumber, PeerId, Profile, RoomId, Seq } from "./Ids.ts"
import { MatchView } from "./Match.ts"

/** A seat as everybody sees it: no token, no hash of it. */
export const SeatView = Schema.Struct({
  profile: Profile,
  node: PeerId,
  away: Schema.Boolean
})
export type SeatView = typeof SeatView.Type

/** Objects are keyed by seat (decimal), so that deltas touch only what changed. */
export const RoomView = Schema.Struct({
  room: RoomId,
  seq: Seq,
  clock: Clock,
  seats: Schema.Record({ key: Schema.String, value: SeatView }),
  /** Per seat: the last input applied, and the running hash of all that were. */
  acks: Schema.Record({ key: Schema.String, value: Schema.Tuple(InputNumber, Schema.NonNegativeInt) }),
  /** How the room's match stands; null where people come and go while the game is played. */
  match: Schema.NullOr(MatchView),
  ended: Schema.Boolean,
  /** The game's own view. */
  game: Schema.Unknown
})
export type RoomView = typeof RoomView.Type
