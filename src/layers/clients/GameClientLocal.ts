/**
 * `GameClient` at the node that serves the screen: views from this node's replica, inputs to whoever hosts.
 */
import { Clock, Deferred, Duration, Effect, Fiber, Layer, Stream, SubscriptionRef } from "effect"
import { createHash } from "node:crypto"
import type { Shown } from "../../core/replica/Folding.ts"
import * as Room from "../../core/Room.ts"
import { mainRoom, type PeerId, type RoomId, type SeatId, type SeatToken, type TokenHash } from "../../protocol/Ids.ts"
import type { RoomOptions } from "../../protocol/Match.ts"
import type { NodeView } from "../../protocol/Session.ts"
import type { RoomView } from "../../protocol/View.ts"
import { ClientPort } from "../../services/ClientPort.ts"
import { ClusterConfig } from "../../services/ClusterConfig.ts"
import { CurrentGame } from "../../services/CurrentGame.ts"
import { Election } from "../../services/Election.ts"
import { FailureDetector } from "../../services/FailureDetector.ts"
import {
  type ClusterView,
  GameClient,
  type HeldSeat,
  type Notice,
  SeatError,
  type ShownView
} from "../../services/GameClient.ts"
import { GameServer } from "../../services/GameServer.ts"
import { Medium } from "../../services/Medium.ts"
import { NodeIdentity } from "../../services/NodeIdentity.ts"
import { PeerLinks } from "../../services/PeerLinks.ts"
import { Replica } from "../../services/Replica.ts"
import { SharedPage } from "../../services/SharedPage.ts"

/** How often screens hear of the cluster when nothing changes. */
const clusterEveryMs = 1_000
/** Changes that follow one another so closely are told as one: a change of host is over before people could read of it. */
const settleMs = 20
/** Names of nodes that are gone are remembered for the notices, at most so many. */
const namesMax = 256

/** What a room keeps of a seat token. */
export const hashToken = (token: SeatToken): TokenHash => createHash("sha256").update(token).digest("hex") as TokenHash

