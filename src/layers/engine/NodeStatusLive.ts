/**
 * `NodeStatus`: gathers what the other services know.
 */
import { Clock, Effect, Layer, Stream } from "effect"
import type { RoomState } from "../../core/Room.ts"
import type { AnyGame } from "../../games/Game.ts"
import { mainRoom, type PeerId } from "../../protocol/Ids.ts"
import type { PeerStatus, Status } from "../../protocol/Status.ts"
import { BeatChannel } from "../../services/BeatChannel.ts"
import { ClientPort } from "../../services/ClientPort.ts"
import { ClusterConfig } from "../../services/ClusterConfig.ts"
import { CurrentGame } from "../../services/CurrentGame.ts"
import { Discovery } from "../../services/Discovery.ts"
import { Election } from "../../services/Election.ts"
import { FailureDetector } from "../../services/FailureDetector.ts"
import { GameClient } from "../../services/GameClient.ts"
import { GameServer } from "../../services/GameServer.ts"
import { Medium } from "../../services/Medium.ts"
import { NodeIdentity } from "../../services/NodeIdentity.ts"
import { NodeStatus } from "../../services/NodeStatus.ts"
import { type Peer, PeerLinks } from "../../services/PeerLinks.ts"
import { ProgramTimes } from "../../services/ProgramTimes.ts"
import { Rejections } from "../../services/Rejections.ts"
import { Replica } from "../../services/Replica.ts"

/** Peers that went down stay in the status for so long, so that people see them go. */
const downShownMs = 10_000

const playersOf = (game: AnyGame, state: RoomState): Status["players"] => {
  const { standings } = game.outcome(state.game)
  return state.seats.map((record) => {
    const standing = standings.find((one) => one.seat === record.seat)
    return {
      room: state.room,
      seat: record.seat,
      name: record.profile.name,
      score: standing?.score ?? 0,
      gamesWon: standing?.gamesWon ?? 0,
      node: record.node,
      away: record.awaySince !== null,
      lastInput: record.lastInput,
      inputHash: record.inputHash
    }
  })
}

export const layer = Layer.scoped(
  NodeStatus,
  Effect.gen(function*() {
    const config = yield* ClusterConfig
    const game = yield* CurrentGame
    const identity = yield* NodeIdentity
    const discovery = yield* Discovery
    const beats = yield* BeatChannel
    const { counters: linkCounters } = yield* PeerLinks
    const detector = yield* FailureDetector
    const election = yield* Election
    const replica = yield* Replica
    const server = yield* GameServer
    const client = yield* GameClient
    const rejections = yield* Rejections
    const times = yield* ProgramTimes
    const clientPort = yield* ClientPort
    const medium = yield* Medium
    const clock = yield* Clock.clockWith(Effect.succeed)
    const nowMs = () => Number(clock.unsafeCurrentTimeNanos()) / 1e6
    const startedAt = nowMs()

    let firstViewMs: number | null = null
    yield* Effect.forkScoped(Stream.runForEach(Stream.take(replica.shown(mainRoom), 1), () =>
      Effect.sync(() => {
        firstViewMs = nowMs() - startedAt
      })))

    const here = new Map<PeerId, Peer>()
    const gone = new Map<PeerId, { readonly peer: Peer; readonly at: number }>()
    yield* detector.watch((change) =>
      Effect.sync(() => {
        if (change._tag === "up") {
          here.set(change.peer.peerId, change.peer)
          gone.delete(change.peer.peerId)
        } else if (change._tag === "down") {
          const peer = here.get(change.peerId)
          here.delete(change.peerId)
          if (peer !== undefined) gone.set(change.peerId, { peer, at: nowMs() })
          for (const [id, entry] of gone) if (nowMs() - entry.at > downShownMs) gone.delete(id)
        }
      })
    )

    const status = Effect.gen(function*() {
      const { reign, role } = yield* election.standing
      const health = yield* detector.health
      const rooms = yield* replica.rooms
      const main = rooms.find((state) => state.room === mainRoom) ?? rooms[0]
      const { framesIn, framesOut, framesRejected } = yield* linkCounters
      const { inputsInvalid, ...serverCounters } = yield* server.counters
      const rejected = framesRejected + (yield* discovery.rejected) + (yield* beats.rejected)
        + (yield* rejections.count) + inputsInvalid
      const peers: Array<PeerStatus> = []
      for (const [peerId, peer] of here) {
        const { rttMs = null, state = "up" } = health.get(peerId) ?? {}
        peers.push({ peerId, name: peer.name, address: peer.address, state, rttMs, via: peer.via })
      }
      for (const [peerId, { at, peer }] of gone) {
        if (nowMs() - at > downShownMs) continue
        peers.push({ peerId, name: peer.name, address: peer.address, state: "down", rttMs: null, via: null })
      }
      const result: Status = {
        peerId: identity.peerId,
        name: identity.name,
        cluster: config.cluster,
        game: game.name,
        shape: clientPort === null ? "mesh" : "cluster",
        role,
        epoch: reign?.epoch ?? null,
        host: role === "electing" ? null : reign?.host ?? null,
        election: yield* election.status,
        waitsFor: medium.away(),
        seq: main?.seq ?? (0 as Status["seq"]),
        clock: main?.clock ?? (0 as Status["clock"]),
        tickRate: game.tickRate,
        uptimeMs: nowMs() - startedAt,
        firstViewMs,
        loadMs: times.loadMs,
        peers: peers.sort((a, b) => a.peerId < b.peerId ? 1 : -1),
        players: rooms.flatMap((state) => playersOf(game, state)),
        rooms: yield* Effect.forEach(
          rooms,
          (state) =>
            Effect.map(server.lag(state.room), (lag): Status["rooms"][number] => ({
              room: state.room,
              game: game.name,
              state: state.ended ? "ended" : state.match?.stage ?? "open",
              seq: state.seq,
              clock: state.clock,
              seats: state.seats.length,
              lag: Object.fromEntries(lag)
            }))
        ),
        reigns: (yield* replica.reigns).map((entry) =>
          entry.host === identity.peerId ? { ...entry, interregnumMs: null } : entry
        ),
        counters: {
          framesIn,
          framesOut,
          framesRejected: rejected,
          ...serverCounters,
          ...(yield* replica.counters),
          inputsDisputed: yield* client.disputed
        }
      }
      return result
    })

    return { status }
  })
)
