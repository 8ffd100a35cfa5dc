import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Metric, Schema } from "effect"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as PageServerHttp from "../../../src/layers/screens/PageServerHttp.ts"
import { Status } from "../../../src/protocol/Status.ts"
import { SharedPage } from "../../../src/services/SharedPage.ts"
import { get, house, upgrade } from "./gatewayHouse.ts"

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

  it.effect("a taken port is named, with what to do", () =>
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
      assert.include(error.detail, "Choose another")
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
