/** What the tests of the gateway are made of: a gateway over a game in memory, and who asks it. */
import { Effect, Layer, type Scope } from "effect"
import { request } from "node:http"
import { connect } from "node:net"
import { Gather } from "../../../src/games/Gather.ts"
import * as PageServerHttp from "../../../src/layers/screens/PageServerHttp.ts"
import * as ScreensServed from "../../../src/layers/screens/ScreensServed.ts"
import * as WebGatewayHttp from "../../../src/layers/screens/WebGatewayHttp.ts"
import { Rejections } from "../../../src/services/Rejections.ts"
import { type Gateway, WebGateway } from "../../../src/services/WebGateway.ts"
import { MemoryGame, type MemoryGameOptions } from "./memoryGame.ts"
import { ScreenClient } from "./screenClient.ts"
export interface House {
  readonly game: MemoryGame
  readonly gateway: Gateway
  readonly page: string
  readonly port: number
  readonly key: string
  readonly open: Effect.Effect<ScreenClient, never, Scope.Scope>
}

/** A gateway on 127.0.0.1 over a game in memory. */
export const house = (
  options: Partial<MemoryGameOptions> = {},
  server: Partial<PageServerHttp.PageServerOptions> = {}
): Effect.Effect<House, never, Scope.Scope> =>
  Effect.gen(function*() {
    const game = new MemoryGame({ game: Gather, ...options })
    const layer = WebGatewayHttp.layer.pipe(
      Layer.provideMerge(ScreensServed.layer),
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

export const token = (digit: number): string => String(digit).repeat(32)

/** A GET with any Host. */
export const get = (port: number, path: string, headers: Record<string, string> = {}) =>
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
export const upgrade = (port: number, path: string, headers: Record<string, string>) =>
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

export const ticks = (game: MemoryGame, count: number): Effect.Effect<void> =>
  Effect.sync(() => game.tick()).pipe(Effect.zipRight(Effect.yieldNow()), Effect.repeatN(count - 1))

/** Waits, in real time, until something is so. */
export const eventually = (test: () => boolean): Effect.Effect<void> =>
  Effect.promise(async () => {
    for (const until = performance.now() + 5_000; !test(); await new Promise((resolve) => setImmediate(resolve))) {
      if (performance.now() > until) throw new Error(`never: ${test}`)
    }
  })

export const eventuallyEffect = (test: Effect.Effect<boolean>): Effect.Effect<void> =>
  eventually(() => Effect.runSync(test))

export const gone = (screen: ScreenClient) => Effect.promise(() => screen.until("its end", () => screen.closed))
