/** Serves the built page of the relay's demonstration, and nothing else, on loopback. */
import { HttpServerRequest } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { Effect, type Scope } from "effect"
import { createServer } from "node:http"
import { EventRelayError } from "../../services/EventRelay.ts"
import { listen } from "../links/LinkPlace.ts"
import { closedWithScope } from "../screens/Doorkeeper.ts"
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
    yield* closedWithScope(server)
    server.on("error", () => {})
    const bound = yield* Effect.mapError(
      listen(server, host, port),
      ({ message }) =>
        new EventRelayError({ reason: "port", detail: `No page can be served on ${host}:${port}: ${message}.` })
    )
    return `http://${host}:${bound}/relay/`
  })
