/**
 * Everything of a node between its links and its screens, composed: stalls, failure detection, election, replica, game
 * server, game client, status. What it still needs is who the node is, what it plays, and a transport.
 */
import { Layer } from "effect"
import { Rejections } from "../services/Rejections.ts"
import * as ElectionBully from "./ElectionBully.ts"
import * as FailureDetectorBeats from "./FailureDetectorBeats.ts"
import * as GameClientLocal from "./GameClientLocal.ts"
import * as GameServerSequencing from "./GameServerSequencing.ts"
import * as NodeStatusLive from "./NodeStatusLive.ts"
import * as ReplicaFolding from "./ReplicaFolding.ts"
import * as StallsWatch from "./StallsWatch.ts"

export const layer = NodeStatusLive.layer.pipe(
  Layer.provideMerge(GameClientLocal.layer),
  Layer.provideMerge(GameServerSequencing.layer),
  Layer.provideMerge(ReplicaFolding.layer),
  Layer.provideMerge(ElectionBully.layer),
  Layer.provideMerge(FailureDetectorBeats.layer),
  Layer.provideMerge(StallsWatch.layer),
  Layer.provideMerge(Rejections.layer)
)
