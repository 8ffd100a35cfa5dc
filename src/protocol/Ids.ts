/** The names that go over a wire. All are brands, so that one cannot stand for another. */
import { Schema } from "effect"

/** A node's id: a lower-case UUID. Opaque, but for its order (plain string order), which orders the election. */
export const PeerId = Schema.String.pipe(
  Schema.pattern(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/),
  Schema.brand("hostless/PeerId")
)
export type PeerId = typeof PeerId.Type

/** A room's name within its cluster: 1 to 32 of `a-z 0-9 -`. */
export const RoomId = Schema.String.pipe(Schema.pattern(/^[a-z0-9-]{1,32}$/), Schema.brand("hostless/RoomId"))
export type RoomId = typeof RoomId.Type

/** The room that is there from the start. */
export const mainRoom = RoomId.make("main")

/** Names a Raft log among all that there are or were: 1 to 32 of `a-z 0-9`, by chance where nobody configures it. */
export const GroupId = Schema.String.pipe(Schema.pattern(/^[a-z0-9]{1,32}$/), Schema.brand("hostless/GroupId"))
export type GroupId = typeof GroupId.Type

/** A player's place in a room: a number that grows with every seat given and is never given twice in one room. */
export const SeatId = Schema.Int.pipe(Schema.between(1, 0x7fffffff), Schema.brand("hostless/SeatId"))
export type SeatId = typeof SeatId.Type

/** Reigns are counted from 1; 0 is before the first. */
export const Epoch = Schema.NonNegativeInt.pipe(Schema.brand("hostless/Epoch"))
export type Epoch = typeof Epoch.Type

/** An event's number in its room's log, from 1. 0 is before the first event. */
export const Seq = Schema.NonNegativeInt.pipe(Schema.brand("hostless/Seq"))
export type Seq = typeof Seq.Type

/** A room's logical clock: game ticks so far. */
export const Clock = Schema.NonNegativeInt.pipe(Schema.brand("hostless/Clock"))
export type Clock = typeof Clock.Type

/** An input's number within its seat, from 1, without gaps. */
export const InputNumber = Schema.NonNegativeInt.pipe(Schema.brand("hostless/InputNumber"))
export type InputNumber = typeof InputNumber.Type

/** What holds a seat: 128 random bits in hex, known to the player's screen and shown to whoever hosts. */
export const SeatToken = Schema.String.pipe(Schema.pattern(/^[0-9a-f]{32}$/), Schema.brand("hostless/SeatToken"))
export type SeatToken = typeof SeatToken.Type

/** SHA-256 of a seat token, in hex: what rooms keep of it. */
export const TokenHash = Schema.String.pipe(Schema.pattern(/^[0-9a-f]{64}$/), Schema.brand("hostless/TokenHash"))
export type TokenHash = typeof TokenHash.Type

/** A cluster's or game's name: 1 to 48 printable characters. */
export const Name = Schema.String.pipe(Schema.pattern(/^[^\p{C}]{1,48}$/u))

/** How a player wants to be seen. `color` is `#rrggbb`; who takes a seat gets another one if somebody in the room has it. */
export const Profile = Schema.Struct({
  name: Schema.String.pipe(Schema.pattern(/^[^\p{C}]{1,24}$/u)),
  color: Schema.String.pipe(Schema.pattern(/^#[0-9a-f]{6}$/))
})
export type Profile = typeof Profile.Type
