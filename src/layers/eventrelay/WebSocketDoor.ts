/**
 * WebSocket clients on the relay's port: connections that begin as HTTP are handed to this. A page of another machine may
 * not use a visitor's browser to get at the relay, unless its origin is allowed.
 */
import { createServer, type IncomingMessage } from "node:http"
import type { Socket } from "node:net"
import { type RawData, type WebSocket, WebSocketServer } from "ws"
import { lineBytesMax } from "../../protocol/EventRelay.ts"
import { refuseUpgrade } from "../screens/Doorkeeper.ts"
import type { Wire, WireEnd } from "./RelayWire.ts"

/** With more than this under way, a reader is behind. */
const busyBytes = 64 * 1024
const requestTimeoutMs = 5_000
const lineFeed = Buffer.from("\n")

export interface DoorOptions {
  /** Origins whose pages may connect, besides those of this very machine; `*` allows all. */
  readonly origins: ReadonlyArray<string>
  readonly opened: (wire: (end: WireEnd) => Wire) => void
  readonly refused: (socket: Socket, detail: string) => void
}

export interface Door {
  /** Takes a connection whose first bytes say that it is HTTP. */
  readonly take: (socket: Socket) => void
  readonly close: () => void
}

const isLoopback = (host: string): boolean => host === "localhost" || host.startsWith("127.") || host === "[::1]"

const mayConnect = ({ headers }: IncomingMessage, origins: ReadonlyArray<string>): boolean => {
  const { host, origin } = headers
  if (origin === undefined || origins.includes("*") || origins.includes(origin)) return true
  try {
    const page = new URL(origin).hostname
    const here = new URL(`http://${host ?? ""}`).hostname
    return page === here || (isLoopback(page) && isLoopback(here))
  } catch {
    return false
  }
}

/** Where HTTP is spoken to a relay, this is what to do instead. */
const advice = "This is an event relay: connect with a WebSocket, or with TCP and a JSON text a line."

export const make = ({ opened, origins, refused }: DoorOptions): Door => {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: lineBytesMax,
    perMessageDeflate: false,
    clientTracking: false
  })
  const server = createServer((request, response) => {
    refused(request.socket, advice)
    response.writeHead(426, { "content-type": "text/plain; charset=utf-8", connection: "close", upgrade: "websocket" })
    response.end(`${advice}\n`)
  })
  server.headersTimeout = requestTimeoutMs
  server.requestTimeout = requestTimeoutMs
  server.on("clientError", (_error, socket) => socket.destroy())
  server.on("upgrade", (request, duplex, head) => {
    const socket = duplex as Socket
    if (!mayConnect(request, origins)) {
      const detail = `Pages of ${request.headers.origin} may not connect here. The relay's --origin allows them.`
      refused(socket, detail)
      return refuseUpgrade(socket, "403 Forbidden", detail)
    }
    socket.on("error", () => socket.destroy())
    sockets.handleUpgrade(request, socket, head, (ws) => opened((end) => wireOf(ws, socket, end)))
  })
  return {
    take: (socket) => void server.emit("connection", socket),
    close: () => {
      server.close()
      sockets.close()
    }
  }
}

const wireOf = (ws: WebSocket, socket: Socket, end: WireEnd): Wire => {
  let behind = false
  const sent = (): void => {
    if (!behind || ws.bufferedAmount > busyBytes / 2) return
    behind = false
    end.drained()
  }
  ws.on("message", (data: RawData, isBinary) => {
    if (isBinary) return end.binary()
    end.received(data as Buffer)
    end.received(lineFeed)
  })
  ws.on("pong", end.heard)
  // Messages that are too long or malformed: `ws` closes by itself, with the code that says so.
  ws.on("error", (error) => end.closed("reset", error.message))
  ws.on("close", (code) => end.closed(code === 1006 ? "reset" : "closed", `closed with ${code}`))
  return {
    remote: `${socket.remoteAddress}:${socket.remotePort}`,
    write: (lines) => {
      for (const line of lines) ws.send(line.subarray(0, line.length - 1), { binary: false }, sent)
      behind = ws.bufferedAmount > busyBytes
      return !behind
    },
    ask: () => ws.ping(),
    pause: () => ws.pause(),
    resume: () => ws.resume(),
    end: () => ws.close(1000),
    destroy: () => ws.terminate()
  }
}
