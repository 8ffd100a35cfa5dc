/** Thin clients over real datagrams, at servers over a game in memory. */
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, ExecutionStrategy, Exit, Fiber, Layer, Scope, Stream } from "effect"
import { Gather } from "../../../src/games/Gather.ts"
import * as GameClientRemote from "../../../src/layers/clients/GameClientRemote.ts"
import * as ServerListUdp from "../../../src/layers/discovery/ServerListUdp.ts"
import * as ClientGatewayUdp from "../../../src/layers/screens/ClientGatewayUdp.ts"
import * as ScreensServed from "../../../src/layers/screens/ScreensServed.ts"
import type { Datagrams } from "../../../src/layers/udp/Datagrams.ts"
import * as DatagramsDgram from "../../../src/layers/udp/DatagramsDgram.ts"
import * as UdpEndpoint from "../../../src/layers/udp/UdpEndpoint.ts"
import type { RoomId, SeatToken } from "../../../src/protocol/Ids.ts"
import type { NumberedInput } from "../../../src/protocol/Input.ts"
import { ClientGateway } from "../../../src/services/ClientGateway.ts"
import { CurrentGame } from "../../../src/services/CurrentGame.ts"
import { GameClient, type HeldSeat, type Notice, type ShownView } from "../../../src/services/GameClient.ts"
import { Rejections } from "../../../src/services/Rejections.ts"
import { ServerList } from "../../../src/services/ServerList.ts"
import * as UdpRaw from "../../../src/testing/DatagramPeers.ts"
import { eventually, ticks, token } from "../screens/gatewayHouse.ts"
import { MemoryGame, peer } from "../screens/memoryGame.ts"

const main = "main" as RoomId
const player = (digit: number) => ({
  token: token(digit) as SeatToken,
  profile: { name: `Player ${digit}`, color: "#4a63d8" } as never
})
const input = (number: number, dx: -1 | 0 | 1): NumberedInput => [number, { dx, dy: 0 }] as unknown as NumberedInput

/** A server of the game, and what becomes of it. */
const serve = Effect.fnUntraced(function*(game: MemoryGame, address: string) {
  const scope = yield* Scope.fork(yield* Effect.scope, ExecutionStrategy.sequential)
  const mortal = UdpRaw.mortal(yield* DatagramsDgram.make)
  const endpoint = UdpEndpoint.make(mortal.datagrams, {
    address,
    port: 0,
    defaultPort: 0,
    dialFrom: address,
    connected: false
  })
  const context = yield* Layer.buildWithScope(
    ClientGatewayUdp.layer.pipe(
      Layer.provide(ClientGatewayUdp.endpointLayerOn(Effect.orDie(endpoint))),
      Layer.provide(ScreensServed.layer),
      Layer.provide(game.layer),
      Layer.provide(Rejections.layer),
      Layer.orDie
    ),
    scope
  )
  return { ...Context.get(context, ClientGateway), mortal, stop: Scope.close(scope, Exit.void) }
})

const connect = (servers: ReadonlyArray<{ readonly address: string; readonly port: number }>, address = "127.0.8.99") =>
  Effect.gen(function*() {
    const context = yield* Layer.build(
      GameClientRemote.layer({ address, games: { gather: Gather } }).pipe(
        Layer.provideMerge(ServerListUdp.layer({
          address,
          cluster: "test",
          port: 9,
          servers: servers.map((place) => `${place.address}:${place.port}`)
        }))
      )
    )
    return {
      client: Context.get(context, GameClient),
      list: Context.get(context, ServerList),
      game: Context.get(context, CurrentGame)
    }
  })

/** What comes takes so long, in the order in which it was sent. */
const delayed = (datagrams: Datagrams, ms: number): Datagrams => ({
  ...datagrams,
  bind: (place, events, done) =>
    datagrams.bind(place, {
      ...events,
      receive: (datagram, from) => {
        const kept = datagram.slice()
        setTimeout(() => events.receive(kept, from), ms)
      }
    }, done)
})

/** What is shown, in order. */
const watched = (client: GameClient["Type"], room = main) =>
  Effect.gen(function*() {
    const views: Array<ShownView> = []
    yield* Effect.forkScoped(Stream.runForEach(client.watch(room), (view) => Effect.sync(() => void views.push(view))))
    return views
  })

