/**
 * Peer links through a broker: those of UDP (`core/udp`), whose datagrams go from subject to subject. So what a broker
 * loses is sent again, what it doubles is dropped, and a process that dies is noticed with the next datagram to it, since
 * nobody subscribes to its subject any more. While the broker is away links wait; nothing of them is lost.
 */
import { Effect, Layer } from "effect"
import { Broker } from "../../services/Broker.ts"
import { type LinkError, PeerLinks } from "../../services/PeerLinks.ts"
import { type LinkNeeds, type LinkOptions, nonce } from "../links/LinkPlace.ts"
import * as PeerLinksUdp from "../links/PeerLinksUdp.ts"
import * as BrokerDatagrams from "./BrokerDatagrams.ts"

export interface Options extends Pick<LinkOptions, "format"> {
  /** This node's address, as others know it. */
  readonly address: string
  /** A name within the address, like a port; 0: any free one. */
  readonly port?: number | undefined
}

/** A broker has more to do for a datagram than a kernel: less of them say nothing but that this node is there. */
const probeMsLeast = 20

const make = Effect.fnUntraced(function*({ address, format, port = 0 }: Options) {
  const datagrams = yield* BrokerDatagrams.make(yield* Broker)
  const machine = { datagrams, dialFrom: address, nonce, probeMsLeast, protocol: "broker" }
  return yield* PeerLinksUdp.makeOn(machine, { address, port, format })
})

/** Links through a broker, as `PeerLinks` promises them; LinkError where the port is taken, or the broker forbids it. */
export const layer = (options: Options): Layer.Layer<PeerLinks, LinkError, Broker | LinkNeeds> =>
  Layer.scoped(PeerLinks, make(options))
