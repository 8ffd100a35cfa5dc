import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Metric, Schema, type Scope, TestClock } from "effect"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { request } from "node:http"
import { connect, createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { chainInput } from "../../src/core/InputLedger.ts"
import type { AnyGame } from "../../src/games/Game.ts"
import { Gather } from "../../src/games/Gather.ts"
import * as GatewayMetrics from "../../src/layers/gateway/GatewayMetrics.ts"
import { invalidMessagesMax } from "../../src/layers/gateway/Screen.ts"
import * as PageServerHttp from "../../src/layers/PageServerHttp.ts"
import * as WebGatewayHttp from "../../src/layers/WebGatewayHttp.ts"
import { decodeBody } from "../../src/protocol/Frame.ts"
import type { RoomId } from "../../src/protocol/Ids.ts"
import { Status } from "../../src/protocol/Status.ts"
import { Rejections } from "../../src/services/Rejections.ts"
import { SharedPage } from "../../src/services/SharedPage.ts"
import { type Gateway, WebGateway } from "../../src/services/WebGateway.ts"
import { MemoryGame, type MemoryGameOptions, peer } from "./memoryGame.ts"
import { ScreenClient, sessionUrl } from "./screenClient.ts"

interface House {
  readonly game: MemoryGame
  readonly gateway: Gateway
  readonly page: string
  readonly port: number
  readonly key: string
  readonly open: Effect.Effect<ScreenClient, never, Scope.Scope>
}

/** A gateway on 127.0.0.1 over a game in memory. */
const house = (
  options: Partial<MemoryGameOptions> = {},
  server: Partial<PageServerHttp.PageServerOptions> = {}
): Effect.Effect<House, never, Scope.Scope> =>
  Effect.gen(function*() {
    const game = new MemoryGame({ game: Gather, ...options })
    const layer = WebGatewayHttp.layer.pipe(
      Layer.provide(PageServerHttp.layer({ address: "127.0.0.1", port: 0, ...server })),
      Layer.provide(game.layer),
      Layer.provide(Rejections.layer),
      Layer.orDie
    )
    const gateway = yield* Effect.map(Layer.build(layer), (context) => context.unsafeMap.get(WebGateway.key) as Gateway)
    const url = new URL(gateway.page)
    return {
      game,
      gateway,
      page: gateway.page,
      port: Number(url.port),
      key: url.searchParams.get("key")!,
      open: Effect.acquireRelease(
        Effect.promise(() => ScreenClient.open(gateway.page)),
        (screen) => Effect.sync(() => screen.close())
      )
    }
  })

const token = (digit: number): string => String(digit).repeat(32)

/** A GET with any Host. */
const get = (port: number, path: string, headers: Record<string, string> = {}) =>
  Effect.promise<{ status: number; headers: Record<string, unknown>; body: string }>(() =>
    new Promise((resolve, reject) => {
      const sent = request({ host: "127.0.0.1", port, path, headers, agent: false }, (response) => {
        let body = ""
        response.setEncoding("utf8")
        response.on("data", (chunk: string) => body += chunk)
        response.on("end", () => resolve({ status: response.statusCode!, headers: response.headers, body }))
      })
      sent.on("error", reject)
      sent.end()
    })
  )

/** The status line that a WebSocket request gets. */
const upgrade = (port: number, path: string, headers: Record<string, string>) =>
  Effect.promise<number>(() =>
    new Promise((resolve, reject) => {
      const socket = connect(port, "127.0.0.1", () => {
        const lines = Object.entries({
          Host: `127.0.0.1:${port}`,
          Connection: "Upgrade",
          Upgrade: "websocket",
          "Sec-WebSocket-Version": "13",
          "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
          ...headers
        })
        socket.write(`GET ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`)
      })
      socket.once("data", (data) => {
        socket.destroy()
        resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(data.toString())?.[1]))
      })
      socket.once("error", reject)
    })
  )

const ticks = (game: MemoryGame, count: number): Effect.Effect<void> =>
  Effect.sync(() => game.tick()).pipe(Effect.zipRight(Effect.yieldNow()), Effect.repeatN(count - 1))

/** Waits, in real time, until something is so. */
const eventually = (test: () => boolean): Effect.Effect<void> =>
  Effect.promise(async () => {
    for (const until = performance.now() + 5_000; !test(); await new Promise((resolve) => setImmediate(resolve))) {
      if (performance.now() > until) throw new Error(`never: ${test}`)
    }
  })

const eventuallyEffect = (test: Effect.Effect<boolean>): Effect.Effect<void> => eventually(() => Effect.runSync(test))

const gone = (screen: ScreenClient) => Effect.promise(() => screen.until("its end", () => screen.closed))

