/**
 * Between a screen and the node that serves it, over WebSocket: the same frames as between nodes.
 *
 * Views are conflated: a slow screen misses some, and a delta whose base it lacks is not applied; it then asks for a
 * snapshot (`resync`). Each frame carries the epoch it belongs to; a screen drops what is older than it has seen.
 *
 * Each `join` begins a subscription, under a number that the screen chooses. Whatever the node says of a room names the
 * subscription that it belongs to, since the screen may have gone on to another room while that was under way:
 * `join 1 A`, `join 2 B`, and then a view of A, which names 1 and is not taken for one of B.
 */
import { Schema } from "effect"
import { Port } from "./Discovery.ts"
import { Epoch, Name, PeerId, Profile, RoomId, SeatId, SeatToken } from "./Ids.ts"
import { inputsPerMessageMax, NumberedInput, SeatRefusal } from "./Input.ts"
import { Act, RoomOptions, Stage } from "./Match.ts"
import { ReignCause } from "./Reign.ts"
import { RoomView } from "./View.ts"

/** Grows with every `join` of a screen, at whichever nodes; it means nothing to anybody else. At most 2³² − 1. */
export const Subscription = Schema.Int.pipe(Schema.between(1, 0xffff_ffff))

// ---------------------------------------------------------------- screen → node

/** The first message of a screen. Without `seat` it only watches. */
export const Join = Schema.TaggedStruct("join", {
  version: Schema.Int,
  subscription: Subscription,
  room: RoomId,
  seat: Schema.NullOr(Schema.Struct({ token: SeatToken, profile: Profile }))
})

/** All inputs that no view has acknowledged yet, oldest first. `epoch`: the newest that the screen has seen. */
export const Inputs = Schema.TaggedStruct("inputs", {
  epoch: Epoch,
  inputs: Schema.Array(NumberedInput).pipe(Schema.minItems(1), Schema.maxItems(inputsPerMessageMax))
})

/** The screen lacks the base of a delta. */
export const Resync = Schema.TaggedStruct("resync", {})

/** The player gives the seat up. */
export const Leave = Schema.TaggedStruct("leave", {})

/** For the round trip; `at` is the screen's own, and comes back as it was. */
export const Ping = Schema.TaggedStruct("ping", { at: Schema.Number })

/** What the player's seat does besides playing (`Match.due`), said again until the view shows it. */
export const SayAct = Schema.TaggedStruct("act", { act: Act, ballot: Schema.NonNegativeInt })

/** Opens a room with these options of the game, unless there is one of that name. It is joined as any other. */
export const Open = Schema.TaggedStruct("open", { room: RoomId, options: RoomOptions })

export const ScreenMessage = Schema.Union(Inputs, Ping, Resync, Join, Leave, SayAct, Open)
export type ScreenMessage = typeof ScreenMessage.Type

// ---------------------------------------------------------------- node → screen

/** A node as the panel shows it. */
export const NodeView = Schema.Struct({
  peerId: PeerId,
  name: Name,
  address: Schema.String,
  self: Schema.Boolean,
  role: Schema.Literal("host", "peer"),
  state: Schema.Literal("up", "suspect", "down"),
  rttMs: Schema.NullOr(Schema.Number),
  /** Where the node takes thin clients, if it does. */
  clientPort: Schema.NullOr(Port),
  /** The epoch of the reign that the node has accepted, as far as is known. */
  epoch: Schema.NullOr(Epoch)
})
export type NodeView = typeof NodeView.Type

export const RoomSummary = Schema.Struct({
  room: RoomId,
  players: Schema.NonNegativeInt,
  seatsMax: Schema.NonNegativeInt,
  clock: Schema.NonNegativeInt,
  /** Null where people come and go while the game is played. */
  stage: Schema.NullOr(Stage),
  /** What the room was opened with. */
  options: Schema.NullOr(RoomOptions)
})
export type RoomSummary = typeof RoomSummary.Type

