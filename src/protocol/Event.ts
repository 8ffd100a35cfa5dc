/**
 * The entries of a room's log, and the snapshot that stands for a prefix of it.
 *
 * Inputs and game states are `unknown` here: each game brings its own schemas, and whoever folds a log checks them.
 */
import { Schema } from "effect"
import { Clock, InputNumber, PeerId, Profile, RoomId, SeatId, Seq, TokenHash } from "./Ids.ts"
import { Act, Match, RoomOptions } from "./Match.ts"
import { ReignCause, ReignRef } from "./Reign.ts"

/** The most inputs that one tick applies, over all seats: what a host takes per seat and tick, times the seats. */
export const inputsPerTickMax = 512

const numbered = { seq: Seq }

/** The room exists from here on; its game starts from this seed, with the game's own options. Always the first event. */
export const Opened = Schema.TaggedStruct("opened", {
  ...numbered,
  room: RoomId,
  seed: Schema.Int.pipe(Schema.between(0, 0xffffffff)),
  options: Schema.optionalWith(RoomOptions, { exact: true })
})

/** The first event of every reign but the one that opened the room: from here on another host orders the log. */
export const Reigned = Schema.TaggedStruct("reigned", { ...numbered, reign: ReignRef, cause: ReignCause })

export const Seated = Schema.TaggedStruct("seated", {
  ...numbered,
  seat: SeatId,
  tokenHash: TokenHash,
  profile: Profile,
  node: PeerId
})

/** The seat's node or screen vanished; the seat is kept for a while. */
export const Away = Schema.TaggedStruct("away", { ...numbered, seat: SeatId })

/** The seat is played again, at this node. */
export const Back = Schema.TaggedStruct("back", { ...numbered, seat: SeatId, node: PeerId })

export const Left = Schema.TaggedStruct("left", { ...numbered, seat: SeatId })

/** A seat is ready for a match, or not any more, or votes for the start with this number. */
export const Acted = Schema.TaggedStruct("acted", {
  ...numbered,
  seat: SeatId,
  act: Act,
  ballot: Schema.NonNegativeInt
})

/** The program plays on for a seat whose player stayed away. */
export const Substituted = Schema.TaggedStruct("substituted", { ...numbered, seat: SeatId })

/** `[seat, number, input]`: one applied input. */
export const AppliedInput = Schema.Tuple(SeatId, InputNumber, Schema.Unknown)
export type AppliedInput = typeof AppliedInput.Type

/** The number of inputs by which the program plays for a seat: its player's own start from 1. */
export const bySubstitute = 0 as InputNumber

/** One tick of the game, with the inputs applied in it, sorted by seat, then by number. */
export const Tick = Schema.TaggedStruct("tick", {
  ...numbered,
  inputs: Schema.Array(AppliedInput).pipe(Schema.maxItems(inputsPerTickMax))
})

/** Nothing follows in this room. */
export const Ended = Schema.TaggedStruct("ended", { ...numbered })

export const Event = Schema.Union(Tick, Opened, Reigned, Seated, Away, Back, Left, Acted, Substituted, Ended)
export type Event = typeof Event.Type
export type EventOf<T extends Event["_tag"]> = Extract<Event, { readonly _tag: T }>

/** A seat as the room's state keeps it. */
export const SeatRecord = Schema.Struct({
  seat: SeatId,
  tokenHash: TokenHash,
  profile: Profile,
  node: PeerId,
  /** The clock at which the seat was left alone, or null while it is played. */
  awaySince: Schema.NullOr(Clock),
  /** The last input applied: inputs are applied once, in order, by number. */
  lastInput: InputNumber,
  /** Running hash over the applied inputs and their numbers, so that a screen can check what became of its inputs. */
  inputHash: Schema.NonNegativeInt
})
export type SeatRecord = typeof SeatRecord.Type

/** The most seats that a room's state keeps, those that are away included. */
export const seatsMax = 256

/** The most reigns that a room remembers. */
export const lineageMax = 32

/** A reign of a room: the first event it ordered, and the clock before that. */
export const LineageEntry = Schema.Struct({ reign: ReignRef, seq: Seq, clock: Clock })
export type LineageEntry = typeof LineageEntry.Type

/** A room's whole folded state. */
export const RoomSnapshot = Schema.Struct({
  room: RoomId,
  seq: Seq,
  clock: Clock,
  /** The reign that ordered event `seq`. */
  reign: ReignRef,
  /** The room's last reigns, oldest first: where two logs parted is found by comparing theirs. */
  lineage: Schema.Array(LineageEntry).pipe(Schema.maxItems(lineageMax)),
  seed: Schema.Int,
  /** What the room was opened with. */
  options: Schema.NullOr(RoomOptions),
  ended: Schema.Boolean,
  nextSeat: SeatId,
  seats: Schema.Array(SeatRecord).pipe(Schema.maxItems(seatsMax)),
  /** Null where people come and go while the game is played. */
  match: Schema.NullOr(Match),
  game: Schema.Unknown
})
export type RoomSnapshot = typeof RoomSnapshot.Type

/** How far a room's log goes: the reign of its last event, and that event's number. Compared in this order. */
export const Head = Schema.Struct({ room: RoomId, reign: ReignRef, seq: Seq })
export type Head = typeof Head.Type

/** The most rooms that one cluster carries. */
export const roomsMax = 256

/** How far a room's log goes by its numbers alone: the last event that its host has ordered, or that somebody holds. */
export const Cut = Schema.Struct({ room: RoomId, seq: Seq })
export type Cut = typeof Cut.Type

/** Of all rooms, at the most. */
export const Cuts = Schema.Array(Cut).pipe(Schema.maxItems(roomsMax))
