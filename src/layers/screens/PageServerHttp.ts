/**
 * The page's socket over HTTP: on loopback, or on the address that other machines know when the page is shared.
 */
import { Effect, Layer } from "effect"
import { randomBytes } from "node:crypto"
import { createServer, type Server, type ServerResponse } from "node:http"
import { type PageHandlers, PageServer } from "../../services/PageServer.ts"
import { SharedPage } from "../../services/SharedPage.ts"
import { GatewayError } from "../../services/WebGateway.ts"
import { listen } from "../links/LinkPlace.ts"
import { closedWithScope, hostsOf, isOwnHost, refusalOf, refuseUpgrade } from "./Doorkeeper.ts"
import * as GatewayMetrics from "./GatewayMetrics.ts"
import * as PageFiles from "./PageFiles.ts"

export interface PageServerOptions {
  /** The port, or undefined for the first free one from 8080. 0 takes any. */
  readonly port?: number | undefined
  /** The node's own address, as other nodes know it. */
  readonly address: string
  /** Whether other machines may open the page. Otherwise it is served on loopback only. */
  readonly share?: boolean | undefined
  /** The file of the user's own scene module, served at /scene.js. */
  readonly scene?: string | undefined
  /** Where the built browser client lies; found by itself if not told. */
  readonly webRoot?: string | undefined
}

/** Where ports are tried from when none is asked for, and how many. */
export const portFrom = 8080
const portsTried = 200

/** HTTP and WebSocket together; what comes beyond is closed at once. */
const connectionsMax = 1024

const isLoopback = (address: string): boolean => address.startsWith("127.")

const isTaken = (error: NodeJS.ErrnoException): boolean => error.code === "EADDRINUSE" || error.code === "EACCES"

const because = (reason: GatewayError["reason"], detail: string) => new GatewayError({ reason, detail })

const listenError = (error: NodeJS.ErrnoException, host: string, port: number): GatewayError =>
  error.code === "EADDRINUSE"
    ? because(
      "port",
      `Port ${port} on ${host} is taken by another program. Choose another one, ` +
        `or none to take the first free one from ${portFrom}.`
    )
    : error.code === "EACCES"
    ? because("port", `This user may not listen on port ${port}. Choose one above 1023.`)
    : because(
      "address",
      `The page cannot be served on ${host}: ${error.message}. Give one of this machine's addresses.`
    )

const bind = (server: Server, host: string, port: number | undefined): Effect.Effect<number, GatewayError> => {
  if (port !== undefined) {
    return listen(server, host, port).pipe(Effect.mapError((error) => listenError(error, host, port)))
  }
  const from = (candidate: number): Effect.Effect<number, GatewayError> =>
    listen(server, host, candidate).pipe(
      Effect.catchAll((error) =>
        isTaken(error) && candidate + 1 < portFrom + portsTried
          ? from(candidate + 1)
          : Effect.fail(
            isTaken(error)
              ? because("port", `All ports from ${portFrom} to ${candidate} are taken on ${host}. Name a free one.`)
              : listenError(error, host, candidate)
          )
      )
    )
  return from(portFrom)
}

const refuse = (response: ServerResponse, status: number, reason: string): void => {
  response.writeHead(status, {
    "content-type": "text/plain; charset=utf-8",
    "cache-control": "no-store",
    ...(status === 503 && { "retry-after": "1" })
  })
  response.end(`${reason}\n`)
}

const make = (options: PageServerOptions) =>
  Effect.gen(function*() {
    const share = options.share ?? false
    const own = isLoopback(options.address) ? options.address : "127.0.0.1"
    // Shared on a LAN, the page is served on all addresses, so that this machine's own player keeps a loopback address.
    const host = share && !isLoopback(options.address) ? "0.0.0.0" : own
    const key = randomBytes(16).toString("hex")
    let hosts: ReadonlySet<string> = new Set()
    let handlers: PageHandlers | null = null
    let refused = 0

    const server = createServer((request, response) => {
      if (!isOwnHost(request, hosts)) return refuse(response, 403, "This host is not served here.")
      if (handlers === null) return refuse(response, 503, "The node is starting.")
      handlers.request(request, response)
    })
    server.on("upgrade", (request, socket, head) => {
      const refusal = refusalOf(request, hosts, key)
      if (refusal !== null || handlers === null) {
        refused++
        GatewayMetrics.refused.unsafeUpdate(1, [])
        const [status, reason] = refusal ?? [503, "the node is starting"]
        return refuseUpgrade(socket, `${status} Refused`, reason)
      }
      handlers.upgrade(request, socket, head)
    })
    server.maxConnections = connectionsMax
    server.on("clientError", (_error, socket) => socket.destroy())

    yield* closedWithScope(server)
    const port = yield* bind(server, host, options.port)
    server.on("error", () => {})
    hosts = hostsOf([own, ...(isLoopback(own) ? ["localhost"] : []), ...(share ? [options.address] : [])], port)

    const pageAt = (address: string) => `http://${address}:${port}/?key=${key}`
    return PageServer.of({
      page: pageAt(own),
      sharedPage: share ? pageAt(options.address) : null,
      key,
      scene: options.scene ?? null,
      webRoot: options.webRoot ?? PageFiles.built("index.html"),
      attach: (attached) =>
        Effect.acquireRelease(
          Effect.sync(() => {
            handlers = attached
          }),
          () =>
            Effect.sync(() => {
              handlers = null
            })
        ),
      refused: Effect.sync(() => refused)
    })
  })

/** Binds the page's socket, and tells peers where the page is if it is shared. */
export const layer = (options: PageServerOptions): Layer.Layer<PageServer | SharedPage, GatewayError> =>
  Layer.effect(SharedPage, Effect.map(PageServer, ({ sharedPage }) => sharedPage)).pipe(
    Layer.provideMerge(Layer.scoped(PageServer, make(options)))
  )
