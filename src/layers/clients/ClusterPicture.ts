/** The cluster as the node that serves a screen sees it: links, health, the election and the rooms that it follows. */
import { Effect } from "effect"
import type { PeerId } from "../../protocol/Ids.ts"
import type { NodeView } from "../../protocol/Session.ts"
import { ClientPort } from "../../services/ClientPort.ts"
import { CurrentGame } from "../../services/CurrentGame.ts"
import { Election } from "../../services/Election.ts"
import { FailureDetector } from "../../services/FailureDetector.ts"
import type { ClusterView } from "../../services/GameClient.ts"
import { Medium } from "../../services/Medium.ts"
import { NodeIdentity } from "../../services/NodeIdentity.ts"
import { PeerLinks } from "../../services/PeerLinks.ts"
import { Replica } from "../../services/Replica.ts"
import { SharedPage } from "../../services/SharedPage.ts"

/** Names of nodes that are gone are remembered for the notices, at most so many. */
const namesMax = 256

export const make = Effect.gen(function*() {
  const game = yield* CurrentGame
  const identity = yield* NodeIdentity
  const election = yield* Election
  const links = yield* PeerLinks
  const detector = yield* FailureDetector
  const replica = yield* Replica
  const medium = yield* Medium
  const page = yield* SharedPage
  const clientPort = yield* ClientPort

  const names = new Map<PeerId, string>([[identity.peerId, identity.name]])
  const nameOf = (peer: PeerId): string => names.get(peer) ?? peer.slice(0, 8)

  const lookAround = Effect.gen(function*() {
    const { reign, role } = yield* election.standing
    const { index, term, voters } = yield* election.status
    const health = yield* detector.health
    const away = medium.away()
    const peers = yield* links.peers
    for (const peer of peers) names.set(peer.peerId, peer.name)
    while (names.size > namesMax) names.delete(names.keys().next().value!)
    const host = role === "electing" || reign === null ? null : reign.host
    const nodes: Array<NodeView> = peers.map((peer) => ({
      peerId: peer.peerId,
      name: peer.name,
      address: peer.address,
      self: false,
      role: peer.peerId === host ? "host" : "peer",
      state: health.get(peer.peerId)?.state ?? "up",
      rttMs: round(health.get(peer.peerId)?.rttMs ?? null),
      clientPort: peer.clientPort,
      epoch: health.get(peer.peerId)?.reign?.epoch ?? null
    }))
    nodes.push({
      peerId: identity.peerId,
      name: identity.name,
      address: links.place.address,
      self: true,
      role: host === identity.peerId ? "host" : "peer",
      state: "up",
      rttMs: null,
      clientPort,
      epoch: reign?.epoch ?? null
    })
    nodes.sort((a, b) => a.peerId < b.peerId ? 1 : -1)
    const view: ClusterView = {
      epoch: reign?.epoch ?? null,
      host: host === null ? null : {
        peerId: host,
        name: nameOf(host),
        self: host === identity.peerId,
        rttMs: host === identity.peerId ? 0 : round(health.get(host)?.rttMs ?? null)
      },
      ...(away === null ? {} : { waitsFor: away }),
      nodes,
      rooms: (yield* replica.rooms).map((state) => ({
        room: state.room,
        players: state.seats.filter((record) => record.awaySince === null).length,
        seatsMax: game.match?.players(state.options).max ?? game.seats.max,
        clock: state.clock,
        stage: state.match?.stage ?? null,
        options: state.options
      })),
      log: term === null || index === null ? null : { term, index, voters: voters.length },
      pages: [
        ...(page === null ? [] : [{ name: identity.name, page }]),
        ...peers.flatMap((peer) => peer.page === null ? [] : [{ name: peer.name, page: peer.page }])
      ]
    }
    return view
  })
  return { lookAround, nameOf }
})

const round = (ms: number | null): number | null => ms === null ? null : Math.round(ms * 100) / 100
