/**
 * The commands of a committed game's Raft log. A room's events cannot stand there as they are: whoever proposes does not
 * know yet what is committed before, so neither which seat is free nor which number comes next. So nodes say what they
 * wish, and the fold decides by the state at that place of the log which events come of it, on all nodes the same.
 */
import { Schema } from "effect"
import { AppliedInput, inputsPerTickMax, roomsMax, RoomSnapshot } from "./Event.ts"
import { PeerId, Profile, RoomId, SeatId, TokenHash } from "./Ids.ts"
import { ReignCause, ReignRef } from "./Reign.ts"

/** The most wishes of one command. */
export const wishesMax = 256

export const Wish = Schema.Union(
  /** Inputs of seats that the node serves: those that come next in their seats are applied, as one tick. */
  Schema.TaggedStruct("inputs", {
    room: RoomId,
    inputs: Schema.Array(AppliedInput).pipe(Schema.minItems(1), Schema.maxItems(inputsPerTickMax))
  }),
  /** A screen of the node wants a seat: a new one, or the one that its token already holds. */
  Schema.TaggedStruct("take", { room: RoomId, tokenHash: TokenHash, profile: Profile }),
  /** The screen of a seat that the node serves is gone, or has left for good. */
  Schema.TaggedStruct("quit", { room: RoomId, seat: SeatId, for: Schema.Literal("away", "leave") }),
  /** The room is to exist; one that is there stays as it is. */
  Schema.TaggedStruct("open", { room: RoomId, seed: Schema.Int.pipe(Schema.between(0, 0xffffffff)) }),
  /** The leader hosts from here on. Older than the one before it changes nothing, nor does anything said under an older one. */
  Schema.TaggedStruct("reigns", { reign: ReignRef, cause: ReignCause }),
  /** From the leader: the node does not answer, so whoever plays there is away. */
  Schema.TaggedStruct("absent", { reign: ReignRef, node: PeerId }),
  /** From the leader: the seat was kept for long enough for somebody who is away. */
  Schema.TaggedStruct("release", { reign: ReignRef, room: RoomId, seat: SeatId }),
  /** From the leader: nobody has had a seat in this room for long enough. */
  Schema.TaggedStruct("close", { reign: ReignRef, room: RoomId })
)
export type Wish = typeof Wish.Type
export type WishOf<T extends Wish["_tag"]> = Extract<Wish, { readonly _tag: T }>

/** What a node wishes at one time, in this order. */
export const Command = Schema.Struct({
  node: PeerId,
  wishes: Schema.Array(Wish).pipe(Schema.minItems(1), Schema.maxItems(wishesMax))
})
export type Command = typeof Command.Type

/** What came of a wish: `nothing` where it was so already, or is not to be. */
export const Outcome = Schema.Literal("done", "nothing", "full", "no-room", "too-many-rooms")
export type Outcome = typeof Outcome.Type

/** Of each wish of a command; of none, where it was no command. */
export const Outcomes = Schema.Array(Outcome).pipe(Schema.maxItems(wishesMax))

/** The state that a log's commands fold to. */
export const CommittedSnapshot = Schema.Struct({
  reign: Schema.NullOr(ReignRef),
  rooms: Schema.Array(RoomSnapshot).pipe(Schema.maxItems(roomsMax))
})
export type CommittedSnapshot = typeof CommittedSnapshot.Type
