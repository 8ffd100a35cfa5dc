/**
 * Everything of a node between its links and its screens, composed: stalls, failure detection, election, replica, game
 * server, game client, status. What it still needs is who the node is, what it plays, and a transport.
 */
import { Layer } from "effect"
import type { ElectionStatus } from "../../protocol/Status.ts"
import { Rejections } from "../../services/Rejections.ts"
import * as GameClientLocal from "../clients/GameClientLocal.ts"
import * as ElectionBully from "../election/ElectionBully.ts"
import * as ElectionRaft from "../election/ElectionRaft.ts"
import * as RaftGroupLinks from "../group/RaftGroupLinks.ts"
import * as FailureDetectorBeats from "../health/FailureDetectorBeats.ts"
import * as StallsWatch from "../health/StallsWatch.ts"
import * as GameServerSequencing from "../ticking/GameServerSequencing.ts"
import * as ReplicaFolding from "../ticking/ReplicaFolding.ts"
import * as NodeStatusLive from "./NodeStatusLive.ts"

/** What shows and orders the rooms, whoever says who hosts. */
const game = NodeStatusLive.layer.pipe(
  Layer.provideMerge(GameClientLocal.layer),
  Layer.provideMerge(GameServerSequencing.layer),
  Layer.provideMerge(ReplicaFolding.layer)
)

/** Who is there, and whether this node itself was. */
export const health = FailureDetectorBeats.layer.pipe(
  Layer.provideMerge(StallsWatch.layer),
  Layer.provideMerge(Rejections.layer)
)

/** The host is elected by bully. */
export const layer = game.pipe(Layer.provideMerge(ElectionBully.layer), Layer.provideMerge(health))

/** The leader of a Raft group hosts. The cluster's configuration must ask for a quorum. */
export const raftLayer = game.pipe(
  Layer.provideMerge(ElectionRaft.layer),
  Layer.provideMerge(RaftGroupLinks.layer()),
  Layer.provideMerge(health)
)

/** How a cluster elects its host: the same at all its nodes. */
export type ElectionBy = ElectionStatus["by"]
