/**
 * The page for people: HTTP for the client's files, the status and the metrics, and a WebSocket per screen.
 *
 * Per room one subscription serves all screens, and each view is encoded once. Whatever a screen sends is decoded by its
 * schema; what fails is counted, and costs the screen its connection when it goes on.
 */
import { NodeHttpServer } from "@effect/platform-node"
import { Effect, Fiber, FiberMap, FiberSet, Layer, Schedule, Schema, Stream } from "effect"
import type { Duplex } from "node:stream"
import { WebSocketServer } from "ws"
import { protocolVersion } from "../protocol/Discovery.ts"
import { decodeBody, encodeBody, strangerBodyBytesMax } from "../protocol/Frame.ts"
import type { RoomId } from "../protocol/Ids.ts"
import type { NumberedInput } from "../protocol/Input.ts"
import { type Cluster, type NodeMessage, ScreenMessage } from "../protocol/Session.ts"
import { ClusterConfig } from "../services/ClusterConfig.ts"
import { CurrentGame } from "../services/CurrentGame.ts"
import { type ClusterView, GameClient, type Notice, type SeatError } from "../services/GameClient.ts"
import { NodeIdentity } from "../services/NodeIdentity.ts"
import { NodeStatus } from "../services/NodeStatus.ts"
import { PageServer } from "../services/PageServer.ts"
import { Rejections } from "../services/Rejections.ts"
import { WebGateway } from "../services/WebGateway.ts"
import * as GatewayMetrics from "./gateway/GatewayMetrics.ts"
import * as PageRoutes from "./gateway/PageRoutes.ts"
import { RoomFeed } from "./gateway/RoomFeed.ts"
import { closeCode, invalidMessagesMax, Screen } from "./gateway/Screen.ts"
import { SeatAudit } from "./gateway/SeatAudit.ts"

/** The most screens that one node serves. */
export const screensMax = 256

type Join = Extract<ScreenMessage, { readonly _tag: "join" }>

/** How often a screen is asked whether it is still there. */
const pingEveryMs = 5_000

/** What a message costs of the screen's allowance: what makes work for the whole cluster costs more. */
const costs: { readonly [tag: string]: number } = { join: 24, leave: 24, resync: 8 }

const isScreenMessage = Schema.is(ScreenMessage)

const encode = (message: NodeMessage): Uint8Array => encodeBody(message, "msgpack")

const clusterMessage = (view: ClusterView): Cluster => ({
  _tag: "cluster",
  epoch: view.epoch,
  host: view.host,
  nodes: view.nodes,
  rooms: view.rooms,
  elsewhere: view.pages
})

const refusals: { readonly [reason in SeatError["reason"]]: string } = {
  "full": "All seats of this room are taken.",
  "started": "A match is being played in this room: wait for its end, or watch.",
  "no-room": "This room is not there any more.",
  "too-many-rooms": "There are as many rooms as this cluster carries: play in one of them."
}

