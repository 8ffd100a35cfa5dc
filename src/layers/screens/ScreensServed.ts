/**
 * `Screens` over `GameClient`: per room one subscription serves all screens, and each view is encoded once. Whatever a screen
 * says is decoded by its schema; what fails is counted, and costs the screen its connection when it goes on.
 */
import { Effect, FiberSet, Layer, Schedule, Stream } from "effect"
import { protocolVersion } from "../../protocol/Discovery.ts"
import { encodeBody, withNumber } from "../../protocol/Frame.ts"
import type { RoomId } from "../../protocol/Ids.ts"
import type { Cluster } from "../../protocol/Session.ts"
import { ClusterConfig } from "../../services/ClusterConfig.ts"
import { CurrentGame } from "../../services/CurrentGame.ts"
import { type ClusterView, GameClient, type Notice } from "../../services/GameClient.ts"
import { NodeIdentity } from "../../services/NodeIdentity.ts"
import { Rejections } from "../../services/Rejections.ts"
import { type AttachedScreen, Screens, type ScreenSocket } from "../../services/Screens.ts"
import * as GatewayMetrics from "./GatewayMetrics.ts"
import * as RoomFeeds from "./RoomFeeds.ts"
import { encode, Screen } from "./Screen.ts"
import * as ScreenSeats from "./ScreenSeats.ts"
import * as ScreenWords from "./ScreenWords.ts"

/** The most screens that one node serves. */
export const screensMax = 256

/** How often a screen is asked whether it is still there. */
const pingEveryMs = 5_000

/** How often it is looked whether somebody has fallen silent. */
const silenceEveryMs = 50

const clusterMessage = ({ pages, ...rest }: ClusterView): Cluster => ({ _tag: "cluster", ...rest, elsewhere: pages })

type Run = (effect: Effect.Effect<void>) => void

const hear = (screen: Screen, nowMs: number, run: Run): void => {
  screen.heardAtMs = nowMs
  if (screen.seating === null || screen.isPresent) return
  screen.isPresent = true
  run(screen.seating.held.present(true))
}

/** In a match everybody waits for who has not been heard for so long. */
const lookForSilent = (screen: Screen, nowMs: number, freezeAfterMs: number, run: Run): void => {
  const match = screen.feed?.newest?.view.match ?? null
  if (match === null || screen.seating === null || !screen.isPresent) return
  if (nowMs - screen.heardAtMs < freezeAfterMs) return
  screen.isPresent = false
  run(screen.seating.held.present(false))
}

/** Tells the screens whom it concerns. */
const tell = (screens: ReadonlySet<Screen>, notice: Notice): void => {
  if ("_tag" in notice) {
    const body = encode(notice)
    for (const screen of screens) screen.send(body)
    return
  }
  const body = encodeBody(notice.lost, "msgpack")
  for (const screen of screens) {
    if (screen.room !== notice.room) continue
    screen.seating?.audit.restart()
    screen.send(withNumber(body, "subscription", screen.subscription))
  }
}

const make = Effect.gen(function*() {
  const client = yield* GameClient
  const game = yield* CurrentGame
  const { cluster: clusterName, freezeAfterMs } = yield* ClusterConfig
  const { name, peerId } = yield* NodeIdentity
  const rejections = yield* Rejections
  const clock = yield* Effect.clock
  const run = yield* FiberSet.makeRuntime<never>()
  const now = () => clock.unsafeCurrentTimeMillis()

  const screens = new Set<Screen>()
  const feeds = yield* RoomFeeds.make
  const seats = yield* ScreenSeats.make
  const receive = yield* ScreenWords.make(feeds, seats, now)
  let cluster: Uint8Array | null = null

  const welcome = encode({
    _tag: "welcome",
    version: protocolVersion,
    cluster: clusterName,
    game: game.name,
    tickRate: game.tickRate,
    peerId,
    name
  })

  const attach = (socket: ScreenSocket): AttachedScreen => {
    const screen = new Screen(socket, now, (_, { seat }) => {
      if (screen.room === null) return
      run(client.dispute(screen.room as RoomId, seat, "the running hash does not follow from what was sent"))
    })
    screens.add(screen)
    GatewayMetrics.screens.unsafeUpdate(screens.size, [])
    screen.send(welcome)
    if (cluster !== null) screen.sendCluster(cluster)
    return {
      receive: (body) => {
        // Whoever is gone would hold what it still asks for, for good.
        if (!screens.has(screen)) return
        hear(screen, now(), run)
        receive(screen, body)
      },
      heard: () => hear(screen, now(), run),
      drained: () => screen.drained(),
      broke: () => {
        rejections.add()
        GatewayMetrics.rejected.unsafeUpdate(1, [])
      },
      gone: () => {
        screens.delete(screen)
        GatewayMetrics.screens.unsafeUpdate(screens.size, [])
        feeds.unwatch(screen)
        seats.release(screen)
      }
    }
  }

  yield* client.cluster.pipe(
    Stream.runForEach((view) =>
      Effect.sync(() => {
        cluster = encode(clusterMessage(view))
        for (const screen of screens) screen.sendCluster(cluster)
      })
    ),
    Effect.forkScoped
  )
  yield* Effect.forkScoped(Stream.runForEach(client.notices, (notice) => Effect.sync(() => tell(screens, notice))))
  const each = (act: (screen: Screen) => void) => Effect.sync(() => screens.forEach((screen) => act(screen)))
  const lookAround = each((screen) => lookForSilent(screen, now(), freezeAfterMs, run))
  yield* Effect.forkScoped(Effect.repeat(each((screen) => screen.ping()), Schedule.spaced(pingEveryMs)))
  yield* Effect.forkScoped(Effect.repeat(lookAround, Schedule.spaced(silenceEveryMs)))
  yield* Effect.addFinalizer(() => each((screen) => screen.end("leaving")))

  return Screens.of({ isFull: () => screens.size >= screensMax, attach, count: Effect.sync(() => screens.size) })
})

export const layer = Layer.scoped(Screens, make)