describe("WebGateway: who is let in", () => {
  it.scoped("requests for other hosts are refused", () =>
    Effect.gen(function*() {
      const { port } = yield* house()
      for (const host of ["evil.example", `evil.example:${port}`, "127.0.0.1", `127.0.0.2:${port}`]) {
        assert.strictEqual((yield* get(port, "/api/status", { host })).status, 403, host)
      }
      for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `LOCALHOST:${port}`]) {
        assert.strictEqual((yield* get(port, "/api/status", { host })).status, 200, host)
      }
    }))

  it.scoped("a WebSocket needs an own origin, an own host and the key", () =>
    Effect.gen(function*() {
      const { gateway, key, port } = yield* house()
      const path = `/session?key=${key}`
      const own = `http://127.0.0.1:${port}`
      assert.strictEqual(yield* upgrade(port, path, { Origin: own }), 101)
      assert.strictEqual(yield* upgrade(port, path, { Origin: `http://localhost:${port}` }), 101)
      assert.strictEqual(yield* upgrade(port, path, {}), 101, "not from a browser")
      assert.strictEqual(yield* upgrade(port, path, { Origin: "http://evil.example" }), 403)
      assert.strictEqual(yield* upgrade(port, path, { Origin: "null" }), 403)
      assert.strictEqual(yield* upgrade(port, path, { Origin: `https://127.0.0.1:${port}` }), 403)
      assert.strictEqual(yield* upgrade(port, path, { Origin: own, Host: `evil.example:${port}` }), 403)
      assert.strictEqual(yield* upgrade(port, "/session", { Origin: own }), 401)
      assert.strictEqual(yield* upgrade(port, `/session?key=${key}0`, { Origin: own }), 401)
      assert.strictEqual(yield* upgrade(port, `/session?key=${key.replace(/^./, "x")}`, { Origin: own }), 401)
      assert.strictEqual(yield* upgrade(port, `/?key=${key}`, { Origin: own }), 404)
      yield* Effect.yieldNow()
      assert.strictEqual(yield* gateway.rejected, 0)
    }))

  it.effect("a taken port is named, with the option that chooses another", () =>
    Effect.gen(function*() {
      const taken = createServer()
      yield* Effect.promise(() => new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve)))
      const { port } = taken.address() as { port: number }
      const error = yield* Effect.flip(
        Effect.scoped(Layer.build(PageServerHttp.layer({ address: "127.0.0.1", port })))
      )
      taken.close()
      assert.strictEqual(error.reason, "port")
      assert.include(error.detail, String(port))
      assert.include(error.detail, "--http-port")
    }))

  it.scoped("without a port the first free one from 8080 is taken, and a second server gets another", () =>
    Effect.gen(function*() {
      const first = yield* house({}, { port: undefined, address: "127.0.0.77" })
      const second = yield* house({}, { port: undefined, address: "127.0.0.77" })
      assert.isTrue(first.port >= 8080)
      assert.isTrue(second.port > first.port)
      assert.match(first.page, /^http:\/\/127\.0\.0\.77:\d+\/\?key=[0-9a-f]{32}$/)
      assert.notStrictEqual(first.key, second.key)
    }))

  it.scoped("peers are told of a shared page only", () =>
    Effect.gen(function*() {
      const pageOf = (share: boolean) =>
        Effect.provide(SharedPage, PageServerHttp.layer({ address: "127.0.0.78", port: 0, share }))
      assert.isNull(yield* pageOf(false))
      assert.match((yield* pageOf(true)) ?? "", /^http:\/\/127\.0\.0\.78:\d+\/\?key=[0-9a-f]{32}$/)
    }).pipe(Effect.orDie))
})

