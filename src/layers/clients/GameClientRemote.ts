/**
 * `GameClient` in a program that is no node: everything by way of one server of the cluster, and of another one as soon as
 * that is gone, with the same seat token. What is played, the servers tell.
 */
import { Context, Deferred, Effect, FiberSet, Layer, Random, type Scope, Stream } from "effect"
import * as Session from "../../core/screen/State.ts"
import { step } from "../../core/screen/Step.ts"
import type { AnyGame } from "../../games/Game.ts"
import { protocolVersion } from "../../protocol/Discovery.ts"
import type { SeatId } from "../../protocol/Ids.ts"
import type { Cluster, Lost, ScreenMessage } from "../../protocol/Session.ts"
import { guard } from "../../protocol/Validation.ts"
import { RoomView } from "../../protocol/View.ts"
import { CurrentGame } from "../../services/CurrentGame.ts"
import type { Place } from "../../services/Discovery.ts"
import {
  type Client,
  type ClusterView,
  GameClient,
  type Notice,
  SeatError,
  type ShownView
} from "../../services/GameClient.ts"
import { ServerList, ServerListError } from "../../services/ServerList.ts"
import { Subscribers } from "../queues/Subscribers.ts"
import * as DatagramsDgram from "../udp/DatagramsDgram.ts"
import * as UdpEndpoint from "../udp/UdpEndpoint.ts"
import * as ServerSession from "./ServerSession.ts"

/** How long a server that was no use is left alone while there are others, in milliseconds. */
const shunnedMs = 2_000
/** Between two looks at the list of servers where none is to be had, in milliseconds. */
const lookAgainMs = 50
/** What is to be opened, and is not there after so long, is asked for again, in milliseconds. */
const openAgainMs = 500
const noticesMax = 64

export interface Options {
  /** One of this machine's IPv4 addresses, to dial from. */
  readonly address: string
  /** What can be played, by name. */
  readonly games: Readonly<Record<string, AnyGame>>
}

const isView = guard(RoomView)

const nobody: ClusterView = { epoch: null, host: null, nodes: [], rooms: [], log: null, pages: [] }

const viewOf = ({ _tag: _, elsewhere, ...rest }: Cluster): ClusterView => ({ ...rest, pages: elsewhere })

/** Who waits for the seat, and for its end. */
interface Holder {
  readonly got: Deferred.Deferred<SeatId, SeatError>
  readonly gone: Deferred.Deferred<never, SeatError>
}

interface Surroundings {
  readonly endpoint: UdpEndpoint.UdpEndpoint
  /** Told what is played, by every server that welcomes it. */
  readonly told: (game: string) => void
  readonly learn: (places: ReadonlyArray<Place>) => void
}

/** Carries out what the session wants; synchronous. */
class RemoteScreen {
  readonly views = new Subscribers<ShownView>(1, "sliding")
  readonly notices = new Subscribers<Notice>(noticesMax, "sliding")
  readonly clusters = new Subscribers<ClusterView>(1, "sliding")
  readonly seats = new Subscribers<SeatId>(1, "sliding")
  cluster = nobody
  session = Session.initial({ version: protocolVersion, isView })
  server: ServerSession.ServerSession | null = null
  holder: Holder | null = null

  constructor(private readonly around: Surroundings) {}

  say(message: ScreenMessage): void {
    this.server?.send(message)
  }

  opened(server: ServerSession.ServerSession): void {
    this.server = server
    this.put({ _tag: "connected" })
  }

  put(input: Session.Input): void {
    const { endpoint } = this.around
    const before = Session.wakeAtMs(this.session)
    const { outputs, state } = step(this.session, input, endpoint.nowMs())
    this.session = state
    for (const output of outputs) this.heed(output)
    const atMs = Session.wakeAtMs(state)
    if (atMs !== null && atMs !== before) endpoint.after(atMs - endpoint.nowMs(), () => this.put({ _tag: "wake" }))
  }

