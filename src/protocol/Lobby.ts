/**
 * What a lobby and its members say through a broker, one JSON datagram each. A member says every now and then that it is
 * here and which place it holds; the lobby tells everybody the whole list. So neither has to be there before the other.
 */
import { Schema } from "effect"
import { Name } from "./Ids.ts"

/** The most members that a list holds: then it fits into a datagram that every broker takes. */
export const lobbyMembersMax = 256
/** The largest message, in bytes; what is larger is not even parsed. */
export const lobbyBytesMax = 64 * 1024

export const Side = Schema.Literal("left", "right", "top", "bottom")
export type Side = typeof Side.Type

/** Where a member begins. `x` and `y` are shares of the field, from its left and from its top. */
export const LobbyPlace = Schema.Struct({
  id: Schema.Int.pipe(Schema.between(1, lobbyMembersMax)),
  room: Schema.String.pipe(Schema.pattern(/^room-\d{1,3}$/)),
  side: Side,
  x: Schema.Number.pipe(Schema.between(0, 1)),
  y: Schema.Number.pipe(Schema.between(0, 1))
})
export type LobbyPlace = typeof LobbyPlace.Type

/** A member's own name for itself, fresh with each start. */
export const MemberKey = Schema.UUID

export const Here = Schema.TaggedStruct("here", {
  cluster: Name,
  key: MemberKey,
  name: Name,
  /** The id that it was given, maybe by another run of the lobby. */
  id: Schema.NullOr(LobbyPlace.fields.id),
  /** Said once, at the end. */
  leaves: Schema.Boolean
})
export type Here = typeof Here.Type

export const LobbyMember = Schema.Struct({ key: MemberKey, name: Name, place: LobbyPlace })
export type LobbyMember = typeof LobbyMember.Type

export const LobbyList = Schema.TaggedStruct("list", {
  cluster: Name,
  members: Schema.Array(LobbyMember).pipe(Schema.maxItems(lobbyMembersMax))
})
export type LobbyList = typeof LobbyList.Type
