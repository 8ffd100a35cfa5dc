/**
 * `Screens` over `GameClient`: per room one subscription serves all screens, and each view is encoded once. Whatever a screen
 * says is decoded by its schema; what fails is counted, and costs the screen its connection when it goes on.
 */
import { Effect, Fiber, FiberMap, FiberSet, Layer, Schedule, Schema, Stream } from "effect"
import { protocolVersion } from "../../protocol/Discovery.ts"
import { decodeBody, encodeBody, withNumber } from "../../protocol/Frame.ts"
import type { RoomId } from "../../protocol/Ids.ts"
import type { NumberedInput } from "../../protocol/Input.ts"
import type { RoomOptions } from "../../protocol/Match.ts"
import { type Cluster, type NodeMessage, ScreenMessage } from "../../protocol/Session.ts"
import { guard } from "../../protocol/Validation.ts"
import { ClusterConfig } from "../../services/ClusterConfig.ts"
import { CurrentGame } from "../../services/CurrentGame.ts"
import { type ClusterView, GameClient, type Notice, type SeatError } from "../../services/GameClient.ts"
import { NodeIdentity } from "../../services/NodeIdentity.ts"
import { Rejections } from "../../services/Rejections.ts"
import { type AttachedScreen, Screens, type ScreenSocket } from "../../services/Screens.ts"
import * as GatewayMetrics from "./GatewayMetrics.ts"
import { RoomFeed } from "./RoomFeed.ts"
import { invalidMessagesMax, Screen } from "./Screen.ts"
import { SeatAudit } from "./SeatAudit.ts"

/** The most screens that one node serves. */
export const screensMax = 256

type Join = Extract<ScreenMessage, { readonly _tag: "join" }>
type SeatJoin = Join & { readonly seat: NonNullable<Join["seat"]> }

/** How often a screen is asked whether it is still there. */
const pingEveryMs = 5_000

/** How often it is looked whether somebody has fallen silent. */
const silenceEveryMs = 50
/** A room that is not open after so long is not asked for any more. */
const openWithinMs = 5_000

/** What a message costs of the screen's allowance: what makes work for the whole cluster costs more. */
const costs: { readonly [tag: string]: number } = { join: 24, leave: 24, open: 24, resync: 8, act: 8 }

const isScreenMessage = guard(ScreenMessage)

const encode = (message: NodeMessage): Uint8Array => encodeBody(message, "msgpack")

const clusterMessage = (view: ClusterView): Cluster => ({
  _tag: "cluster",
  epoch: view.epoch,
  host: view.host,
  ...(view.waitsFor === undefined ? {} : { waitsFor: view.waitsFor }),
  nodes: view.nodes,
  rooms: view.rooms,
  log: view.log,
  elsewhere: view.pages
})

const refusals: { readonly [reason in SeatError["reason"]]: string } = {
  "full": "All seats of this room are taken.",
  "started": "A match is being played in this room: wait for its end, or watch.",
  "no-room": "This room is not there any more.",
  "too-many-rooms": "There are as many rooms as this cluster carries: play in one of them.",
  "version": "This node and what it plays through speak different versions.",
  "token": "This seat is played in another window now."
}

