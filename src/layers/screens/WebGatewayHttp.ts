/**
 * The page for people: HTTP for the client's files, the status and the metrics, and a WebSocket per screen.
 */
import { NodeHttpServer } from "@effect/platform-node"
import { Effect, Layer } from "effect"
import type { Duplex } from "node:stream"
import { WebSocketServer } from "ws"
import { strangerBodyBytesMax } from "../../protocol/Frame.ts"
import { NodeStatus } from "../../services/NodeStatus.ts"
import { PageServer } from "../../services/PageServer.ts"
import { Rejections } from "../../services/Rejections.ts"
import { type ScreenEnd, Screens } from "../../services/Screens.ts"
import { WebGateway } from "../../services/WebGateway.ts"
import * as PageRoutes from "./PageRoutes.ts"
import { atOnce } from "./Screen.ts"

/** WebSocket close codes (RFC 6455, 7.4.1). */
const closeCodes: { readonly [why in ScreenEnd]: number } = { leaving: 1001, invalid: 1008, slow: 1013, silent: 1001 }

const make = Effect.gen(function*() {
  const socket = yield* PageServer
  const screens = yield* Screens
  const nodeStatus = yield* NodeStatus
  const rejections = yield* Rejections

  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: strangerBodyBytesMax,
    perMessageDeflate: false,
    clientTracking: false
  })

  const upgrade = (request: Parameters<WebSocketServer["handleUpgrade"]>[0], duplex: Duplex, head: Buffer): void => {
    if (screens.isFull()) {
      duplex.end("HTTP/1.1 503 Refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
      return
    }
    sockets.handleUpgrade(request, duplex, head, (ws) => {
      const screen = screens.attach({
        isOpen: () => ws.readyState === 1,
        bufferedBytes: () => ws.bufferedAmount,
        send: (body) => ws.send(body, () => screen.drained()),
        sendNewest: null,
        ask: () => ws.ping(),
        end: (why) => {
          if (!atOnce.has(why)) ws.close(closeCodes[why], why)
          ws.terminate()
        }
      })
      ws.on("message", (data, isBinary) => screen.receive(isBinary ? data as Buffer : null))
      ws.on("pong", screen.heard)
      // Oversized or malformed frames: `ws` closes the connection by itself.
      ws.on("error", screen.broke)
      ws.on("close", screen.gone)
    })
  }

  const request = yield* NodeHttpServer.makeHandler(PageRoutes.make(socket, nodeStatus))
  yield* socket.attach({ request, upgrade })

  return WebGateway.of({
    page: socket.page,
    sharedPage: socket.sharedPage,
    screens: screens.count,
    rejected: rejections.count
  })
})

/** The gateway on a page's socket (layers/PageServerHttp). */
export const layer = Layer.scoped(WebGateway, make)