describe("GameClientRemote", () => {
  it.scopedLive("is told what is played, watches, takes a seat, and its inputs count once", () =>
    Effect.gen(function*() {
      const game = new MemoryGame({ game: Gather })
      const server = yield* serve(game, "127.0.8.1")
      const { client, game: played } = yield* connect([server.place])
      assert.strictEqual(played.name, "gather")
      const views = yield* watched(client)
      yield* eventually(() => views.length > 0)
      const held = yield* client.take(main, player(1))
      assert.strictEqual(held.seat, 1)
      yield* eventually(() => views.at(-1)!.view.acks["1"] !== undefined)
      assert.strictEqual(held.within(views.at(-1)!), 1)
      yield* held.input([input(1, 1)])
      yield* held.input([input(1, 1), input(2, 0)])
      yield* eventually(() => game.rooms.get("main")!.seats.get(1)!.waiting.size === 2)
      yield* ticks(game, 3)
      yield* eventually(() => views.at(-1)!.view.acks["1"]?.[0] === 2)
      assert.strictEqual(game.inputsApplied, 2)
      assert.strictEqual(yield* server.count, 1)
      yield* held.leave
      yield* eventually(() => game.rooms.get("main")!.seats.size === 0)
    }))

  it.scopedLive("keeps the seat when it only goes away", () =>
    Effect.gen(function*() {
      const game = new MemoryGame({ game: Gather })
      const server = yield* serve(game, "127.0.8.2")
      const { client } = yield* connect([server.place])
      yield* watched(client)
      yield* Effect.scoped(client.take(main, player(1)))
      yield* eventually(() => game.rooms.get("main")!.seats.get(1)!.away)
      const again = yield* client.take(main, player(1))
      assert.strictEqual(again.seat, 1)
      assert.isFalse(game.rooms.get("main")!.seats.get(1)!.away)
    }))

  for (
    const [what, end] of [
      ["stops", (server: Effect.Effect.Success<ReturnType<typeof serve>>) => server.stop],
      ["is killed", ({ mortal }) => Effect.sync(() => mortal.die())],
      ["falls silent", ({ mortal }) => Effect.sync(() => mortal.freeze())]
    ] as ReadonlyArray<
      readonly [string, (server: Effect.Effect.Success<ReturnType<typeof serve>>) => Effect.Effect<void>]
    >
  ) {
    it.scopedLive(`goes on with its seat at another server when its own ${what}`, () =>
      Effect.gen(function*() {
        const game = new MemoryGame({ game: Gather, nodes: [1, 2].map((n) => ({ peerId: peer(n), name: `S${n}` })) })
        const first = yield* serve(game, "127.0.8.3")
        const second = yield* serve(game, "127.0.8.4")
        game.nodes = game.nodes.map((node, i) => ({ ...node, clients: [first, second][i]!.place }))
        // It is told of the second by the first.
        const { client } = yield* connect([first.place])
        const views = yield* watched(client)
        const held: HeldSeat = yield* client.take(main, player(1))
        const ticking = yield* Effect.forkScoped(
          Effect.forever(Effect.zipRight(Effect.sleep(16), Effect.sync(() => game.tick())))
        )
        yield* eventually(() => views.at(-1)?.view.acks["1"] !== undefined)
        yield* held.input([input(1, 1)])
        yield* eventually(() => views.at(-1)!.view.acks["1"]?.[0] === 1)
        yield* end(first)
        const clock = views.at(-1)!.view.clock
        yield* eventually(() => views.at(-1)!.view.clock > clock + 2)
        yield* held.input([input(2, 0)])
        yield* eventually(() => views.at(-1)!.view.acks["1"]?.[0] === 2)
        assert.strictEqual(held.within(views.at(-1)!), 1)
        assert.strictEqual(game.rooms.get("main")!.seats.size, 1)
        assert.strictEqual(yield* second.count, 1)
        assert.isTrue(views.every(({ view }, i) => i === 0 || view.clock >= views[i - 1]!.view.clock))
        yield* Fiber.interrupt(ticking)
      }), 20_000)
  }

  it.scopedLive("is told why it has no seat", () =>
    Effect.gen(function*() {
      const game = new MemoryGame({ game: Gather })
      for (let i = 0; i < Gather.seats.max; i++) game.seat(game.rooms.get("main")!, String(i), player(1).profile)
      const server = yield* serve(game, "127.0.8.5")
      const { client } = yield* connect([server.place])
      assert.strictEqual((yield* Effect.flip(client.take(main, player(1)))).reason, "full")
    }))

  it.scopedLive("is told when its seat is gone and there is none for it any more", () =>
    Effect.gen(function*() {
      const game = new MemoryGame({ game: Gather, nodes: [1, 2].map((n) => ({ peerId: peer(n), name: `S${n}` })) })
      const full = new MemoryGame({ game: Gather })
      for (let i = 0; i < Gather.seats.max; i++) full.seat(full.rooms.get("main")!, String(i), player(1).profile)
      const first = yield* serve(game, "127.0.8.8")
      const second = yield* serve(full, "127.0.8.9")
      game.nodes = game.nodes.map((node, i) => ({ ...node, clients: [first, second][i]!.place }))
      const { client } = yield* connect([first.place])
      const held = yield* client.take(main, player(1))
      const told = yield* Effect.fork(Effect.flip(Stream.runDrain(held.seats)))
      yield* first.stop
      assert.strictEqual((yield* Fiber.join(told)).reason, "full")
    }), 20_000)

  it.scopedLive("opens rooms, and hears of the cluster and of hosts", () =>
    Effect.gen(function*() {
      const game = new MemoryGame({ game: Gather, nodes: [1, 2].map((n) => ({ peerId: peer(n), name: `S${n}` })) })
      const server = yield* serve(game, "127.0.8.6")
      const { client } = yield* connect([server.place])
      yield* client.open("garden" as RoomId, {})
      assert.isTrue(game.rooms.has("garden"))
      const notices: Array<Notice> = []
      yield* Effect.forkScoped(Stream.runForEach(client.notices, (one) => Effect.sync(() => void notices.push(one))))
      yield* watched(client, "garden" as RoomId)
      yield* Effect.sleep(50)
      game.succeed(peer(2), { cause: "crash", nothingLost: true, interregnumMs: 18 }, game.nodes[0]!)
      yield* eventually(() => notices.length === 1)
      const cluster = yield* Stream.runHead(Stream.filter(client.cluster, ({ host }) => host?.name === "S2"))
      assert.isTrue(cluster._tag === "Some")
    }))

  it.scopedLive(
    "shows the room that was chosen last, though views of the one before it are still under way",
    () =>
      Effect.gen(function*() {
        const game = new MemoryGame({ game: Gather, rooms: ["first", "old", "young"] })
        // A view of this room looks newer than all of the other's for hours.
        const old = game.rooms.get("old")!
        old.clock = old.seq = 1_000_000
        const server = yield* serve(game, "127.0.8.10")
        const address = "127.0.8.99"
        const context = yield* Layer.build(
          GameClientRemote.layerOn(
            Effect.flatMap(DatagramsDgram.make, (datagrams) =>
              Effect.orDie(UdpEndpoint.make(delayed(datagrams, 120), {
                address,
                port: 0,
                defaultPort: 0,
                dialFrom: address,
                connected: false
              }))),
            { games: { gather: Gather } }
          ).pipe(Layer.provide(ServerListUdp.layer({
            address,
            cluster: "test",
            port: 9,
            servers: [`${server.place.address}:${server.place.port}`]
          })))
        )
        const client = Context.get(context, GameClient)
        yield* Effect.forkScoped(Effect.forever(Effect.zipRight(Effect.sleep(16), Effect.sync(() => game.tick()))))
        const first = yield* watched(client, "first" as RoomId)
        yield* eventually(() => first.length > 0)
        yield* watched(client, "old" as RoomId)
        yield* Effect.sleep(40)
        const views = yield* watched(client, "young" as RoomId)
        yield* eventually(() => views.length >= 10)
        assert.isTrue(views.every(({ view }) => view.room === "young"))
      }),
    20_000
  )

  it.scopedLive("says which game it does not know", () =>
    Effect.gen(function*() {
      const server = yield* serve(new MemoryGame({ game: { ...Gather, name: "other" } }), "127.0.8.7")
      const error = yield* Effect.flip(connect([server.place]))
      assert.include(error.detail, "other")
    }))
})
