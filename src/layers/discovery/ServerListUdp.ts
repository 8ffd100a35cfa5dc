/**
 * Looks for servers by UDP broadcast, and takes places given by hand. It asks from a socket of its own at any port, and
 * hears the answers, which come to that alone.
 */
import { Effect, Layer, Stream } from "effect"
import { usualPorts } from "../../protocol/Ports.ts"
import { ServerList, ServerListError } from "../../services/ServerList.ts"
import * as UdpSocket from "../udp/UdpSocket.ts"
import * as DiscoveryUdp from "./DiscoveryUdp.ts"
import * as ServerListCore from "./ServerListCore.ts"
import * as StaticPlaces from "./StaticPlaces.ts"

export interface Options {
  /** One of this machine's IPv4 addresses, to ask from (see DiscoveryUdp). */
  readonly address: string
  readonly cluster: string
  /** Where servers are called. Default: `usualPorts.discovery`. */
  readonly port?: number | undefined
  /** Client ports of servers that broadcast does not reach, each `HOST:PORT` or `HOST`. */
  readonly servers?: ReadonlyArray<string> | undefined
}

const make = Effect.fnUntraced(function*({ address, cluster, port = usualPorts.discovery, servers = [] }: Options) {
  const given = yield* Effect.mapError(
    StaticPlaces.stream(servers, { everyMs: ServerListCore.everyMs, usualPort: usualPorts.clients }),
    ({ detail }) => new ServerListError({ detail })
  )
  const socket = yield* UdpSocket.open({ address, port: 0, broadcast: true }).pipe(
    Effect.mapError((error) =>
      new ServerListError({ detail: `Nothing can be sent from ${address}: ${error.message}. Choose another address.` })
    )
  )
  const { hear, receive, service } = yield* ServerListCore.make(cluster, (question) => {
    for (const to of DiscoveryUdp.broadcastAddresses(address)) socket.send(question, port, to, () => {})
  })
  socket.on("error", () => {}).on("message", receive)
  yield* Effect.forkScoped(Stream.runForEach(given, (place) => Effect.sync(() => hear(place))))
  return service
})

export const layer = (options: Options): Layer.Layer<ServerList, ServerListError> =>
  Layer.scoped(ServerList, make(options))
