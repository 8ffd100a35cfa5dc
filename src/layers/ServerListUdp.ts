/**
 * Looks for servers by UDP broadcast, and takes places given by hand. It asks on and on, from a socket of its own at any
 * port, and hears the answers, which come to that alone.
 */
import { Effect, Layer, Stream } from "effect"
import { announcementBytesMax, protocolVersion, type Seek } from "../protocol/Discovery.ts"
import type { Place } from "../services/Discovery.ts"
import { ServerList, ServerListError } from "../services/ServerList.ts"
import * as DiscoveryTable from "./DiscoveryTable.ts"
import * as DiscoveryUdp from "./DiscoveryUdp.ts"
import * as StaticPlaces from "./StaticPlaces.ts"
import * as UdpSocket from "./UdpSocket.ts"

/** Where servers take thin clients unless told otherwise. */
export const usualClientPort = 50_020
/** The most servers that are known at a time, and how long one is that nobody tells of any more, in milliseconds. */
export const serversMax = 64
export const keptMs = 5_000
/** When it is asked first, and how often then, in milliseconds. */
const startPausesMs = [0, 50, 100, 250]
const everyMs = 1_000

export interface Options {
  /** One of this machine's IPv4 addresses, to ask from (see DiscoveryUdp). */
  readonly address: string
  readonly cluster: string
  /** Where servers are called. Default: `DiscoveryUdp.defaultPort`. */
  readonly port?: number | undefined
  /** Client ports of servers that broadcast does not reach, each `HOST:PORT` or `HOST`. */
  readonly servers?: ReadonlyArray<string> | undefined
}

/** As long as any answer, so that one is given. */
const question = (cluster: string): Uint8Array => {
  const seek: Seek = { hostless: protocolVersion, kind: "seek", cluster, pad: "" }
  const length = DiscoveryTable.encode(seek).length
  return DiscoveryTable.encode({ ...seek, pad: ".".repeat(announcementBytesMax - length) })
}

const make = Effect.fnUntraced(function*({ address, cluster, port = DiscoveryUdp.defaultPort, servers = [] }: Options) {
  const clock = yield* Effect.clock
  const known = new Map<string, { readonly place: Place; readonly heardAtMs: number }>()
  const hear = (place: Place): void => {
    const key = `${place.address}:${place.port}`
    known.delete(key)
    known.set(key, { place, heardAtMs: clock.unsafeCurrentTimeMillis() })
    if (known.size > serversMax) known.delete(known.keys().next().value!)
  }

  const given = yield* Effect.mapError(
    StaticPlaces.stream(servers, { everyMs, usualPort: usualClientPort }),
    ({ detail }) => new ServerListError({ detail })
  )
  yield* Effect.forkScoped(Stream.runForEach(given, (place) => Effect.sync(() => hear(place))))

  const socket = yield* UdpSocket.open({ address, port: 0, broadcast: true }).pipe(
    Effect.mapError((error) =>
      new ServerListError({ detail: `Nothing can be sent from ${address}: ${error.message}. Choose another address.` })
    )
  )
  socket.on("error", () => {}).on("message", (datagram) => {
    const call = DiscoveryTable.decode(datagram)
    if (call === null || call.kind === "seek" || call.cluster !== cluster || call.clientPort === null) return
    hear({ address: call.address, port: call.clientPort })
  })
  const asked = question(cluster)
  const ask = Effect.sync(() => {
    for (const to of DiscoveryUdp.broadcastAddresses(address)) socket.send(asked, port, to, () => {})
  })
  yield* Effect.forkScoped(Effect.gen(function*() {
    for (const ms of startPausesMs) yield* Effect.zipRight(Effect.sleep(ms), ask)
    yield* Effect.forever(Effect.zipRight(Effect.sleep(everyMs), ask))
  }))

  return ServerList.of({
    places: Effect.sync(() => {
      const before = clock.unsafeCurrentTimeMillis() - keptMs
      for (const [key, { heardAtMs }] of known) if (heardAtMs < before) known.delete(key)
      return Array.from(known.values(), ({ place }) => place)
    }),
    learn: (places) => Effect.sync(() => places.forEach(hear))
  })
})

export const layer = (options: Options): Layer.Layer<ServerList, ServerListError> =>
  Layer.scoped(ServerList, make(options))
