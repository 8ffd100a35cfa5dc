/**
 * Peer links over UDP: datagrams of at most 1,200 bytes, a reliable stream and a newest-wins channel over them
 * (`core/udp`). A process that is killed is noticed with the next datagram to it, within about 5 ms.
 */
import { Effect, Layer } from "effect"
import { usualPorts } from "../../protocol/Ports.ts"
import { Discovery } from "../../services/Discovery.ts"
import { PeerLinks } from "../../services/PeerLinks.ts"
import type { Datagrams } from "../udp/Datagrams.ts"
import * as DatagramsDgram from "../udp/DatagramsDgram.ts"
import * as UdpEndpoint from "../udp/UdpEndpoint.ts"
import * as LinkDialer from "./LinkDialer.ts"
import * as LinkMesh from "./LinkMesh.ts"
import { announce, linkError, type LinkOptions, type LinksLayer, nonce } from "./LinkPlace.ts"
import * as UdpWire from "./UdpWire.ts"

/** What the links of real and of virtual machines differ in. */
export interface Machine {
  readonly datagrams: Datagrams
  /** The address to dial from; 0.0.0.0: by the route. */
  readonly dialFrom: string
  /** 128 bits in hex, never the same twice. */
  readonly nonce: () => string
  /** The least that a connection is silent between its own datagrams, in milliseconds. Default: the endpoint's. */
  readonly probeMsLeast?: number
  /** For people. Default: UDP. */
  readonly protocol?: string
}

/** The links of a node on any machine, in scope. */
export const makeOn = Effect.fnUntraced(function*(
  { datagrams, dialFrom, nonce, probeMsLeast, protocol = "UDP" }: Machine,
  { address, format = "msgpack", port }: LinkOptions
) {
  const discovery = yield* Discovery
  const endpoint = yield* UdpEndpoint.make(datagrams, {
    address,
    port,
    defaultPort: usualPorts.linksUdp,
    dialFrom,
    connected: true,
    probeMsLeast
  }).pipe(Effect.mapError((error) => linkError(protocol, { address, port }, error)))
  const managed = yield* LinkMesh.make({ place: endpoint.place, format, nonce })
  endpoint.listen((connection) => {
    managed.attach("acceptor", null, (end) => UdpWire.make(connection, end), null)
  })
  yield* LinkDialer.run(managed, discovery, {
    connect: (place, connected, failed) => endpoint.dial(place, connected, failed),
    wire: UdpWire.make
  })
  yield* announce(discovery, endpoint.place)
  const service = managed.mesh.service()
  return {
    ...service,
    counters: Effect.map(service.counters, (counters) => ({
      ...counters,
      framesRejected: counters.framesRejected + endpoint.rejectedCount
    }))
  }
})

const make = Effect.fnUntraced(function*(options: LinkOptions) {
  const dialFrom = UdpEndpoint.dialFrom(options.address)
  return yield* makeOn({ datagrams: yield* DatagramsDgram.make, dialFrom, nonce }, options)
})

/** Links over UDP, as `PeerLinks` promises them; LinkError where the address or port cannot be had. */
export const layer = (options: LinkOptions): LinksLayer => Layer.scoped(PeerLinks, make(options))
