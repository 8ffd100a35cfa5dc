/**
 * `GameClient` in a program that is no node: everything by way of one server of the cluster, and of another one as soon as
 * that is gone, with the same seat token. What is played, the servers tell.
 */
import { Context, Deferred, Effect, FiberSet, Layer, Random, type Scope, Stream } from "effect"
import { isSetBack, ViewReceiver } from "../../core/ViewReceiver.ts"
import type { AnyGame } from "../../games/Game.ts"
import { protocolVersion } from "../../protocol/Discovery.ts"
import type { Epoch, Profile, RoomId, SeatId, SeatToken } from "../../protocol/Ids.ts"
import type { NumberedInput } from "../../protocol/Input.ts"
import type { Cluster, Lost, NodeMessage, ScreenMessage } from "../../protocol/Session.ts"
import { guard } from "../../protocol/Validation.ts"
import { RoomView } from "../../protocol/View.ts"
import { CurrentGame } from "../../services/CurrentGame.ts"
import type { Place } from "../../services/Discovery.ts"
import {
  type Client,
  type ClusterView,
  GameClient,
  type HeldSeat,
  type Notice,
  SeatError,
  type ShownView
} from "../../services/GameClient.ts"
import { ServerList, ServerListError } from "../../services/ServerList.ts"
import { Subscribers } from "../queues/Subscribers.ts"
import * as DatagramsDgram from "../udp/DatagramsDgram.ts"
import * as UdpEndpoint from "../udp/UdpEndpoint.ts"
import { Losses } from "./Losses.ts"
import * as ServerSession from "./ServerSession.ts"

/** How long a server that was no use is left alone while there are others, in milliseconds. */
const shunnedMs = 2_000
/** Between two looks at the list of servers where none is to be had, in milliseconds. */
const lookAgainMs = 50
/** A seat that the room's view has not for so long is asked for again, and what is to be opened as well, in milliseconds. */
const missingMs = 1_500
const openAgainMs = 500
const noticesMax = 64

export interface Options {
  /** One of this machine's IPv4 addresses, to dial from. */
  readonly address: string
  /** What can be played, by name. */
  readonly games: Readonly<Record<string, AnyGame>>
}

const isRoomView = guard(RoomView)

const nobody: ClusterView = { epoch: null, host: null, nodes: [], rooms: [], log: null, pages: [] }

const viewOf = ({ elsewhere, epoch, host, log, nodes, rooms, waitsFor }: Cluster): ClusterView => ({
  epoch,
  host,
  ...(waitsFor === undefined ? {} : { waitsFor }),
  nodes,
  rooms,
  log,
  pages: elsewhere
})

/** The seat that this client has or asks for. */
interface Wish {
  readonly room: RoomId
  readonly token: SeatToken
  readonly profile: Profile
  readonly got: Deferred.Deferred<SeatId, SeatError>
  readonly gone: Deferred.Deferred<never, SeatError>
  seat: SeatId | null
  /** How the seat looks in views since the server told which one it is; another than was wished for, if somebody had it. */
  color: string | null
  missingSinceMs: number | null
}

/** What the server says becomes of it; synchronous. */
class RemoteScreen {
  game: AnyGame | null = null
  readonly views = new Subscribers<ShownView>(1, "sliding")
  readonly notices = new Subscribers<Notice>(noticesMax, "sliding")
  readonly clusters = new Subscribers<ClusterView>(1, "sliding")
  readonly seats = new Subscribers<SeatId>(1, "sliding")
  cluster = nobody
  shown: ShownView | null = null
  room: RoomId | null = null
  wish: Wish | null = null
  session: ServerSession.ServerSession | null = null
  private receiver = new ViewReceiver(isRoomView)
  /** The newest subscription, and the first one of this room. */
  private subscription = 0
  private since = 1
  private readonly losses: Losses

  constructor(
    private readonly games: Options["games"],
    private readonly nowMs: () => number,
    after: (ms: number, run: () => void) => void,
    /** Told once what is played, or that this program does not know it. */
    private readonly told: (game: AnyGame | null, name: string) => void,
    private readonly learn: (places: ReadonlyArray<Place>) => void
  ) {
    this.losses = new Losses(nowMs, after, (clock) => this.setBack(clock))
  }

  say(message: ScreenMessage): void {
    this.session?.send(message)
  }

  enter(room: RoomId): void {
    if (room === this.room) return
    this.room = room
    this.receiver = new ViewReceiver(isRoomView)
    this.losses.reset()
    this.shown = null
    this.since = this.subscription + 1
    this.sayJoin()
  }

  sayJoin(): void {
    const { room, wish } = this
    if (room === null) return
    const seat = wish !== null && wish.room === room ? { token: wish.token, profile: wish.profile } : null
    this.say({ _tag: "join", version: protocolVersion, subscription: ++this.subscription, room, seat })
  }

  readonly opened = (session: ServerSession.ServerSession): void => {
    this.session = session
    this.receiver.reconnect()
  }

