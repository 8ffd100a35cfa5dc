/** How the nodes of a cluster reach each other: directly, or through a broker. */
import { Context, Effect, Layer } from "effect"
import type { Format } from "../../protocol/Frame.ts"
import { usualPorts } from "../../protocol/Ports.ts"
import type { BeatChannel } from "../../services/BeatChannel.ts"
import type { BrokerError } from "../../services/Broker.ts"
import { Discovery, type DiscoveryError } from "../../services/Discovery.ts"
import type { MessageQueues } from "../../services/MessageQueues.ts"
import type { LinkError, PeerLinks } from "../../services/PeerLinks.ts"
import * as BrokerTransport from "../broker/BrokerTransport.ts"
import type { BrokerUrl } from "../broker/BrokerUrl.ts"
import * as DiscoveryBroker from "../broker/DiscoveryBroker.ts"
import * as PeerLinksBroker from "../broker/PeerLinksBroker.ts"
import type * as DiscoveryCore from "../discovery/DiscoveryCore.ts"
import * as DiscoveryStatic from "../discovery/DiscoveryStatic.ts"
import * as DiscoveryUdp from "../discovery/DiscoveryUdp.ts"
import * as BeatChannelNone from "../health/BeatChannelNone.ts"
import * as BeatChannelUdp from "../health/BeatChannelUdp.ts"
import * as PeerLinksTcp from "../links/PeerLinksTcp.ts"
import * as PeerLinksUdp from "../links/PeerLinksUdp.ts"
import * as MessageQueuesBounded from "../queues/MessageQueuesBounded.ts"

export interface Options {
  /** This machine's IPv4 address, as the others know it; 127.x.y.z for play on one machine. */
  readonly address: string
  /** The UDP port that nodes call each other on, the same for all. Default: 50000. */
  readonly discoveryPort?: number | undefined
  /** What links run over, or the broker that carries them; the same for all nodes. Default: `tcp`. */
  readonly transport?: "tcp" | "udp" | BrokerUrl | undefined
  /** The port for links without a broker. Default: 43234 (50010 over UDP), or any where that is taken; 0: any. */
  readonly linkPort?: number | undefined
  /** Link ports of nodes that broadcast does not reach, each `HOST:PORT` or `HOST`, where there is no broker. */
  readonly peers?: ReadonlyArray<string> | undefined
  /** How frames are written. Default: `msgpack`. */
  readonly format?: Format | undefined
}

type Transport = Layer.Layer<
  PeerLinks | Discovery | BeatChannel | MessageQueues,
  LinkError | DiscoveryError | BrokerError,
  DiscoveryCore.Needs
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

const throughBroker = (options: Options, url: BrokerUrl, servesClients: boolean): Transport => {
  const { address, format } = options
  const found = DiscoveryBroker.layer({ address })
  return PeerLinksBroker.layer({ address, format }).pipe(
    Layer.provideMerge(servesClients ? Layer.provide(withClients(options), found) : found),
    Layer.provideMerge(BeatChannelNone.layer),
    Layer.provideMerge(BrokerTransport.layer(url)),
    Layer.provideMerge(MessageQueuesBounded.layer)
  )
}

/**
 * Links, discovery and beats of one node. Its errors say in `detail` what to do. `servesClients`: whether thin clients look
 * for it: by UDP broadcast, whatever links run over.
 */
export const layer = (options: Options, servesClients: boolean): Transport => {
  const { address, discoveryPort, format, linkPort, peers = [], transport = "tcp" } = options
  if (typeof transport === "object") return throughBroker(options, transport, servesClients)
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