  private heed(output: Session.Output): void {
    const { room } = this.session
    switch (output._tag) {
      case "send":
        return this.say(output.message)
      case "welcomed":
        return this.around.told(output.node.game)
      case "stranger":
        return this.server?.close(`it plays ${output.game}`)
      case "viewed":
        return this.views.publish(output.shown)
      case "seated":
        if (this.holder !== null) Deferred.unsafeDone(this.holder.got, Effect.succeed(output.seat))
        return this.seats.publish(output.seat)
      case "refused":
        return this.refused(output.reason)
      case "lost":
        if (room !== null) this.notices.publish({ room, lost: output.lost })
        return
      case "set-back":
        return this.setBack(output)
      case "passed":
        if (output.message._tag === "cluster") this.clustered(output.message)
        else if (output.message._tag === "host-changed") this.notices.publish(output.message)
    }
  }

  /** No server has told what was taken back. */
  private setBack({ clock, shown: { epoch, view } }: Extract<Session.Output, { readonly _tag: "set-back" }>): void {
    const ticks = Math.max(0, clock - view.clock)
    const lost: Lost = { _tag: "lost", epoch, ticks, tickRate: this.session.node?.tickRate ?? 0, scores: [] }
    this.notices.publish({ room: view.room, lost })
  }

  private clustered(message: Cluster): void {
    this.cluster = viewOf(message)
    this.around.learn(
      message.nodes.flatMap(({ address, clientPort }) => clientPort === null ? [] : [{ address, port: clientPort }])
    )
    this.clusters.publish(this.cluster)
  }

  private refused(reason: SeatError["reason"]): void {
    const { holder } = this
    if (holder === null) return
    this.holder = null
    const error = new SeatError({ reason })
    Deferred.unsafeDone(holder.got, error)
    Deferred.unsafeDone(holder.gone, error)
  }
}

/** One server after the other, for ever. */
const serve = Effect.fnUntraced(function*(
  endpoint: UdpEndpoint.UdpEndpoint,
  screen: RemoteScreen
): Effect.fn.Return<never, never, ServerList> {
  const servers = yield* ServerList
  const shunned = new Map<string, number>()
  const nameOf = ({ address, port }: Place): string => `${address}:${port}`
  const isShunned = (place: Place): boolean => (shunned.get(nameOf(place)) ?? -Infinity) > endpoint.nowMs() - shunnedMs
  while (true) {
    const all = yield* servers.places
    const good = all.filter((place) => !isShunned(place))
    const from = good.length > 0 ? good : all
    const place = from[yield* Random.nextIntBetween(0, Math.max(1, from.length))]
    if (place === undefined) {
      yield* Effect.sleep(lookAgainMs)
      continue
    }
    const wasShunned = isShunned(place)
    const why = yield* ServerSession.run(endpoint, place, {
      opened: (server) => screen.opened(server),
      message: (message) => screen.put({ _tag: "received", message })
    })
    screen.server = null
    shunned.set(nameOf(place), endpoint.nowMs())
    yield* Effect.logDebug("server gone", { ...place, detail: why })
    if (wasShunned) yield* Effect.sleep(lookAgainMs)
  }
})

/** What is asked of the session by those who hold a seat. */
const take = (screen: RemoteScreen): Client["take"] =>
  Effect.fnUntraced(function*(room, player) {
    if (screen.holder !== null) return yield* Effect.dieMessage("a remote client holds one seat at a time")
    const holder: Holder = {
      got: yield* Deferred.make<SeatId, SeatError>(),
      gone: yield* Deferred.make<never, SeatError>()
    }
    yield* Effect.acquireRelease(
      Effect.sync(() => {
        screen.holder = holder
        screen.put({ _tag: "enter", room, player })
      }),
      () =>
        Effect.sync(() => {
          if (screen.holder !== holder) return
          screen.holder = null
          if (screen.session.room !== null) screen.put({ _tag: "enter", room: screen.session.room, player: null })
        })
    )
    const seat = yield* Effect.interruptible(Deferred.await(holder.got))
    const unlessGone = (say: () => void): Effect.Effect<void> =>
      Effect.sync(() => {
        if (screen.holder === holder) say()
      })
    return {
      seat,
      seats: Stream.merge(
        screen.seats.stream(() => {
          const told = screen.session.seat?.held.seat ?? null
          return told === null ? [] : [told]
        }),
        Stream.fromEffect(Deferred.await(holder.gone)),
        { haltStrategy: "either" }
      ),
      within: ({ view }) => screen.holder === holder ? Session.seatIn(screen.session, view) : null,
      input: ([first, ...rest]) =>
        unlessGone(() => {
          const { shown } = screen.session.views
          if (first !== undefined && shown !== null) {
            screen.say({ _tag: "inputs", epoch: shown.epoch, inputs: [first, ...rest] })
          }
        }),
      act: (act, ballot) => unlessGone(() => screen.say({ _tag: "act", act, ballot })),
      present: (isPresent) => unlessGone(() => screen.server?.hush(!isPresent)),
      leave: unlessGone(() => {
        screen.holder = null
        screen.put({ _tag: "leave" })
      })
    }
  })