  readonly heard = (message: NodeMessage): void => {
    switch (message._tag) {
      case "welcome":
        return this.welcomed(message.game)
      case "snapshot":
      case "delta":
        if (message.subscription >= this.since) this.viewed(message)
        return
      case "cluster":
        return this.clustered(message)
      case "seated":
        if (message.subscription === this.subscription) this.seated(message.seat)
        return
      case "refused":
        if (message.subscription === this.subscription) this.refused(message.reason)
        return
      case "host-changed":
        return this.notices.publish(message)
      case "lost":
        if (message.subscription >= this.since) this.lost(message)
        return
      case "pong":
        return
    }
  }

  private welcomed(name: string): void {
    if (this.game === null) {
      const game = Object.hasOwn(this.games, name) ? this.games[name]! : null
      this.game = game
      this.told(game, name)
    }
    if (this.game?.name === name) this.sayJoin()
    else this.session?.close(`it plays ${name}`)
  }

  private viewed(message: Extract<NodeMessage, { readonly _tag: "snapshot" | "delta" }>): void {
    const before = this.receiver.shown?.view
    const reception = this.receiver.receive(message, this.nowMs())
    if (reception === "resync") this.say({ _tag: "resync" })
    const { shown } = this.receiver
    if (reception !== "shown" || shown === null) return
    const now: ShownView = { epoch: shown.epoch as Epoch, view: shown.view }
    if (before !== undefined && isSetBack(before, now.view)) this.losses.setBack(before.clock)
    this.shown = now
    this.missed()
    this.views.publish(now)
  }

  private lost(lost: Lost): void {
    if (this.room === null) return
    this.losses.told()
    this.notices.publish({ room: this.room, lost })
  }

  /** No server has told what was taken back. */
  private setBack(clock: number): void {
    const { game, room, shown } = this
    if (game === null || room === null || shown === null) return
    const { epoch, view } = shown
    const ticks = Math.max(0, clock - view.clock)
    this.notices.publish({ room, lost: { _tag: "lost", epoch, ticks, tickRate: game.tickRate, scores: [] } })
  }

  /**
   * The own seat in a view, or null where it has none. A server of another side of a split may have given the number to
   * somebody else: then it is another player's, until the server has told which seat is the own.
   */
  seatIn({ acks, seats }: RoomView): SeatId | null {
    const { wish } = this
    if (wish === null || wish.seat === null || acks[wish.seat] === undefined) return null
    const holder = seats[wish.seat]?.profile
    if (holder === undefined || holder.name !== wish.profile.name) return null
    wish.color ??= holder.color
    return holder.color === wish.color ? wish.seat : null
  }

  /** A seat that is gone from the room is asked for again. */
  private missed(): void {
    const { shown, wish } = this
    if (wish === null || wish.seat === null || shown === null) return
    if (this.seatIn(shown.view) !== null) {
      wish.missingSinceMs = null
      return
    }
    wish.missingSinceMs ??= this.nowMs()
    if (this.nowMs() - wish.missingSinceMs < missingMs) return
    wish.missingSinceMs = null
    this.sayJoin()
  }

  private clustered(message: Cluster): void {
    this.cluster = viewOf(message)
    this.learn(
      message.nodes.flatMap(({ address, clientPort }) => clientPort === null ? [] : [{ address, port: clientPort }])
    )
    this.clusters.publish(this.cluster)
  }

  private seated(seat: SeatId): void {
    const { wish } = this
    if (wish === null) return
    wish.seat = seat
    wish.color = null
    wish.missingSinceMs = null
    Deferred.unsafeDone(wish.got, Effect.succeed(seat))
    this.seats.publish(seat)
  }

  private refused(reason: Extract<NodeMessage, { readonly _tag: "refused" }>["reason"]): void {
    const { wish } = this
    if (wish === null) return
    this.wish = null
    const error = new SeatError({ reason })
    Deferred.unsafeDone(wish.got, error)
    Deferred.unsafeDone(wish.gone, error)
  }
}

