/** Thin clients on a virtual LAN: the port at which a node takes them, and clients on machines of their own. */
import { Effect, Layer } from "effect"
import type { PeerId } from "../../protocol/Ids.ts"
import { usualPorts } from "../../protocol/Ports.ts"
import type { ClientPort } from "../../services/ClientPort.ts"
import type { CurrentGame } from "../../services/CurrentGame.ts"
import type { GameClient } from "../../services/GameClient.ts"
import { NodeIdentity } from "../../services/NodeIdentity.ts"
import { ServerList, type ServerListError } from "../../services/ServerList.ts"
import * as GameClientRemote from "../clients/GameClientRemote.ts"
import * as ServerListCore from "../discovery/ServerListCore.ts"
import * as ClientGatewayUdp from "../screens/ClientGatewayUdp.ts"
import * as UdpEndpoint from "../udp/UdpEndpoint.ts"
import { take, type VirtualLan } from "./VirtualLan.ts"

const endpoint = Effect.fnUntraced(function*(lan: VirtualLan, id: PeerId, port: number) {
  const machine = yield* lan.join(id)
  const { address } = machine.place
  const options = { address, port, dialFrom: address, connected: false }
  return yield* Effect.orDie(UdpEndpoint.make(lan.datagrams(machine), options))
})

/** The port of whichever node it is given the identity of. */
export const portLayer = (
  lan: VirtualLan
): Layer.Layer<ClientGatewayUdp.ClientEndpoint | ClientPort, never, NodeIdentity> =>
  Layer.orDie(Layer.unwrapEffect(
    Effect.map(
      NodeIdentity,
      ({ peerId }) => ClientGatewayUdp.endpointLayerOn(endpoint(lan, peerId, usualPorts.clients))
    )
  ))

const serverList = (lan: VirtualLan, id: PeerId, cluster: string): Layer.Layer<ServerList> =>
  Layer.scoped(
    ServerList,
    Effect.gen(function*() {
      const machine = yield* lan.join(id)
      const { receive, service } = yield* ServerListCore.make(cluster, (question) => {
        for (const other of lan.network.others(machine)) {
          lan.network.datagram(
            machine,
            other,
            "announcement",
            question,
            (bytes) => other.onAnnouncement?.(bytes, machine)
          )
        }
      })
      yield* take(machine, "onAnswer", receive)
      return service
    })
  )

export interface Options extends Pick<GameClientRemote.Options, "games"> {
  /** Names its machine, and nothing else. */
  readonly machine: PeerId
  readonly cluster: string
}

/** A client, as `GameClientRemote.layer`; build each by itself, as nodes. */
export const layer = (
  lan: VirtualLan,
  { cluster, games, machine }: Options
): Layer.Layer<GameClient | CurrentGame, ServerListError> =>
  GameClientRemote.layerOn(endpoint(lan, machine, 0), { games }).pipe(
    Layer.provide(serverList(lan, machine, cluster))
  )
