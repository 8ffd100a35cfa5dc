/** How the nodes of a cluster reach each other: directly, or through a broker. */
import { Context, Effect, Layer } from "effect"
import type { Format } from "../../protocol/Frame.ts"
import { usualPorts } from "../../protocol/Ports.ts"
import type { Application } from "../../services/Application.ts"
import type { BeatChannel } from "../../services/BeatChannel.ts"
import type { BrokerError } from "../../services/Broker.ts"
import type { ClusterConfig } from "../../services/ClusterConfig.ts"
import { Discovery, type DiscoveryError } from "../../services/Discovery.ts"
import type { MessageQueues } from "../../services/MessageQueues.ts"
import type { NodeIdentity } from "../../services/NodeIdentity.ts"
import type { LinkError, PeerLinks } from "../../services/PeerLinks.ts"
import * as BrokerTransport from "../broker/BrokerTransport.ts"
import type { BrokerUrl } from "../broker/BrokerUrl.ts"
import * as DiscoveryBroker from "../broker/DiscoveryBroker.ts"
import * as PeerLinksBroker from "../broker/PeerLinksBroker.ts"
import * as DiscoveryStatic from "../discovery/DiscoveryStatic.ts"
import * as DiscoveryUdp from "../discovery/DiscoveryUdp.ts"
import * as BeatChannelNone from "../health/BeatChannelNone.ts"
import * as BeatChannelUdp from "../health/BeatChannelUdp.ts"
import * as PeerLinksTcp from "../links/PeerLinksTcp.ts"
import * as PeerLinksUdp from "../links/PeerLinksUdp.ts"
import * as MessageQueuesBounded from "../queues/MessageQueuesBounded.ts"

export interface Options {
  /** This machine's IPv4 address, as the others know it. */
  readonly address: string
  /** What links run over; the same for all nodes. Default: `tcp`. */
  readonly transport?: "tcp" | "udp" | BrokerUrl | undefined
  /** The port that links are taken on, where there is no broker. */
  readonly linkPort?: number | undefined
  readonly discoveryPort?: number | undefined
  /** Link ports of nodes that broadcast does not reach, where there is no broker. */
  readonly peers?: ReadonlyArray<string> | undefined
  readonly format?: Format | undefined
  /** Whether thin clients look for this node: by UDP broadcast, whatever links run over. */
  readonly servesClients: boolean
}

type Transport = Layer.Layer<
  PeerLinks | Discovery | BeatChannel | MessageQueues,
  LinkError | DiscoveryError | BrokerError,
  NodeIdentity | ClusterConfig | Application
>

/** Answers thin clients that look for servers, who know nothing of the broker. */
const withClients = ({ address, discoveryPort }: Options) =>
  Layer.scoped(
    Discovery,
    Effect.gen(function*() {
      const service = yield* Discovery
      const local = yield* Layer.build(Layer.fresh(DiscoveryUdp.layer({ address, port: discoveryPort })))
      const { announce } = Context.get(local, Discovery)
      return { ...service, announce: (place) => Effect.zipRight(announce(place), service.announce(place)) }
    })
  )

const throughBroker = (options: Options, url: BrokerUrl): Transport => {
  const { address, format, servesClients } = options
  const found = DiscoveryBroker.layer({ address })
  return PeerLinksBroker.layer({ address, format }).pipe(
    Layer.provideMerge(servesClients ? Layer.provide(withClients(options), found) : found),
    Layer.provideMerge(BeatChannelNone.layer),
    Layer.provideMerge(BrokerTransport.layer(url)),
    Layer.provideMerge(MessageQueuesBounded.layer)
  )
}

/** Links, discovery and beats of one node. Its errors say in `detail` what to do. */
export const layer = (options: Options): Transport => {
  const { address, discoveryPort, format, linkPort, peers = [], transport = "tcp" } = options
  if (typeof transport === "object") return throughBroker(options, transport)
  const [links, usualPort] = transport === "udp"
    ? [PeerLinksUdp.layer, usualPorts.linksUdp] as const
    : [PeerLinksTcp.layer, usualPorts.linksTcp] as const
  return links({ address, port: linkPort, format }).pipe(
    Layer.provideMerge(DiscoveryStatic.layerWithUdp({ address, port: discoveryPort, peers, usualPort })),
    // Over UDP, beats go by the links' own newest-wins channel.
    Layer.provideMerge(transport === "udp" ? BeatChannelNone.layer : BeatChannelUdp.layer({ address })),
    Layer.provideMerge(MessageQueuesBounded.layer)
  )
}
