/**
 * This node's folded rooms. Every node has them all, so that any node can host: it folds what the host replicates,
 * answers a new host's `sync_gamestate`, and says what screens may see.
 */
import { Context, type Effect, type Stream } from "effect"
import type { Shown } from "../core/replica/Folding.ts"
import type { Change } from "../core/replica/ReignHistory.ts"
import type { RoomState } from "../core/Room.ts"
import type { RoomId } from "../protocol/Ids.ts"
import type { Lost } from "../protocol/Session.ts"
import type { Counters, ReignStatus } from "../protocol/Status.ts"

/** How many of each were seen since the start. */
export type ReplicaCounters = Pick<Counters, "framesFenced" | "inputsApplied" | "regressions" | "lossesTold">

export interface ReplicaService {
  /** All rooms, folded to their newest event. */
  readonly rooms: Effect.Effect<ReadonlyArray<RoomState>>
  readonly state: (room: RoomId) => Effect.Effect<RoomState | null>
  /** A room's newest state that screens may see, then each new one; who is slow misses some, never the newest. */
  readonly shown: (room: RoomId) => Stream.Stream<Shown>
  /** Changes of host as this node lived through them, and what a heal undid. */
  readonly notices: Stream.Stream<
    | { readonly _tag: "host-changed"; readonly change: Change }
    | { readonly _tag: "lost"; readonly room: RoomId; readonly lost: Lost }
  >
  /** The last 64 reigns, newest last. */
  readonly reigns: Effect.Effect<ReadonlyArray<ReignStatus>>
  readonly counters: Effect.Effect<ReplicaCounters>
}

export class Replica extends Context.Tag("hostless/Replica")<Replica, ReplicaService>() {}