/** A page where this seat would be served if this node went away. */
export const Elsewhere = Schema.Struct({ name: Name, page: Schema.String })
export type Elsewhere = typeof Elsewhere.Type

/** Where a Raft log says who hosts: its term, up to which entry this node has applied it, and how many vote. */
export const LogView = Schema.Struct({
  term: Schema.NonNegativeInt,
  index: Schema.NonNegativeInt,
  voters: Schema.NonNegativeInt
})
export type LogView = typeof LogView.Type

/** Sent at once to every screen, before it joins. */
export const Welcome = Schema.TaggedStruct("welcome", {
  version: Schema.Int,
  cluster: Name,
  game: Name,
  tickRate: Schema.Int,
  peerId: PeerId,
  name: Name
})

/** The cluster as this node sees it: on every change, and about once a second. */
export const Cluster = Schema.TaggedStruct("cluster", {
  epoch: Schema.NullOr(Epoch),
  /** Null while there is no host. */
  host: Schema.NullOr(
    Schema.Struct({ peerId: PeerId, name: Name, self: Schema.Boolean, rttMs: Schema.NullOr(Schema.Number) })
  ),
  /** What everybody waits for, since without it nobody reaches anybody: a broker that is away. */
  waitsFor: Schema.optionalWith(Schema.String.pipe(Schema.maxLength(512)), { exact: true }),
  nodes: Schema.Array(NodeView),
  rooms: Schema.Array(RoomSummary),
  /** Null where no log does. */
  log: Schema.NullOr(LogView),
  elsewhere: Schema.Array(Elsewhere)
})
export type Cluster = typeof Cluster.Type

/** The screen has this seat; its next input's number is above the seat's `acks` entry in the view. */
export const Seated = Schema.TaggedStruct("seated", { subscription: Subscription, room: RoomId, seat: SeatId })

export const Refused = Schema.TaggedStruct("refused", {
  subscription: Subscription,
  reason: Schema.Union(SeatRefusal, Schema.Literal("version", "token")),
  detail: Schema.String
})

export const Snapshot = Schema.TaggedStruct("snapshot", {
  subscription: Subscription,
  epoch: Epoch,
  number: Schema.NonNegativeInt,
  view: RoomView
})

/** `patch` (core/Delta) turns view `base` into view `number`. */
export const Delta = Schema.TaggedStruct("delta", {
  subscription: Subscription,
  epoch: Epoch,
  base: Schema.NonNegativeInt,
  number: Schema.NonNegativeInt,
  patch: Schema.Unknown
})

/** What a change of host meant for this screen, told when play goes on. */
export const HostChanged = Schema.TaggedStruct("host-changed", {
  epoch: Epoch,
  cause: ReignCause,
  from: Schema.NullOr(Schema.Struct({ peerId: PeerId, name: Name })),
  to: Schema.Struct({ peerId: PeerId, name: Name, self: Schema.Boolean }),
  interregnumMs: Schema.NullOr(Schema.Number),
  /** True only where it was checked that nothing shown before was taken back. */
  nothingLost: Schema.Boolean
})
export type HostChanged = typeof HostChanged.Type

/** A split healed and the other side's game goes on: what this side played since, and is gone. */
export const Lost = Schema.TaggedStruct("lost", {
  epoch: Epoch,
  /** Seconds of play undone, as far as is known. */
  ticks: Schema.NonNegativeInt,
  tickRate: Schema.Int,
  /** Scores before and after, per seat name. */
  scores: Schema.Array(
    Schema.Struct({ name: Schema.String, before: Schema.Number, after: Schema.NullOr(Schema.Number) })
  )
})
export type Lost = typeof Lost.Type

/** What was lost in the room that the screen shows. */
export const LostHere = Schema.Struct({ ...Lost.fields, subscription: Subscription })

export const Pong = Schema.TaggedStruct("pong", { at: Schema.Number })

export const NodeMessage = Schema.Union(Delta, Snapshot, Pong, Cluster, Welcome, Seated, Refused, HostChanged, LostHere)
export type NodeMessage = typeof NodeMessage.Type
