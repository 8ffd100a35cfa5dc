/** Serves the built page of the relay's demonstration, and nothing else, on loopback. */
import { HttpServerRequest } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { Effect, type Scope } from "effect"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { EventRelayError } from "../../services/EventRelay.ts"
import * as PageFiles from "../screens/PageFiles.ts"

/** The page's address, while in scope. `host` is a loopback address; port 0 takes any. */
export const serve = (host: string, port: number): Effect.Effect<string, EventRelayError, Scope.Scope> =>
  Effect.gen(function*() {
    const files = PageFiles.make(PageFiles.built("relay/index.html"), null)
    const answer = Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ headers, url }) => {
      const path = new URL(url, "http://here").pathname
      const isPacked = (headers["accept-encoding"] ?? "").includes("gzip")
      return files.client(path === "/" || path === "/relay/" ? "relay/index.html" : path.slice(1), isPacked)
    })
    const handler = yield* NodeHttpServer.makeHandler(answer)
    const server = createServer(handler)
    yield* Effect.addFinalizer(() =>
      Effect.async<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      })
    )
    const bound = yield* Effect.async<number, EventRelayError>((resume) => {
      server.once("error", (error) =>
        resume(
          new EventRelayError({ reason: "port", detail: `No page can be served on ${host}:${port}: ${error.message}.` })
        ))
      server.listen(
        { host, port, exclusive: true },
        () => resume(Effect.succeed((server.address() as AddressInfo).port))
      )
    })
    return `http://${host}:${bound}/relay/`
  })