export const layer = Layer.scoped(
  GameClient,
  Effect.gen(function*() {
    const config = yield* ClusterConfig
    const game = yield* CurrentGame
    const identity = yield* NodeIdentity
    const election = yield* Election
    const links = yield* PeerLinks
    const detector = yield* FailureDetector
    const replica = yield* Replica
    const server = yield* GameServer
    const medium = yield* Medium
    const page = yield* SharedPage
    const clientPort = yield* ClientPort

    const names = new Map<PeerId, string>([[identity.peerId, identity.name]])
    const nameOf = (peer: PeerId): string => names.get(peer) ?? peer.slice(0, 8)
    const disputes = { count: 0 }
    const layerScope = yield* Effect.scope
    /** How many hold a seat here, by token. */
    const holders = new Map<TokenHash, number>()

    // ---------------------------------------------------------------- the cluster

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
    const cluster = yield* SubscriptionRef.make(yield* lookAround)
    const refresh = Effect.flatMap(lookAround, (view) => SubscriptionRef.set(cluster, view))
    /** Open since something changed. */
    const changed = yield* Effect.makeLatch(false)
    yield* election.watch(() => changed.open)
    yield* detector.watch((change) => change._tag === "reported" ? Effect.void : changed.open)
    // Who plays such a game watches its log grow.
    if (game.ordering === "committed") {
      yield* Effect.forkScoped(Stream.runForEach(replica.shown(mainRoom), () => changed.open))
    }
    yield* Effect.forkScoped(Effect.forever(Effect.gen(function*() {
      yield* Effect.timeoutOption(changed.await, Duration.millis(clusterEveryMs))
      yield* Effect.sleep(Duration.millis(settleMs))
      yield* changed.close
      yield* refresh
      yield* giveUpOrphans
    })))

    // ---------------------------------------------------------------- views

    /** Of views that are still to be seen, what they show: it knows more than screens may (hashes of seat tokens). */
    const states = new WeakMap<RoomView, Room.RoomState>()

    const viewed = (): (shown: Shown) => ShownView => {
      let previous: { readonly state: Room.RoomState; readonly view: RoomView } | undefined
      return ({ epoch, state }) => {
        const view = Room.view(game, state, previous)
        previous = { state, view }
        states.set(view, state)
        return { epoch, view }
      }
    }

    const notices: Stream.Stream<Notice> = Stream.map(
      replica.notices,
      (notice): Notice =>
        notice._tag === "lost" ? { room: notice.room, lost: notice.lost } : {
          _tag: "host-changed",
          ...notice.change,
          from: notice.change.from && { peerId: notice.change.from.host, name: nameOf(notice.change.from.host) },
          to: {
            peerId: notice.change.to.host,
            name: nameOf(notice.change.to.host),
            self: notice.change.to.host === identity.peerId
          }
        }
    )

    // ---------------------------------------------------------------- seats

    const toHost = server.submit

    const seatOf = (room: RoomId, tokenHash: TokenHash) =>
      Effect.map(replica.state(room), (state) => state?.seats.find((record) => record.tokenHash === tokenHash))

    /** Seats that are this node's by the log, though nobody plays them here, and since when. */
    const orphans = new Map<TokenHash, number>()

    /**
     * That a player has left is said once, and is lost where nobody hosts just then, or where the log of another side of a
     * split goes on; then the seat would stay this node's, and its player be heard at no other.
     */
    const giveUpOrphans = Effect.gen(function*() {
      const nowMs = yield* Clock.currentTimeMillis
      const found = new Set<TokenHash>()
      for (const { room, seats } of yield* replica.rooms) {
        for (const { awaySince, node, seat, tokenHash } of seats) {
          if (node !== identity.peerId || awaySince !== null || holders.has(tokenHash)) continue
          found.add(tokenHash)
          const since = orphans.get(tokenHash) ?? nowMs
          orphans.set(tokenHash, since)
          if (nowMs - since < config.freezeAfterMs) continue
          yield* toHost((reign) => ({ _tag: "quit-seat", reign, room, seat, for: "away" }))
        }
      }
      for (const tokenHash of orphans.keys()) if (!found.has(tokenHash)) orphans.delete(tokenHash)
    })

    const take = Effect.fnUntraced(function*(
      room: RoomId,
      player: { readonly token: SeatToken; readonly profile: Room.RoomState["seats"][number]["profile"] }
    ) {
      const tokenHash = hashToken(player.token)
      const ask = toHost((reign) => ({
        _tag: "take-seat",
        reign,
        room,
        tokenHash,
        profile: player.profile,
        node: identity.peerId
      }))
      const seated = Effect.map(
        seatOf(room, tokenHash),
        (record) =>
          record !== undefined && record.node === identity.peerId && record.awaySince === null ? record.seat : null
      )
      /** Asks until the log shows the seat; every `repeatMs`, since hosts come and go. */
      const acquire = Effect.gen(function*() {
        while (true) {
          const seat = yield* seated
          if (seat !== null) return seat
          yield* ask
          const now = yield* seated
          if (now !== null) return now
          yield* Effect.sleep(Duration.millis(config.repeatMs / 4))
        }
      })
      const refused = server.refusals.pipe(
        Stream.filter((refusal) => refusal.room === room && refusal.tokenHash === tokenHash),
        Stream.runHead,
        Effect.flatMap((refusal) =>
          refusal._tag === "None" ? Effect.never : Effect.fail(new SeatError({ reason: refusal.value.reason }))
        )
      )
      const first = yield* Effect.interruptible(Effect.raceFirst(refused, acquire))
      const seat = yield* SubscriptionRef.make(first)
      const gone = yield* Deferred.make<never, SeatError>()

      let left = false
      let present = true
      // A node that was out of sight finds its seats away or gone, and takes them again; but one that is played by way of
      // another node by now is that node's, though this one may not have heard yet that its player has left.
      const keeper = yield* Effect.forkScoped(Effect.forever(Effect.gen(function*() {
        yield* Effect.sleep(Duration.millis(config.repeatMs))
        const record = yield* seatOf(room, tokenHash)
        if (!present) {
          if (record?.node === identity.peerId && record.awaySince === null) yield* quit("away")
        } else if (record === undefined || record.awaySince !== null) yield* ask
        else if (record.node === identity.peerId && record.seat !== (yield* seat.get)) {
          yield* SubscriptionRef.set(seat, record.seat)
        }
      })))
      // A refusal that comes when the seat is there again is an answer to a question of before.
      const keptAlive = Effect.forever(
        Effect.catchAll(
          refused,
          (error) =>
            Effect.flatMap(seatOf(room, tokenHash), (record) =>
              record === undefined
                ? Effect.zipRight(Fiber.interrupt(keeper), Deferred.fail(gone, error))
                : Effect.void)
        )
      )
      yield* Effect.forkScoped(keptAlive)
      // By the log, since the number may be another player's where another side of a split goes on.
      const quit = (why: "away" | "leave") =>
        Effect.flatMap(
          seatOf(room, tokenHash),
          (record) =>
            record?.node !== identity.peerId ? Effect.void : toHost((reign) => ({
              _tag: "quit-seat",
              reign,
              room,
              seat: record.seat,
              for: why
            }))
        )
      // In a match everybody waits for who is away: whoever comes back soon, here or at another node, never was.
      const unlessBack = Effect.suspend(() => holders.has(tokenHash) ? Effect.void : quit("away"))
      const goAway = Effect.flatMap(replica.state(room), (state) =>
        state === null || state.match === null
          ? quit("away")
          : Effect.asVoid(Effect.forkIn(
            Effect.zipRight(Effect.sleep(Duration.millis(config.freezeAfterMs)), unlessBack),
            layerScope
          )))
      holders.set(tokenHash, (holders.get(tokenHash) ?? 0) + 1)
      yield* Effect.addFinalizer(() =>
        Effect.suspend(() => {
          const others = holders.get(tokenHash)! - 1
          if (others === 0) holders.delete(tokenHash)
          else holders.set(tokenHash, others)
          return left ? Effect.void : goAway
        })
      )
      const held: HeldSeat = {
        seat: first,
        seats: Stream.merge(seat.changes, Stream.fromEffect(Deferred.await(gone)), { haltStrategy: "either" }),
        within: ({ view }) => states.get(view)?.seats.find((record) => record.tokenHash === tokenHash)?.seat ?? null,
        input: (inputs) =>
          inputs.length === 0 ?
            Effect.void :
            Effect.flatMap(seated, (mine) =>
              mine === null ? Effect.void : toHost((reign) => ({ _tag: "inputs", reign, room, seat: mine, inputs }))),
        act: (act, ballot) =>
          Effect.flatMap(
            seated,
            (mine) =>
              mine === null ? Effect.void : toHost((reign) => ({ _tag: "act", reign, room, seat: mine, act, ballot }))
          ),
        present: (isPresent) =>
          Effect.suspend(() => {
            if (isPresent === present) return Effect.void
            present = isPresent
            return isPresent ? ask : quit("away")
          }),
        leave: Effect.suspend(() => {
          left = true
          return Effect.zipRight(Fiber.interrupt(keeper), quit("leave"))
        })
      }
      return held
    })

    const open = (room: RoomId, options: RoomOptions) =>
      Effect.gen(function*() {
        while ((yield* replica.state(room)) === null) {
          yield* toHost((reign) => ({ _tag: "open-room", reign, room, options }))
          yield* Effect.sleep(Duration.millis(config.repeatMs / 2))
        }
      })

    return {
      open,
      cluster: cluster.changes,
      notices,
      watch: (room) => Stream.suspend(() => Stream.map(replica.shown(room), viewed())),
      take,
      dispute: (room, seat: SeatId, detail) =>
        Effect.suspend(() => {
          disputes.count++
          return Effect.logWarning(`seat ${seat} of room ${room} disputes its inputs: ${detail}`)
        }),
      disputed: Effect.sync(() => disputes.count)
    }
  })
)

const round = (ms: number | null): number | null => ms === null ? null : Math.round(ms * 100) / 100