const make = Effect.gen(function*() {
  const socket = yield* PageServer
  const client = yield* GameClient
  const game = yield* CurrentGame
  const { cluster: clusterName } = yield* ClusterConfig
  const { name, peerId } = yield* NodeIdentity
  const nodeStatus = yield* NodeStatus
  const rejections = yield* Rejections
  const clock = yield* Effect.clock
  const run = yield* FiberSet.makeRuntime<never>()
  const feedFibers = yield* FiberMap.make<RoomId>()
  const now = () => clock.unsafeCurrentTimeMillis()

  const screens = new Set<Screen>()
  const feeds = new Map<RoomId, RoomFeed>()
  const seatFibers = new Map<Screen, Fiber.RuntimeFiber<void>>()
  const playing = new Map<string, Screen>()
  const isInput = Schema.is(game.Input)
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

  const holdSeat = (screen: Screen, room: RoomId, seat: NonNullable<Join["seat"]>) =>
    client.take(room, seat).pipe(
      Effect.flatMap((held) =>
        Effect.zipRight(
          Stream.runForEach(held.seats, (number) =>
            Effect.sync(() => {
              screen.seat({ token: seat.token, held, seat: number, audit: new SeatAudit() })
              screen.send(encode({ _tag: "seated", room, seat: number }))
            })),
          Effect.never
        )
      ),
      Effect.catchTag("SeatError", ({ reason }) =>
        Effect.sync(() => screen.send(encode({ _tag: "refused", reason, detail: refusals[reason] })))),
      Effect.scoped
    )

  /** A token plays at one screen only: the newest. */
  const takeSeat = (screen: Screen, room: RoomId, seat: NonNullable<Join["seat"]>): void => {
    const other = playing.get(seat.token)
    playing.set(seat.token, screen)
    const before = releaseSeat(screen)
    const takeOver = other === undefined || other === screen ? Effect.void : Effect.zipRight(
      Effect.sync(() =>
        other.send(encode({ _tag: "refused", reason: "token", detail: "This seat is played in another window now." }))
      ),
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
      seatFibers.set(screen, run(holdSeat(screen, room, seat)))
    }))
  }

  // ------------------------------------------------------------------ messages of screens

  const reject = (screen: Screen): void => {
    rejections.add()
    GatewayMetrics.rejected.unsafeUpdate(1, [])
    if (++screen.invalidMessages >= invalidMessagesMax) {
      run(Effect.logDebug("A screen that sends what no schema takes is closed"))
      screen.close(closeCode.policy, "invalid")
      screen.terminate()
    }
  }

  const decode = (data: Buffer): ScreenMessage | null => {
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

  const join = (screen: Screen, { room, seat, version }: Join): void => {
    if (version !== protocolVersion) {
      const detail = `This page speaks version ${version}, the node version ${protocolVersion}: load the page again.`
      screen.send(encode({ _tag: "refused", reason: "version", detail }))
      return
    }
    watch(screen, room)
    if (seat === null) run(releaseSeat(screen))
    else takeSeat(screen, room, seat)
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
    }
  }

  const receive = (screen: Screen, data: Buffer, isBinary: boolean): void => {
    screen.heardAtMs = now()
    if (!screen.allowance.take(1, now())) return GatewayMetrics.limited.unsafeUpdate(1, [])
    const message = isBinary ? decode(data) : null
    if (message === null) return reject(screen)
    const cost = (costs[message._tag] ?? 1) - 1
    if (cost > 0 && !screen.allowance.take(cost, now())) return GatewayMetrics.limited.unsafeUpdate(1, [])
    handle(screen, message)
  }

  // ------------------------------------------------------------------ connections

  const sockets = yield* Effect.acquireRelease(
    Effect.sync(() =>
      new WebSocketServer({
        noServer: true,
        maxPayload: strangerBodyBytesMax,
        perMessageDeflate: false,
        clientTracking: false
      })
    ),
    () =>
      Effect.sync(() => {
        for (const screen of screens) {
          screen.close(closeCode.goingAway, "the node stops")
          screen.terminate()
        }
      })
  )

  const upgrade = (request: Parameters<WebSocketServer["handleUpgrade"]>[0], duplex: Duplex, head: Buffer): void => {
    if (screens.size >= screensMax) {
      duplex.end("HTTP/1.1 503 Refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
      return
    }
    sockets.handleUpgrade(request, duplex, head, (ws) => {
      const screen = new Screen(ws, now, (_, { seat }) => {
        if (screen.room === null) return
        run(client.dispute(screen.room as RoomId, seat, "the running hash does not follow from what was sent"))
      })
      screens.add(screen)
      GatewayMetrics.screens.unsafeUpdate(screens.size, [])
      ws.on("message", (data, isBinary) => receive(screen, data as Buffer, isBinary))
      ws.on("pong", () => {
        screen.heardAtMs = now()
      })
      ws.on("error", () => {
        // Oversized or malformed frames: `ws` closes the connection by itself.
        rejections.add()
        GatewayMetrics.rejected.unsafeUpdate(1, [])
      })
      ws.on("close", () => {
        screens.delete(screen)
        GatewayMetrics.screens.unsafeUpdate(screens.size, [])
        unwatch(screen)
        run(releaseSeat(screen))
      })
      screen.send(welcome)
      if (cluster !== null) screen.sendCluster(cluster)
    })
  }

  const tell = (notice: Notice): void => {
    if ("_tag" in notice) {
      const body = encode(notice)
      for (const screen of screens) screen.send(body)
      return
    }
    const body = encode(notice.lost)
    for (const screen of screens) {
      if (screen.room !== notice.room) continue
      screen.seating?.audit.restart()
      screen.send(body)
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

  const request = yield* NodeHttpServer.makeHandler(PageRoutes.make(socket, nodeStatus))
  yield* socket.attach({ request, upgrade })

  return WebGateway.of({
    page: socket.page,
    sharedPage: socket.sharedPage,
    screens: Effect.sync(() => screens.size),
    rejected: rejections.count
  })
})

/** The gateway on a page's socket (layers/PageServerHttp). */
export const layer: Layer.Layer<
  WebGateway,
  never,
  PageServer | GameClient | CurrentGame | ClusterConfig | NodeIdentity | NodeStatus | Rejections
> = Layer.scoped(WebGateway, make)
