/**
 * What the page's address answers over HTTP.
 */
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { type Context, Effect, Metric, Schema } from "effect"
import { Status } from "../../protocol/Status.ts"
import type { NodeStatus } from "../../services/NodeStatus.ts"
import type { PageSocket } from "../../services/PageServer.ts"
import { hasKey } from "./Doorkeeper.ts"
import * as PageFiles from "./PageFiles.ts"
import * as Prometheus from "./Prometheus.ts"

/** Everything comes from the page's own address; nothing is written inline. */
const contentSecurityPolicy = (host: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "media-src 'self' data: blob:",
    "font-src 'self'",
    // Spelled out, since 'self' did not always take in WebSockets.
    // http: is for one question, whether another node's page is there (/alive), before a page moves to it.
    `connect-src 'self' ws://${host} http:`,
    "worker-src 'self' blob:",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'self'"
  ].join("; ")

const secured = (host: string) => (response: HttpServerResponse.HttpServerResponse) =>
  HttpServerResponse.setHeaders(response, {
    "content-security-policy": contentSecurityPolicy(host),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": response.headers["cross-origin-resource-policy"] ?? "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()"
  })

const fresh = { headers: { "cache-control": "no-store" } } as const

const urlOf = (request: HttpServerRequest.HttpServerRequest): URL => new URL(request.url, "http://page")

const takesGzip = (request: HttpServerRequest.HttpServerRequest): boolean =>
  /\bgzip\b/.test(request.headers["accept-encoding"] ?? "")

/** Pages of other nodes ask this before they move here; they learn nothing but that something answers. */
const alive = HttpServerResponse.empty({
  status: 204,
  headers: { "cache-control": "no-store", "cross-origin-resource-policy": "cross-origin" }
})

/** A path with its `%41`s resolved, or null where they are none. */
const plainPath = (path: string): string | null => {
  try {
    return decodeURIComponent(path)
  } catch {
    return null
  }
}

/** The shared page's address as a code that phones read. It holds the key, so it is shown to those who have it. */
const qrCode = (socket: PageSocket) =>
  Effect.gen(function*() {
    const request = yield* HttpServerRequest.HttpServerRequest
    const address = socket.sharedPage
    if (address === null) return HttpServerResponse.text("This page is not shared.\n", { status: 404 })
    if (!hasKey(urlOf(request), socket.key)) return HttpServerResponse.text("The key is wrong.\n", { status: 401 })
    const qr = yield* Effect.promise(() => import("qrcode"))
    const svg = yield* Effect.promise(() =>
      qr.default.toString(address, { type: "svg", margin: 2, errorCorrectionLevel: "M" })
    )
    return HttpServerResponse.text(svg, { ...fresh, contentType: "image/svg+xml" })
  })

/** The whole HTTP face, as an app that never fails. */
export const make = (socket: PageSocket, { status }: Context.Tag.Service<NodeStatus>) => {
  const files = PageFiles.make(socket.webRoot, socket.scene)
  const encodeStatus = Schema.encode(Status)

  /** `file`: what answers to the rest of a path, after `from`. */
  const below = (from: string, file: PageFiles.PageFiles["client"]) =>
    Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
      const path = plainPath(urlOf(request).pathname.slice(from.length))
      return path === null ? Effect.succeed(PageFiles.notFound) : file(path, takesGzip(request))
    })
  const index = Effect.flatMap(
    HttpServerRequest.HttpServerRequest,
    (request) => files.client("index.html", takesGzip(request))
  )

  return HttpRouter.empty.pipe(
    HttpRouter.get("/", index),
    HttpRouter.get(
      "/api/page",
      Effect.succeed(HttpServerResponse.unsafeJson({ shared: socket.sharedPage !== null }, fresh))
    ),
    HttpRouter.get("/alive", Effect.succeed(alive)),
    HttpRouter.get(
      "/api/status",
      Effect.map(Effect.flatMap(status, encodeStatus), (body) => HttpServerResponse.unsafeJson(body, fresh))
    ),
    HttpRouter.get(
      "/metrics",
      Effect.map(
        Metric.snapshot,
        (pairs) => HttpServerResponse.text(Prometheus.format(pairs), { ...fresh, contentType: Prometheus.contentType })
      )
    ),
    HttpRouter.get("/qr.svg", qrCode(socket)),
    HttpRouter.get("/scene.js", files.scene),
    HttpRouter.get("/scene/*", below("/scene/", files.besideScene)),
    HttpRouter.get("/*", below("", files.client)),
    Effect.catchTag("RouteNotFound", () => Effect.succeed(PageFiles.notFound)),
    Effect.catchAllCause((cause) =>
      Effect.as(
        Effect.logError("The page could not be served", cause),
        HttpServerResponse.text("Something went wrong here: see the node's log.\n", { status: 500 })
      )
    ),
    Effect.flatMap((response) =>
      Effect.map(HttpServerRequest.HttpServerRequest, (request) => secured(request.headers.host ?? "")(response))
    )
  )
}
