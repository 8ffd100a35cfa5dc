/** `GET /api/status`: the cluster as one node sees it. Stable: fields are added, never changed or removed. */
import { Schema } from "effect"
import { Clock, Epoch, GroupId, Name, PeerId, RoomId, SeatId, Seq } from "./Ids.ts"
import { Stage } from "./Match.ts"
import { ReignCause } from "./Reign.ts"

export const PeerStatus = Schema.Struct({
  peerId: PeerId,
  name: Name,
  address: Schema.String,
  state: Schema.Literal("up", "suspect", "down"),
  /** Smoothed round trip, or null before the first measure. */
  rttMs: Schema.NullOr(Schema.Number),
  /** The peer that carries the link, where the two cannot reach each other. */
  via: Schema.NullOr(PeerId)
})
export type PeerStatus = typeof PeerStatus.Type

export const ReignStatus = Schema.Struct({
  epoch: Epoch,
  host: PeerId,
  /** Null on the host itself, and where this node saw no tick of the reign before. */
  interregnumMs: Schema.NullOr(Schema.Number),
  cause: ReignCause
})
export type ReignStatus = typeof ReignStatus.Type

export const RoomStatus = Schema.Struct({
  room: RoomId,
  game: Name,
  /** How its match stands; `open` where people come and go while the game is played. */
  state: Schema.Union(Stage, Schema.Literal("open", "ended")),
  seq: Seq,
  clock: Clock,
  seats: Schema.NonNegativeInt,
  /** On the host: how many events each follower, by id, is not known to hold yet. Empty elsewhere. */
  lag: Schema.Record({ key: Schema.String, value: Schema.NonNegativeInt })
})

export const PlayerStatus = Schema.Struct({
  room: RoomId,
  seat: SeatId,
  name: Schema.String,
  score: Schema.Number,
  gamesWon: Schema.Number,
  node: PeerId,
  away: Schema.Boolean,
  /** The last input applied and the running hash of all of them. */
  lastInput: Schema.NonNegativeInt,
  inputHash: Schema.NonNegativeInt
})

export const Counters = Schema.Struct({
  framesIn: Schema.NonNegativeInt,
  framesOut: Schema.NonNegativeInt,
  /** What failed its schema, its frame or its handshake, on any port. */
  framesRejected: Schema.NonNegativeInt,
  /** Messages of an older reign, which changed nothing. */
  framesFenced: Schema.NonNegativeInt,
  inputsApplied: Schema.NonNegativeInt,
  /** Inputs that came again after they had been applied or queued. */
  inputsDuplicate: Schema.NonNegativeInt,
  /**
   * What this node, as host, sent again to peers that lacked it: events, and whole rooms where it was too much. 0 in a
   * committed game, whose events Raft's log carries.
   */
  eventsResent: Schema.NonNegativeInt,
  snapshotsSent: Schema.NonNegativeInt,
  /** Screens' inputs found missing or doubled by their running hash; always 0 unless a promise is broken. */
  inputsDisputed: Schema.NonNegativeInt,
  /** Times that a screen would have been shown an older clock or score of its own lineage. */
  regressions: Schema.NonNegativeInt,
  /** Times that a split's healing undid what this node's screens had been shown, and they were told so. */
  lossesTold: Schema.NonNegativeInt
})
export type Counters = typeof Counters.Type

/** How the host is elected; by Raft: the group whose leader hosts, its term, and who votes, as this node knows them. */
export const ElectionStatus = Schema.Struct({
  by: Schema.Literal("bully", "raft"),
  group: Schema.NullOr(GroupId),
  term: Schema.NullOr(Schema.NonNegativeInt),
  voters: Schema.Array(PeerId),
  /** Up to which entry this node has applied the group's log: all that is committed, as far as it knows. */
  index: Schema.NullOr(Schema.NonNegativeInt)
})
export type ElectionStatus = typeof ElectionStatus.Type

export const Status = Schema.Struct({
  peerId: PeerId,
  name: Name,
  cluster: Name,
  game: Name,
  /** `mesh`: everybody who plays is a node; `cluster`: this node takes players who are none. */
  shape: Schema.Literal("mesh", "cluster"),
  role: Schema.Literal("host", "peer", "electing"),
  epoch: Schema.NullOr(Epoch),
  host: Schema.NullOr(PeerId),
  election: ElectionStatus,
  /** What everybody waits for, since without it nobody reaches anybody: a broker that is away; or null. */
  waitsFor: Schema.NullOr(Schema.String),
  /** Of the room `main`, or of the first there is. */
  seq: Seq,
  clock: Clock,
  tickRate: Schema.Int,
  uptimeMs: Schema.Number,
  /** From the program's start (modules loaded) to the first view, or null before it. */
  firstViewMs: Schema.NullOr(Schema.Number),
  /** How long loading the program's modules took before that. */
  loadMs: Schema.NullOr(Schema.Number),
  peers: Schema.Array(PeerStatus),
  players: Schema.Array(PlayerStatus),
  rooms: Schema.Array(RoomStatus),
  reigns: Schema.Array(ReignStatus),
  counters: Counters
})
export type Status = typeof Status.Type
