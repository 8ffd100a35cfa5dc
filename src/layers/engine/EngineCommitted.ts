/**
 * Everything of a node between its links and its screens for a game that folds a committed log: the nodes' Raft group, its
 * rooms, and the same services on top as for games that tick.
 */
import { Effect, Layer } from "effect"
import * as GameClientLocal from "../clients/GameClientLocal.ts"
import * as GameServerCommitting from "../committed/GameServerCommitting.ts"
import * as ReplicaCommitted from "../committed/ReplicaCommitted.ts"
import * as Rooms from "../committed/Rooms.ts"
import * as ElectionRaft from "../election/ElectionRaft.ts"
import * as RaftGroupLinks from "../group/RaftGroupLinks.ts"
import * as Engine from "./Engine.ts"
import * as NodeStatusLive from "./NodeStatusLive.ts"

/** How the group behaves; its state machine are the rooms. */
export type Options = Partial<Omit<RaftGroupLinks.Options, "machine">>

const group = (options: Options) =>
  Layer.unwrapEffect(Effect.map(Rooms.Rooms, ({ machine }) => RaftGroupLinks.layer({ ...options, machine })))

/** It needs a `RaftGroupStorage`, besides what `Engine.layer` does. */
export const layer = (options: Options = {}) =>
  NodeStatusLive.layer.pipe(
    Layer.provideMerge(GameClientLocal.layer),
    Layer.provideMerge(GameServerCommitting.layer),
    Layer.provideMerge(ReplicaCommitted.layer),
    Layer.provideMerge(ElectionRaft.layer),
    Layer.provideMerge(group(options)),
    Layer.provideMerge(Rooms.layer),
    Layer.provideMerge(Engine.health)
  )