const clientOf = (screen: RemoteScreen): Client => {
  const disputes = { count: 0 }
  const clusters = screen.clusters.stream(() => [screen.cluster])
  return {
    cluster: clusters,
    notices: screen.notices.stream(() => []),
    watch: (room) =>
      Stream.suspend(() => {
        if (room !== screen.session.room) screen.put({ _tag: "enter", room, player: null })
        return screen.views.stream(() => screen.session.views.shown === null ? [] : [screen.session.views.shown])
      }).pipe(Stream.filter(({ view }) => view.room === room)),
    take: take(screen),
    open: (room, options) =>
      Effect.gen(function*() {
        while (!screen.cluster.rooms.some((known) => known.room === room)) {
          screen.say({ _tag: "open", room, options })
          const opened = Stream.filter(clusters, ({ rooms }) => rooms.some((known) => known.room === room))
          yield* Effect.timeoutOption(Stream.runHead(opened), openAgainMs)
        }
      }),
    dispute: (room, seat, detail) =>
      Effect.suspend(() => {
        disputes.count++
        return Effect.logWarning(`seat ${seat} of room ${room} disputes its inputs: ${detail}`)
      }),
    disputed: Effect.sync(() => disputes.count)
  }
}

const make = Effect.fnUntraced(function*(
  endpoint: UdpEndpoint.UdpEndpoint,
  { games }: Pick<Options, "games">
): Effect.fn.Return<{ readonly client: Client; readonly game: AnyGame }, ServerListError, Scope.Scope | ServerList> {
  const servers = yield* ServerList
  const playing = yield* Deferred.make<AnyGame, ServerListError>()
  const run = yield* FiberSet.makeRuntime<never>()
  const screen = new RemoteScreen({
    endpoint,
    told: (game) =>
      Deferred.unsafeDone(
        playing,
        Object.hasOwn(games, game)
          ? Effect.succeed(games[game]!)
          : new ServerListError({ detail: `The servers play ${game}, which this program does not know.` })
      ),
    learn: (places) => void run(servers.learn(places))
  })
  yield* Effect.forkScoped(serve(endpoint, screen))
  return { client: clientOf(screen), game: yield* Deferred.await(playing) }
})

/** The client over any datagrams, a virtual machine's for one; `endpoint` takes nothing. */
export const layerOn = (
  endpoint: Effect.Effect<UdpEndpoint.UdpEndpoint, ServerListError, Scope.Scope>,
  options: Pick<Options, "games">
): Layer.Layer<GameClient | CurrentGame, ServerListError, ServerList> =>
  Layer.scopedContext(Effect.gen(function*() {
    const { client, game } = yield* make(yield* endpoint, options)
    return Context.make(GameClient, client).pipe(Context.add(CurrentGame, game))
  }))

/**
 * Is there as soon as a server has told what is played: whoever builds it waits for that as long as it takes. One client
 * watches one room at a time, and holds one seat.
 */
export const layer = ({ address, games }: Options) =>
  layerOn(
    Effect.flatMap(DatagramsDgram.make, (datagrams) =>
      UdpEndpoint.make(datagrams, { address, port: 0, dialFrom: UdpEndpoint.dialFrom(address), connected: false }))
      .pipe(
        Effect.mapError((error) =>
          new ServerListError({ detail: `No UDP port is to be had at ${address}: ${error.message}.` })
        )
      ),
    { games }
  )
