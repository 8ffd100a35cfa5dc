import { assert, describe, it } from "@effect/vitest"
import { Effect, Metric, TestClock } from "effect"
import type { AnyGame } from "../../../src/games/Game.ts"
import { Gather } from "../../../src/games/Gather.ts"
import * as GatewayMetrics from "../../../src/layers/screens/GatewayMetrics.ts"
import { invalidMessagesMax } from "../../../src/layers/screens/Screen.ts"
import { decodeBody } from "../../../src/protocol/Frame.ts"
import { eventually, eventuallyEffect, gone, house, ticks, token } from "./gatewayHouse.ts"
import { ScreenClient, sessionUrl } from "./screenClient.ts"

describe("WebGateway: bad input", () => {
  it.scoped(
    "20,000 garbage messages are counted, cost their senders the connection and nobody else anything",
    () =>
      Effect.gen(function*() {
        const { game, gateway, open } = yield* house()
        const player = yield* open
        player.join("main", token(1))
        yield* Effect.promise(() => player.message("snapshot"))
        let seed = 1
        const random = () => (seed = (seed * 48271) % 0x7fffffff) / 0x7fffffff
        const garbage = (): Uint8Array => {
          const bytes = Uint8Array.from({ length: Math.floor(random() * 80) }, () => Math.floor(random() * 256))
          if (random() < 0.5 && bytes.length > 0) bytes[0] = Math.floor(random() * 3)
          return bytes
        }
        let sent = 0
        while (sent < 20_000) {
          const vandal = yield* open
          yield* Effect.promise(() => vandal.message("welcome"))
          for (let i = 0; i < 500; i++, sent++) {
            if (random() < 0.9) vandal.socket.send(garbage())
            else vandal.socket.send(String(random()))
          }
          const { code } = yield* gone(vandal)
          assert.isTrue(code === 1008 || code === 1006, `closed with ${code}`)
          yield* ticks(game, 1)
        }
        // At least so many were decoded of each vandal before its connection was closed.
        assert.isTrue((yield* gateway.rejected) >= (20_000 / 500) * invalidMessagesMax)
        const room = game.rooms.get("main")!
        yield* ticks(game, 1)
        yield* Effect.promise(() => player.until("the newest view", () => player.receiver.shown?.view.seq === room.seq))
        assert.isNull(player.closed)
      }),
    { timeout: 60_000 }
  )

  it.scoped("a message that is too long, or an input that the game does not know, changes nothing", () =>
    Effect.gen(function*() {
      const { game, gateway, open } = yield* house()
      const screen = yield* open
      screen.join("main", token(1))
      yield* Effect.promise(() => screen.message("snapshot"))
      const bad: ReadonlyArray<ReadonlyArray<unknown>> = [
        [[1, { dx: 2, dy: 0 }]],
        [[1, { dx: 0, dy: 0, extra: 1 }]],
        [[1, null]],
        [[2, { dx: 0, dy: 1 }], [1, { dx: 0, dy: 1 }]],
        [[1, { dx: 0, dy: 1 }], [3, { dx: 0, dy: 1 }]],
        [[0, { dx: 0, dy: 1 }]],
        Array.from({ length: 65 }, (_, index) => [index + 1, { dx: 0, dy: 1 }])
      ]
      for (const inputs of bad) screen.say({ _tag: "inputs", epoch: 1, inputs })
      screen.say({ _tag: "ping", at: 7 })
      yield* Effect.promise(() => screen.message("pong"))
      assert.strictEqual(yield* gateway.rejected, bad.length)
      assert.strictEqual(game.rooms.get("main")!.seats.get(1)!.waiting.size, 0)
      screen.socket.send(new Uint8Array(20_000))
      assert.strictEqual((yield* gone(screen)).code, 1009)
    }))

  it.scoped("inputs beyond the allowance are dropped", () =>
    Effect.gen(function*() {
      const { game, open } = yield* house()
      const screen = yield* open
      screen.join("main", token(1))
      yield* Effect.promise(() => screen.message("snapshot"))
      for (let number = 1; number <= 2000; number++) {
        screen.say({ _tag: "inputs", epoch: 1, inputs: [[number, { dx: (number % 3) - 1, dy: 0 }]] })
      }
      yield* eventually(() => game.rooms.get("main")!.seats.get(1)!.waiting.size >= 10)
      assert.isNull(screen.closed)
      assert.isTrue(game.rooms.get("main")!.seats.get(1)!.waiting.size < 1000)
    }))

  it.scoped(
    "a screen that reads nothing is spared views, then closed; the others do not notice",
    () =>
      Effect.gen(function*() {
        const big = { ...Gather, view: (state: unknown) => ({ state, ballast: String(Math.random()).repeat(8_000) }) }
        const { game, gateway, open } = yield* house({ game: big as unknown as AnyGame })
        const lazy = yield* open
        const brisk = yield* open
        lazy.join("main")
        brisk.join("main")
        yield* Effect.promise(() => Promise.all([lazy.message("snapshot"), brisk.message("snapshot")]))
        lazy.socket.pause()
        const room = game.rooms.get("main")!
        const skipped = () => Effect.map(Metric.value(GatewayMetrics.views.skipped), ({ count }) => count)
        const tick = Effect.gen(function*() {
          yield* ticks(game, 1)
          const seq = room.seq
          yield* Effect.promise(() => brisk.until("its view", () => brisk.receiver.shown?.view.seq === seq))
        })
        // How much the system keeps for who does not read, it decides by itself.
        const untilSpared = Effect.gen(function*() {
          const before = yield* skipped()
          for (let i = 0; i < 1_000 && (yield* skipped()) < before + 10; i++) yield* tick
          assert.isTrue((yield* skipped()) > before)
        })
        yield* untilSpared
        // It reads again: what it was spared it never sees, but the newest it does.
        lazy.socket.resume()
        const seq = room.seq
        yield* Effect.promise(() => lazy.until("the newest view", () => lazy.receiver.shown?.view.seq === seq))
        assert.isTrue(lazy.messages.length < brisk.messages.length)
        // It stops for good: after ten seconds it is closed.
        lazy.socket.pause()
        yield* untilSpared
        yield* TestClock.adjust("11 seconds")
        for (let i = 0; i < 20; i++) yield* tick
        yield* eventuallyEffect(Effect.map(gateway.screens, (count) => count === 1))
        assert.isNull(brisk.closed)
      }),
    { timeout: 30_000 }
  )

  it.scoped("a page that stops takes its screens' connections with it", () =>
    Effect.gen(function*() {
      const screen = yield* Effect.scoped(Effect.gen(function*() {
        const { page } = yield* house()
        const opened = yield* Effect.promise(() => ScreenClient.open(page))
        yield* Effect.promise(() => opened.message("welcome"))
        return opened
      }))
      yield* gone(screen)
      assert.include(sessionUrl("http://127.0.0.1:1/?key=2"), "/session?key=2")
      assert.isDefined(decodeBody(screen.frames[0]!))
    }))
})
