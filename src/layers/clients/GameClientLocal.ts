/**
 * `GameClient` at the node that serves the screen: views from this node's replica, inputs to whoever hosts.
 */
import { Duration, Effect, Layer, Stream, SubscriptionRef } from "effect"
import type { Shown } from "../../core/replica/Folding.ts"
import * as Room from "../../core/Room.ts"
import { mainRoom } from "../../protocol/Ids.ts"
import type { RoomView } from "../../protocol/View.ts"
import { ClusterConfig } from "../../services/ClusterConfig.ts"
import { CurrentGame } from "../../services/CurrentGame.ts"
import { Election } from "../../services/Election.ts"
import { FailureDetector } from "../../services/FailureDetector.ts"
import { GameClient, type Notice, type ShownView } from "../../services/GameClient.ts"
import { GameServer } from "../../services/GameServer.ts"
import { NodeIdentity } from "../../services/NodeIdentity.ts"
import { Replica } from "../../services/Replica.ts"
import * as ClusterPicture from "./ClusterPicture.ts"
import * as SeatsHeld from "./SeatsHeld.ts"

/** How often screens hear of the cluster when nothing changes. */
const clusterEveryMs = 1_000
/** Changes that follow one another so closely are told as one: a change of host is over before people could read of it. */
const settleMs = 20

export const layer = Layer.scoped(
  GameClient,
  Effect.gen(function*() {
    const config = yield* ClusterConfig
    const game = yield* CurrentGame
    const { peerId } = yield* NodeIdentity
    const election = yield* Election
    const detector = yield* FailureDetector
    const replica = yield* Replica
    const server = yield* GameServer
    const { lookAround, nameOf } = yield* ClusterPicture.make
    /** Of views that are still to be seen, what they show: it knows more than screens may (hashes of seat tokens). */
    const states = new WeakMap<RoomView, Room.RoomState>()
    const { giveUpOrphans, take } = yield* SeatsHeld.make((view) => states.get(view))
    const disputes = { count: 0 }

    // ---------------------------------------------------------------- the cluster

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
      (notice): Notice => {
        if (notice._tag === "lost") return { room: notice.room, lost: notice.lost }
        const { from, to: { host } } = notice.change
        return {
          _tag: "host-changed",
          ...notice.change,
          from: from && { peerId: from.host, name: nameOf(from.host) },
          to: { peerId: host, name: nameOf(host), self: host === peerId }
        }
      }
    )

    return {
      open: (room, options) =>
        Effect.gen(function*() {
          while ((yield* replica.state(room)) === null) {
            yield* server.submit((reign) => ({ _tag: "open-room", reign, room, options }))
            yield* Effect.sleep(Duration.millis(config.repeatMs / 2))
          }
        }),
      cluster: cluster.changes,
      notices,
      watch: (room) => Stream.suspend(() => Stream.map(replica.shown(room), viewed())),
      take,
      dispute: (room, seat, detail) =>
        Effect.suspend(() => {
          disputes.count++
          return Effect.logWarning(`seat ${seat} of room ${room} disputes its inputs: ${detail}`)
        }),
      disputed: Effect.sync(() => disputes.count)
    }
  })
)