describe("WebGateway: HTTP", () => {
  it.scoped("the status fits its schema", () =>
    Effect.gen(function*() {
      const { port } = yield* house()
      const { body, headers } = yield* get(port, "/api/status", { host: `127.0.0.1:${port}` })
      assert.include(headers["content-type"] as string, "application/json")
      const status = yield* Schema.decode(Schema.parseJson(Status))(body)
      assert.strictEqual(status.name, "Ada")
    }))

  it.scoped("the metrics are what Prometheus reads", () =>
    Effect.gen(function*() {
      const { port } = yield* house()
      const { MetricBoundaries } = yield* Effect.promise(() => import("effect"))
      yield* Metric.increment(
        Metric.counter("test_counter", { description: "A counter\nof two lines" })
      ).pipe(Effect.tagMetrics("kind", "a\"b\\"))
      yield* Metric.update(Metric.histogram("test_ms", MetricBoundaries.fromIterable([1, 10])), 5)
      yield* Metric.update(
        Metric.summary({ name: "test_summary", maxAge: "1 minute", maxSize: 10, error: 0.01, quantiles: [0.5, 0.9] }),
        3
      )
      yield* Metric.update(Metric.frequency("test-frequency"), "word")
      const { body, headers } = yield* get(port, "/metrics", { host: `127.0.0.1:${port}` })
      assert.include(headers["content-type"] as string, "version=0.0.4")
      const line =
        /^(# (HELP [a-zA-Z_:][\w:]* [^\n]*|TYPE [a-zA-Z_:][\w:]* (counter|gauge|histogram|summary|untyped))|[a-zA-Z_:][\w:]*(\{([a-zA-Z_]\w*="([^"\\\n]|\\.)*",?)*\})? (NaN|[+-]Inf|-?\d+(\.\d+)?(e[+-]?\d+)?))$/
      for (const text of body.trimEnd().split("\n")) assert.match(text, line)
      assert.include(body, "test_counter{kind=\"a\\\"b\\\\\"} 1")
      assert.include(body, "# HELP test_counter A counter\\nof two lines")
      assert.include(body, "test_ms_bucket{le=\"1\"} 0\ntest_ms_bucket{le=\"10\"} 1\ntest_ms_bucket{le=\"+Inf\"} 1")
      assert.include(body, "test_summary{quantile=\"0.5\"} 3")
      assert.include(body, "test_frequency{key=\"word\"} 1")
      assert.include(body, "# TYPE hostless_screens gauge")
    }))

  it.scoped("pages may load nothing from elsewhere, and files outside are not served", () =>
    Effect.gen(function*() {
      const webRoot = yield* Effect.acquireRelease(
        Effect.promise(() => mkdtemp(join(tmpdir(), "hostless-web-"))),
        (directory) => Effect.promise(() => rm(directory, { recursive: true }))
      )
      yield* Effect.promise(() => writeFile(join(webRoot, "index.html"), "<!doctype html>"))
      yield* Effect.promise(() => writeFile(join(webRoot, ".built"), ""))
      yield* Effect.promise(() => writeFile(join(webRoot, "main-abcd1234.js"), "export {}"))
      const { port } = yield* house({}, { webRoot })
      const host = `127.0.0.1:${port}`
      const hashed = yield* get(port, "/main-abcd1234.js", { host, "accept-encoding": "gzip" })
      assert.include(hashed.headers["cache-control"] as string, "immutable")
      assert.strictEqual(hashed.headers["content-encoding"], "gzip")
      const policy = (yield* get(port, "/", { host })).headers["content-security-policy"] as string
      assert.include(policy, "default-src 'none'")
      assert.include(policy, `connect-src 'self' ws://${host}`)
      assert.notInclude(policy, "unsafe")
      const outside = ["/../package.json", "/..%2f..%2fpackage.json", "/.built", "/%00", "/%ff", "/assets/../../.built"]
      for (const path of outside) assert.strictEqual((yield* get(port, path, { host })).status, 404, path)
    }))

  it.scoped("a user's scene is served with what lies beside it, and nothing else is", () =>
    Effect.gen(function*() {
      const { port } = yield* house({}, { scene: new URL("memoryGame.ts", import.meta.url).pathname })
      const host = `127.0.0.1:${port}`
      const scene = yield* get(port, "/scene.js", { host })
      assert.strictEqual(scene.body, "export { default } from \"/scene/memoryGame.ts\"\n")
      for (const path of ["/scene/memoryGame.ts", "/scene/../../package.json", "/scene/%2e%2e/%2e%2e/bin/build.js"]) {
        assert.strictEqual((yield* get(port, path, { host })).status, 404, path)
      }
      const none = yield* house()
      assert.strictEqual((yield* get(none.port, "/scene.js", { host: `127.0.0.1:${none.port}` })).status, 404)
    }))

  it.scoped("the shared page's code is shown to those who have the key", () =>
    Effect.gen(function*() {
      const { key, port } = yield* house({}, { share: true })
      const host = `127.0.0.1:${port}`
      assert.strictEqual((yield* get(port, "/qr.svg", { host })).status, 401)
      const code = yield* get(port, `/qr.svg?key=${key}`, { host })
      assert.strictEqual(code.status, 200)
      assert.include(code.body, "<svg")
    }))
})

describe("WebGateway: sessions", () => {
  it.scoped("a screen is welcomed, told of the cluster, seated and shown views that its inputs move", () =>
    Effect.gen(function*() {
      const pages = [{ name: "Bo", page: "http://127.0.0.2:8080/?key=00" }]
      const { game, open } = yield* house({ pages })
      const screen = yield* open
      const welcome = yield* Effect.promise(() => screen.message("welcome"))
      assert.deepInclude(welcome, { game: "gather", tickRate: 60, name: "Ada", cluster: "test", version: 1 })
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
        const before = yield* skipped()
        for (let i = 0; i < 120; i++) {
          yield* ticks(game, 1)
          const seq = room.seq
          yield* Effect.promise(() => brisk.until("its view", () => brisk.receiver.shown?.view.seq === seq))
        }
        assert.isTrue((yield* skipped()) > before)
        // It reads again: what it was spared it never sees, but the newest it does.
        lazy.socket.resume()
        const seq = room.seq
        yield* Effect.promise(() => lazy.until("the newest view", () => lazy.receiver.shown?.view.seq === seq))
        assert.isTrue(lazy.messages.length < brisk.messages.length)
        // It stops for good: after ten seconds it is closed.
        lazy.socket.pause()
        for (let i = 0; i < 120; i++) {
          yield* ticks(game, 1)
          if (i === 100) yield* TestClock.adjust("11 seconds")
          const next = room.seq
          yield* Effect.promise(() => brisk.until("its view", () => brisk.receiver.shown?.view.seq === next))
        }
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
