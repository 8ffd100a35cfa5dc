import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { chainInput } from "../../../src/core/InputLedger.ts"
import { protocolVersion } from "../../../src/protocol/Discovery.ts"
import type { RoomId } from "../../../src/protocol/Ids.ts"
import { eventually, gone, house, ticks, token } from "./gatewayHouse.ts"
import { peer } from "./memoryGame.ts"
import type { ScreenClient } from "./screenClient.ts"

describe("WebGateway: sessions", () => {
  it.scoped("a screen is welcomed, told of the cluster, seated and shown views that its inputs move", () =>
    Effect.gen(function*() {
      const pages = [{ name: "Bo", page: "http://127.0.0.2:8080/?key=00" }]
      const { game, open } = yield* house({ pages })
      const screen = yield* open
      const welcome = yield* Effect.promise(() => screen.message("welcome"))
      assert.deepInclude(welcome, {
        game: "gather",
        tickRate: 60,
        name: "Ada",
        cluster: "test",
        version: protocolVersion
      })
      const cluster = yield* Effect.promise(() => screen.message("cluster"))
      assert.deepStrictEqual(cluster.elsewhere, pages)
      screen.join("main", token(1))
      const seated = yield* Effect.promise(() => screen.message("seated"))
      yield* Effect.promise(() => screen.message("snapshot"))
      screen.say({ _tag: "inputs", epoch: 1, inputs: [[1, { dx: 1, dy: 0 }], [2, { dx: 1, dy: 1 }]] })
      yield* eventually(() => game.rooms.get("main")!.seats.get(seated.seat)!.waiting.size === 2)
      yield* ticks(game, 1)
      const acked = () => screen.receiver.shown?.view.acks[seated.seat]
      yield* Effect.promise(() => screen.until("the inputs' acknowledgement", () => acked()?.[0] === 2))
      assert.strictEqual(acked()?.[1], chainInput(chainInput(0, 1, { dx: 1, dy: 0 }), 2, { dx: 1, dy: 1 }))
      assert.isTrue(screen.messages.some(({ _tag }) => _tag === "delta"))
      assert.deepStrictEqual(game.disputes, [])
    }))

  it.scoped(
    "two screens get the very same bytes, and what they hold is what the game shows",
    () =>
      Effect.gen(function*() {
        const { game, open } = yield* house()
        const first = yield* open
        const second = yield* open
        first.join("main", token(1))
        yield* Effect.promise(() => first.message("seated"))
        second.join("main")
        yield* Effect.promise(() => Promise.all([first.message("snapshot"), second.message("snapshot")]))
        const room = game.rooms.get("main")!
        room.seats.get(1)!.waiting.set(1, { dx: 1, dy: 1 })
        for (let round = 0; round < 20; round++) {
          yield* ticks(game, 1)
          const seq = room.seq
          yield* Effect.promise(() =>
            Promise.all(
              [first, second].map((screen) =>
                screen.until(`event ${seq}`, () => screen.receiver.shown?.view.seq === seq)
              )
            )
          )
        }
        const deltas = (screen: ScreenClient) =>
          screen.frames.filter((_, index) => screen.messages[index]!._tag === "delta").slice(-20).map(String)
        assert.strictEqual(deltas(first).length, 20)
        assert.deepStrictEqual(deltas(first), deltas(second))
        for (const screen of [first, second]) assert.deepStrictEqual(screen.receiver.shown?.view, game.shown(room).view)
      }),
    { timeout: 20_000 }
  )

  it.scoped("a screen that lacks a base asks, and gets a whole view", () =>
    Effect.gen(function*() {
      const { game, open } = yield* house()
      const screen = yield* open
      screen.join("main")
      yield* Effect.promise(() => screen.message("snapshot"))
      const snapshots = () => screen.messages.filter(({ _tag }) => _tag === "snapshot").length
      // As if the next delta had been lost on the way.
      screen.receiver.reconnect()
      yield* ticks(game, 1)
      yield* Effect.promise(() => screen.until("the snapshot", () => snapshots() === 2))
      assert.include(screen.receptions, "resync")
      yield* ticks(game, 1)
      yield* Effect.promise(() => screen.until("a delta", () => screen.messages.at(-1)!._tag === "delta"))
      assert.strictEqual(screen.receptions.at(-1), "shown")
    }))

  it.scoped("changes of host and losses reach the screens that they concern", () =>
    Effect.gen(function*() {
      const nodes = [{ peerId: peer(1), name: "Ada" }, { peerId: peer(2), name: "Bo" }]
      const { game, open } = yield* house({ nodes, rooms: ["main", "other"] })
      const [here, there] = [yield* open, yield* open]
      here.join("main")
      there.join("other")
      yield* Effect.promise(() => Promise.all([here.message("snapshot"), there.message("snapshot")]))
      game.interrupt()
      yield* Effect.promise(() =>
        here.until("no host", () => here.messages.some((told) => told._tag === "cluster" && told.host === null))
      )
      game.succeed(peer(2), { cause: "crash", nothingLost: true, interregnumMs: 20 }, nodes[0]!)
      game.lose("main" as RoomId, { ticks: 60, scores: [{ name: "Ada", before: 4, after: 2 }] })
      const change = yield* Effect.promise(() => here.message("host-changed"))
      assert.deepInclude({ ...change }, { cause: "crash", nothingLost: true })
      assert.strictEqual(change.epoch as number, 2)
      assert.strictEqual((yield* Effect.promise(() => here.message("lost"))).ticks, 60)
      yield* Effect.promise(() => there.message("host-changed"))
      assert.isUndefined(there.find("lost"))
      yield* Effect.promise(() => here.until("its epoch", () => here.receiver.shown?.epoch === 2))
    }))

  it.scoped("a seat is kept when its screen goes, and is one screen's at a time", () =>
    Effect.gen(function*() {
      const { game, open } = yield* house()
      const first = yield* open
      first.join("main", token(1))
      const { seat } = yield* Effect.promise(() => first.message("seated"))
      const second = yield* open
      second.join("main", token(1))
      assert.strictEqual((yield* Effect.promise(() => second.message("seated"))).seat, seat)
      assert.strictEqual((yield* Effect.promise(() => first.message("refused"))).reason, "token")
      const kept = game.rooms.get("main")!.seats.get(seat)!
      assert.isFalse(kept.away)
      // The first one has lost it: its inputs and its end change nothing.
      first.say({ _tag: "inputs", epoch: 1, inputs: [[1, { dx: 1, dy: 0 }]] })
      first.close()
      yield* gone(first)
      second.close()
      yield* eventually(() => kept.away)
      assert.strictEqual(kept.waiting.size, 0)
      const third = yield* open
      third.join("main", token(1))
      assert.strictEqual((yield* Effect.promise(() => third.message("seated"))).seat, seat)
      third.say({ _tag: "leave" })
      yield* eventually(() => game.rooms.get("main")!.seats.size === 0)
    }))

  it.scoped("a room that is full says so, and can still be watched", () =>
    Effect.gen(function*() {
      const { game, open } = yield* house()
      const room = game.rooms.get("main")!
      for (let i = 0; i < 16; i++) game.seat(room, String(i), { name: `P${i}`, color: "#000000" })
      const screen = yield* open
      screen.join("main", token(1))
      assert.strictEqual((yield* Effect.promise(() => screen.message("refused"))).reason, "full")
      yield* Effect.promise(() => screen.message("snapshot"))
    }))

  it.scoped("inputs that were lost or doubled are found out", () =>
    Effect.gen(function*() {
      const { game, open } = yield* house()
      const screen = yield* open
      screen.join("main", token(1))
      const { seat } = yield* Effect.promise(() => screen.message("seated"))
      yield* Effect.promise(() => screen.message("snapshot"))
      const held = game.rooms.get("main")!.seats.get(seat)!
      screen.say({ _tag: "inputs", epoch: 1, inputs: [[1, { dx: 1, dy: 0 }]] })
      yield* eventually(() => held.waiting.size > 0)
      held.waiting.set(1, { dx: 0, dy: 1 })
      yield* ticks(game, 1)
      yield* eventually(() => game.disputes.length > 0)
    }))
})