const make = Effect.gen(function*() {
  const client = yield* GameClient
  const game = yield* CurrentGame
  const { cluster: clusterName, freezeAfterMs } = yield* ClusterConfig
  const { name, peerId } = yield* NodeIdentity
  const rejections = yield* Rejections
  const clock = yield* Effect.clock
  const run = yield* FiberSet.makeRuntime<never>()
  const feedFibers = yield* FiberMap.make<RoomId>()
  const now = () => clock.unsafeCurrentTimeMillis()

  const screens = new Set<Screen>()
  const feeds = new Map<RoomId, RoomFeed>()
  const seatFibers = new Map<Screen, Fiber.RuntimeFiber<void>>()
  const playing = new Map<string, Screen>()
  const isInput = guard(game.Input)
  /** Above all numbers of feeds that are closed, so that no screen takes a newer view for an older one. */
  let lastNumber = 0
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

  // ------------------------------------------------------------------ rooms

  const watch = (screen: Screen, room: RoomId): void => {
    if (screen.room === room) return screen.resync()
    unwatch(screen)
    let feed = feeds.get(room)
    if (feed === undefined) {
      const created = new RoomFeed(lastNumber)
      feed = created
      feeds.set(room, feed)
      run(FiberMap.run(
        feedFibers,
        room,
        Stream.runForEach(client.watch(room), (view) => Effect.sync(() => created.show(view)))
      ))
    }
    screen.watch(feed, room)
  }

  const unwatch = (screen: Screen): void => {
    const room = screen.room as RoomId | null
    const feed = screen.unwatch()
    if (room === null || feed === null || feed.watchers.size > 0) return
    feeds.delete(room)
    lastNumber = Math.max(lastNumber, feed.number)
    run(FiberMap.remove(feedFibers, room))
  }

  // ------------------------------------------------------------------ seats

  /** Ends the screen's seat fiber, and with it its hold on the seat: the host keeps it for a while. */
  const releaseSeat = (screen: Screen): Effect.Effect<void> =>
    Effect.suspend(() => {
      if (screen.token !== null && playing.get(screen.token) === screen) playing.delete(screen.token)
      screen.token = null
      screen.seating = null
      const fiber = seatFibers.get(screen)
      seatFibers.delete(screen)
      return fiber === undefined ? Effect.void : Fiber.interrupt(fiber)
    })

  const holdSeat = (screen: Screen, { room, seat, subscription }: SeatJoin) =>
    client.take(room, seat).pipe(
      Effect.flatMap((held) =>
        Effect.zipRight(
          Stream.runForEach(held.seats, (number) =>
            Effect.sync(() => {
              screen.seat({ token: seat.token, held, seat: number, audit: new SeatAudit() })
              screen.send(encode({ _tag: "seated", subscription, room, seat: number }))
            })),
          Effect.never
        )
      ),
      Effect.catchTag("SeatError", ({ reason }) =>
        Effect.sync(() =>
          screen.send(encode({ _tag: "refused", subscription, reason, detail: refusals[reason] }))
        )),
      Effect.scoped
    )

  /** A token plays at one screen only: the newest. */
  const takeSeat = (screen: Screen, join: SeatJoin): void => {
    const { seat } = join
    const other = playing.get(seat.token)
    playing.set(seat.token, screen)
    const before = releaseSeat(screen)
    const takeOver = other === undefined || other === screen ? Effect.void : Effect.zipRight(
      Effect.sync(() => {
        const { subscription } = other
        other.send(encode({ _tag: "refused", subscription, reason: "token", detail: refusals.token }))
      }),
      releaseSeat(other)
    )
    run(Effect.gen(function*() {
      yield* before
      yield* takeOver
      if (!screens.has(screen)) {
        if (playing.get(seat.token) === screen) playing.delete(seat.token)
        return
      }
      screen.token = seat.token
      playing.set(seat.token, screen)
      seatFibers.set(screen, run(holdSeat(screen, join)))
    }))
  }

  // ------------------------------------------------------------------ messages of screens

  const reject = (screen: Screen): void => {
    rejections.add()
    GatewayMetrics.rejected.unsafeUpdate(1, [])
    if (++screen.invalidMessages >= invalidMessagesMax) {
      run(Effect.logDebug("A screen that sends what no schema takes is closed"))
      screen.end("invalid")
    }
  }

  const decode = (data: Uint8Array): ScreenMessage | null => {
    try {
      const message = decodeBody(data)
      return isScreenMessage(message) ? message : null
    } catch {
      return null
    }
  }

  const areInputs = (inputs: ReadonlyArray<NumberedInput>): boolean =>
    inputs.every(([number, input], index) => number === inputs[0]![0] + index && number > 0 && isInput(input))

  const sendInputs = (screen: Screen, epoch: number, inputs: ReadonlyArray<NumberedInput>): void => {
    const { feed, seating } = screen
    if (seating === null) return
    // Numbered under an older reign, perhaps in another lineage: the screen sends them again when it has seen the newer.
    if (feed !== null && feed.newest !== null && epoch < feed.newest.epoch) return
    if (!areInputs(inputs) || !seating.audit.sent(inputs)) return reject(screen)
    run(seating.held.input(inputs))
  }

  const join = (screen: Screen, join: Join): void => {
    const { room, seat, subscription, version } = join
    if (version !== protocolVersion) {
      const detail = `This page speaks version ${version}, the node version ${protocolVersion}: load the page again.`
      screen.send(encode({ _tag: "refused", subscription, reason: "version", detail }))
      return
    }
    screen.subscription = subscription
    watch(screen, room)
    if (seat === null) run(releaseSeat(screen))
    else takeSeat(screen, { ...join, seat })
  }

  const leave = (screen: Screen): void => {
    const seating = screen.seating
    run(Effect.zipRight(seating === null ? Effect.void : seating.held.leave, releaseSeat(screen)))
  }

  const handle = (screen: Screen, message: ScreenMessage): void => {
    switch (message._tag) {
      case "inputs":
        return sendInputs(screen, message.epoch, message.inputs)
      case "ping":
        return screen.send(encode({ _tag: "pong", at: message.at }))
      case "resync":
        return screen.resync()
      case "join":
        return join(screen, message)
      case "leave":
        return leave(screen)
      case "act":
        if (screen.seating !== null) run(screen.seating.held.act(message.act, message.ballot))
        return
      case "open":
        return open(screen, message.room, message.options)
    }
  }

  /** A room of one's own; what its options may be is the game's business. */
  const open = (screen: Screen, room: RoomId, options: RoomOptions): void => {
    if (game.match !== undefined && !Schema.is(game.match.Options)(options)) return reject(screen)
    run(Effect.timeoutOption(client.open(room, options), openWithinMs))
  }

  // ------------------------------------------------------------------ silence

  const hear = (screen: Screen): void => {
    screen.heardAtMs = now()
    if (screen.seating !== null && !screen.isPresent) {
      screen.isPresent = true
      run(screen.seating.held.present(true))
    }
  }

  /** In a match everybody waits for who cannot be heard. */
  const lookForSilent = Effect.sync(() => {
    for (const screen of screens) {
      const match = screen.feed?.newest?.view.match ?? null
      if (match === null || screen.seating === null || !screen.isPresent) continue
      if (now() - screen.heardAtMs < freezeAfterMs) continue
      screen.isPresent = false
      run(screen.seating.held.present(false))
    }
  })

  const receive = (screen: Screen, body: Uint8Array | null): void => {
    hear(screen)
    if (!screen.allowance.take(1, now())) return GatewayMetrics.limited.unsafeUpdate(1, [])
    const message = body === null ? null : decode(body)
    if (message === null) return reject(screen)
    const cost = (costs[message._tag] ?? 1) - 1
    if (cost > 0 && !screen.allowance.take(cost, now())) return GatewayMetrics.limited.unsafeUpdate(1, [])
    handle(screen, message)
  }

  // ------------------------------------------------------------------ connections

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
      receive: (body) => receive(screen, body),
      heard: () => hear(screen),
      drained: () => screen.drained(),
      broke: () => {
        rejections.add()
        GatewayMetrics.rejected.unsafeUpdate(1, [])
      },
      gone: () => {
        screens.delete(screen)
        GatewayMetrics.screens.unsafeUpdate(screens.size, [])
        unwatch(screen)
        run(releaseSeat(screen))
      }
    }
  }

  const tell = (notice: Notice): void => {
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

  yield* client.cluster.pipe(
    Stream.runForEach((view) =>
      Effect.sync(() => {
        cluster = encode(clusterMessage(view))
        for (const screen of screens) screen.sendCluster(cluster)
      })
    ),
    Effect.forkScoped
  )
  yield* Effect.forkScoped(Stream.runForEach(client.notices, (notice) => Effect.sync(() => tell(notice))))
  yield* Effect.sync(() => {
    for (const screen of screens) screen.ping()
  }).pipe(Effect.repeat(Schedule.spaced(pingEveryMs)), Effect.forkScoped)

  yield* Effect.forkScoped(Effect.repeat(lookForSilent, Schedule.spaced(silenceEveryMs)))
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      for (const screen of screens) screen.end("leaving")
    })
  )

  return Screens.of({ isFull: () => screens.size >= screensMax, attach, count: Effect.sync(() => screens.size) })
})

export const layer: Layer.Layer<
  Screens,
  never,
  GameClient | CurrentGame | ClusterConfig | NodeIdentity | Rejections
> = Layer.scoped(Screens, make)
