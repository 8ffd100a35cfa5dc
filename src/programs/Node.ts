/**
 * A whole node over TCP and UDP, composed from its layers.
 */
import { Layer } from "effect"
import type { AnyGame } from "../games/Game.ts"
import * as BeatChannelUdp from "../layers/BeatChannelUdp.ts"
import * as DiscoveryStatic from "../layers/DiscoveryStatic.ts"
import * as Engine from "../layers/Engine.ts"
import * as MessageQueuesBounded from "../layers/MessageQueuesBounded.ts"
import * as NodeIdentityFresh from "../layers/NodeIdentityFresh.ts"
import * as NodeIdentityKept from "../layers/NodeIdentityKept.ts"
import * as PageServerHttp from "../layers/PageServerHttp.ts"
import * as PeerLinksTcp from "../layers/PeerLinksTcp.ts"
import * as WebGatewayHttp from "../layers/WebGatewayHttp.ts"
import type { Format } from "../protocol/Frame.ts"
import { ClusterConfig } from "../services/ClusterConfig.ts"
import { CurrentGame } from "../services/CurrentGame.ts"

export interface NodeOptions {
  readonly game: AnyGame
  readonly name: string | undefined
  readonly cluster: string
  readonly address: string
  readonly httpPort: number | undefined
  readonly discoveryPort: number
  readonly linkPort: number | undefined
  readonly peers: ReadonlyArray<string>
  readonly dataDir: string | undefined
  readonly share: boolean
  readonly preempt: boolean
  readonly quorum: boolean
  readonly format: Format
  /** The file of a user's own scene module. */
  readonly scene: string | undefined
}

/** Everything that a node offers, from its links to its page. */
export const layer = (options: NodeOptions) => {
  const self = Layer.mergeAll(
    ClusterConfig.layer({ cluster: options.cluster, preempt: options.preempt, quorum: options.quorum }),
    CurrentGame.layer(options.game),
    options.dataDir === undefined
      ? NodeIdentityFresh.layer({ name: options.name })
      : NodeIdentityKept.layer({ directory: options.dataDir, name: options.name })
  )
  const transport = PeerLinksTcp.layer({ address: options.address, port: options.linkPort, format: options.format })
    .pipe(
      Layer.provideMerge(DiscoveryStatic.layerWithUdp({
        address: options.address,
        port: options.discoveryPort,
        peers: options.peers
      })),
      Layer.provideMerge(BeatChannelUdp.layer({ address: options.address })),
      Layer.provideMerge(MessageQueuesBounded.layer)
    )
  const page = PageServerHttp.layer({
    port: options.httpPort,
    address: options.address,
    share: options.share,
    scene: options.scene
  })
  return WebGatewayHttp.layer.pipe(
    Layer.provideMerge(Engine.layer),
    Layer.provideMerge(transport),
    Layer.provideMerge(page),
    Layer.provideMerge(self)
  )
}
