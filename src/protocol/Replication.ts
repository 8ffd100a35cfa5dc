/**
 * How a room's log gets from its host to the other nodes, and what they answer.
 *
 * Three conversations: `sync` (host → node, control), `progress` (node → host, control) and `replication` (host → node,
 * reliable, ordered, never conflated).
 */
import { Schema } from "effect"
import { Cuts, Event, Head, roomsMax, RoomSnapshot } from "./Event.ts"
import { RoomId, Seq } from "./Ids.ts"
import { ReignRef } from "./Reign.ts"

/** The most events in one frame; a follower that lacks more gets a snapshot. */
export const eventsPerFrameMax = 1200

/** sync_gamestate: "how far do your logs go?" Asked by a new host of every live peer, and by any host of a joiner. */
export const SyncRequest = Schema.TaggedStruct("sync-request", { reign: ReignRef })

/** "Give me this room whole": a new host asks the peer whose log goes furthest. */
export const SyncFetch = Schema.TaggedStruct("sync-fetch", { reign: ReignRef, room: RoomId })

export const SyncMessage = Schema.Union(SyncRequest, SyncFetch)
export type SyncMessage = typeof SyncMessage.Type

/** The last event of a log, and the reign that ordered it. */
const LogEnd = Schema.Struct({ reign: ReignRef, seq: Seq })

/**
 * The answer to `sync-request`: where this node's logs end, as of before anything of the new reign. `forgot`: it had a
 * part in earlier reigns before it was started again, and what it held of their logs went with its last process.
 */
export const SyncAnswer = Schema.TaggedStruct("sync-answer", {
  reign: ReignRef,
  forgot: Schema.Boolean,
  heads: Schema.Array(Head).pipe(Schema.maxItems(roomsMax))
})

/** The answer to `sync-fetch`. */
export const SyncState = Schema.TaggedStruct("sync-state", { reign: ReignRef, snapshot: RoomSnapshot })

/** How far some rooms' logs go. */
const Reached = Cuts.pipe(Schema.minItems(1))

/** The node has folded the rooms' logs up to here, and holds them. Cumulative. */
export const Held = Schema.TaggedStruct("held", { reign: ReignRef, logs: Reached })

/**
 * The node's log ends at `head`, and what it got does not go on from there (NACK): it gets exactly what comes after that,
 * or a snapshot where that is gone, or the head is no part of the host's log. Null: it has no such room.
 */
export const Missing = Schema.TaggedStruct("missing", { reign: ReignRef, room: RoomId, head: Schema.NullOr(LogEnd) })

/** The node folded the same events to another state: it gets a snapshot. */
export const Differs = Schema.TaggedStruct("differs", { reign: ReignRef, room: RoomId, seq: Seq })

export const ProgressMessage = Schema.Union(SyncAnswer, SyncState, Held, Missing, Differs)
export type ProgressMessage = typeof ProgressMessage.Type

/** The hash of a room's folded state after event `seq`, sent now and then. */
export const Digest = Schema.Struct({ seq: Seq, hash: Schema.NonNegativeInt })

/**
 * The next events of a room. `after`: the reign that ordered the event before them, null where it is the frame's: a node
 * whose log has another there must not fold them (log matching, Raft section 5.3). `shown`: screens may see up to this
 * event.
 */
export const LogEvents = Schema.Struct({
  room: RoomId,
  after: Schema.NullOr(ReignRef),
  events: Schema.Array(Event).pipe(Schema.maxItems(eventsPerFrameMax)),
  shown: Seq,
  digest: Schema.NullOr(Digest)
})
export type LogEvents = typeof LogEvents.Type

/** What a tick, or anything else, has added to some rooms' logs; each room at most once. */
export const Events = Schema.TaggedStruct("events", {
  reign: ReignRef,
  logs: Schema.Array(LogEvents).pipe(Schema.minItems(1), Schema.maxItems(roomsMax))
})

/** The room's state stands for all events up to its `seq`; a node takes it whatever it held before. */
export const Snapshot = Schema.TaggedStruct("snapshot", {
  reign: ReignRef,
  snapshot: RoomSnapshot,
  shown: Seq,
  why: Schema.Literal("join", "lag", "differs")
})

/** Screens may see more than was said before, without a new event (with a quorum). */
export const Shown = Schema.TaggedStruct("shown", { reign: ReignRef, logs: Reached })

export const ReplicationMessage = Schema.Union(Events, Shown, Snapshot)
export type ReplicationMessage = typeof ReplicationMessage.Type
