/**
 * A whole node on a virtual LAN, for tests and simulations: everything that a real node runs, but for sockets and pages.
 *
 * Build each node by itself (its own scope): within one build a layer is one node.
 */
import { Layer } from "effect"
import type { AnyGame } from "../games/Game.ts"
import type { PeerId } from "../protocol/Ids.ts"
import type { Reign } from "../protocol/Reign.ts"
import { ClusterConfig, type ClusterSettings } from "../services/ClusterConfig.ts"
import { CurrentGame } from "../services/CurrentGame.ts"
import * as Engine from "./Engine.ts"
import * as MessageQueuesBounded from "./MessageQueuesBounded.ts"
import * as NodeIdentityFixed from "./NodeIdentityFixed.ts"
import type { VirtualLan } from "./VirtualLan.ts"

export interface Options {
  readonly peerId: PeerId
  /** Default: `node-` and the id's first digits. */
  readonly name?: string
  readonly game: AnyGame
  /** What is not given is as in `ClusterConfig.defaults`. */
  readonly settings?: Partial<ClusterSettings>
  /** The reign that this node had accepted before it starts, as if it had been kept. */
  readonly acceptedBefore?: Reign
}

export const layer = (lan: VirtualLan, options: Options) =>
  Engine.layer.pipe(
    Layer.provideMerge(lan.links),
    Layer.provideMerge(lan.discovery),
    Layer.provideMerge(lan.beats),
    Layer.provideMerge(MessageQueuesBounded.layer),
    Layer.provideMerge(NodeIdentityFixed.layer({
      peerId: options.peerId,
      ...(options.name === undefined ? {} : { name: options.name }),
      ...(options.acceptedBefore === undefined ? {} : { acceptedBefore: options.acceptedBefore })
    })),
    Layer.provideMerge(ClusterConfig.layer(options.settings)),
    Layer.provideMerge(CurrentGame.layer(options.game))
  )