const make = Effect.fnUntraced(function*(
  endpoint: UdpEndpoint.UdpEndpoint,
  { games }: Pick<Options, "games">
): Effect.fn.Return<{ readonly client: Client; readonly game: AnyGame }, ServerListError, Scope.Scope | ServerList> {
  const servers = yield* ServerList
  const playing = yield* Deferred.make<AnyGame, ServerListError>()
  const disputes = { count: 0 }
  const run = yield* FiberSet.makeRuntime<never>()
  const screen = new RemoteScreen(
    games,
    () => endpoint.nowMs(),
    (ms, then) => endpoint.after(ms, then),
    (game, name) =>
      Deferred.unsafeDone(
        playing,
        game === null
          ? new ServerListError({ detail: `The servers play ${name}, which this program does not know.` })
          : Effect.succeed(game)
      ),
    (places) => void run(servers.learn(places))
  )

  // ------------------------------------------------------------------ one server after the other

  const shunned = new Map<string, number>()
  const nameOf = ({ address, port }: Place): string => `${address}:${port}`
  const isShunned = (place: Place): boolean => (shunned.get(nameOf(place)) ?? -Infinity) > endpoint.nowMs() - shunnedMs

  const choose = Effect.gen(function*() {
    const all = yield* servers.places
    const good = all.filter((place) => !isShunned(place))
    const from = good.length > 0 ? good : all
    return from[yield* Random.nextIntBetween(0, Math.max(1, from.length))] ?? null
  })

  yield* Effect.forkScoped(Effect.forever(Effect.gen(function*() {
    const place = yield* choose
    if (place === null) return yield* Effect.sleep(lookAgainMs)
    const wasShunned = isShunned(place)
    const why = yield* ServerSession.run(endpoint, place, { opened: screen.opened, message: screen.heard })
    screen.session = null
    shunned.set(nameOf(place), endpoint.nowMs())
    yield* Effect.logDebug("server gone", { ...place, detail: why })
    if (wasShunned) yield* Effect.sleep(lookAgainMs)
  })))

  // ------------------------------------------------------------------ what is asked of it

  const take = Effect.fnUntraced(function*(
    room: RoomId,
    { profile, token }: { readonly token: SeatToken; readonly profile: Profile }
  ) {
    if (screen.wish !== null) return yield* Effect.dieMessage("a remote client holds one seat at a time")
    const wish: Wish = {
      room,
      token,
      profile,
      got: yield* Deferred.make<SeatId, SeatError>(),
      gone: yield* Deferred.make<never, SeatError>(),
      seat: null,
      color: null,
      missingSinceMs: null
    }
    let left = false
    yield* Effect.acquireRelease(
      Effect.sync(() => {
        screen.wish = wish
        if (room === screen.room) screen.sayJoin()
        else screen.enter(room)
      }),
      () =>
        Effect.sync(() => {
          if (screen.wish !== wish) return
          screen.wish = null
          if (!left) screen.sayJoin()
        })
    )
    const first = yield* Effect.interruptible(Deferred.await(wish.got))
    const unlessGone = (say: () => void): Effect.Effect<void> =>
      Effect.sync(() => {
        if (screen.wish === wish) say()
      })
    const held: HeldSeat = {
      seat: first,
      seats: Stream.merge(
        screen.seats.stream(() => wish.seat === null ? [] : [wish.seat]),
        Stream.fromEffect(Deferred.await(wish.gone)),
        { haltStrategy: "either" }
      ),
      within: ({ view }) => screen.wish === wish ? screen.seatIn(view) : null,
      input: (inputs) =>
        unlessGone(() => {
          const [one, ...rest] = inputs as ReadonlyArray<NumberedInput>
          if (one !== undefined && screen.shown !== null) {
            screen.say({ _tag: "inputs", epoch: screen.shown.epoch, inputs: [one, ...rest] })
          }
        }),
      act: (act, ballot) => unlessGone(() => screen.say({ _tag: "act", act, ballot })),
      present: (isPresent) => unlessGone(() => screen.session?.hush(!isPresent)),
      leave: unlessGone(() => {
        left = true
        screen.wish = null
        screen.say({ _tag: "leave" })
      })
    }
    return held
  })

  const client: Client = {
    cluster: screen.clusters.stream(() => [screen.cluster]),
    notices: screen.notices.stream(() => []),
    watch: (room) =>
      Stream.suspend(() => {
        screen.enter(room)
        return screen.views.stream(() => screen.shown === null ? [] : [screen.shown])
      }).pipe(Stream.filter(({ view }) => view.room === room)),
    take,
    open: (room, options) =>
      Effect.gen(function*() {
        while (!screen.cluster.rooms.some((known) => known.room === room)) {
          screen.say({ _tag: "open", room, options })
          yield* Effect.timeoutOption(
            Stream.runHead(Stream.filter(
              screen.clusters.stream(() => [screen.cluster]),
              ({ rooms }) => rooms.some((known) => known.room === room)
            )),
            openAgainMs
          )
        }
      }),
    dispute: (room, seat, detail) =>
      Effect.suspend(() => {
        disputes.count++
        return Effect.logWarning(`seat ${seat} of room ${room} disputes its inputs: ${detail}`)
      }),
    disputed: Effect.sync(() => disputes.count)
  }
  return { client, game: yield* Deferred.await(playing) }
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
export const layer = ({ address, games }: Options): Layer.Layer<
  GameClient | CurrentGame,
  ServerListError,
  ServerList
> =>
  layerOn(
    Effect.flatMap(DatagramsDgram.make, (datagrams) =>
      UdpEndpoint.make(datagrams, {
        address,
        port: 0,
        defaultPort: 0,
        dialFrom: UdpEndpoint.dialFrom(address),
        connected: false
      })).pipe(
        Effect.mapError((error) =>
          new ServerListError({ detail: `No UDP port is to be had at ${address}: ${error.message}.` })
        )
      ),
    { games }
  )
