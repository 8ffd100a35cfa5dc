/**
 * The relay's port: who is let in, and what they speak. The first bytes tell HTTP, with which WebSockets begin, from lines.
 */
import { createServer, type Server, type Socket } from "node:net"
import { bye } from "../../core/eventrelay/Lines.ts"
import type { Reason } from "../../protocol/EventRelay.ts"
import type { Wire, WireEnd } from "./RelayWire.ts"
import * as TcpRelayWire from "./TcpRelayWire.ts"
import * as WebSocketDoor from "./WebSocketDoor.ts"

export interface IntakeOptions {
  /** Connections in all, and of one address. */
  readonly connectionsMax: number
  readonly perAddressMax: number
  readonly origins: ReadonlyArray<string>
  /** A connection stands. `wire` is to be called at once. */
  readonly opened: (wire: (end: WireEnd) => Wire) => void
  readonly refused: (remote: string, reason: Reason, detail: string) => void
}

/** Bytes that a socket holds for its reader before it says so. */
const highWaterMark = 64 * 1024
/** Who was turned away and stays is cut off after so long. */
const turnedAwayMs = 1_000

const get = "GET /"
const methods = /^(?:HEAD|POST|PUT|DELETE|OPTIONS|PATCH|CONNECT|TRACE|PRI) \S+ HTTP\//

/** `null`: more is needed to tell. */
const spoken = (first: Buffer): "http" | "other http" | "lines" | null => {
  const text = first.subarray(0, 1024).toString("latin1")
  if (text.startsWith(get)) return "http"
  if (get.startsWith(text)) return null
  return methods.test(text) ? "other http" : "lines"
}

const remoteOf = (socket: Socket): string => `${socket.remoteAddress}:${socket.remotePort}`

export class Intake {
  readonly server: Server
  private readonly sockets = new Set<Socket>()
  private readonly byAddress = new Map<string, number>()
  private readonly door: WebSocketDoor.Door

  constructor(private readonly options: IntakeOptions) {
    this.door = WebSocketDoor.make({
      origins: options.origins,
      opened: options.opened,
      refused: (socket, detail) => options.refused(remoteOf(socket), "http", detail)
    })
    this.server = createServer({ highWaterMark }, (socket) => {
      if (this.admit(socket)) this.open(socket)
    })
  }

  close(): void {
    this.door.close()
    for (const socket of this.sockets) socket.destroy()
  }

  private admit(socket: Socket): boolean {
    const address = socket.remoteAddress ?? ""
    const ofAddress = this.byAddress.get(address) ?? 0
    this.sockets.add(socket)
    this.byAddress.set(address, ofAddress + 1)
    socket.on("close", () => {
      this.sockets.delete(socket)
      const left = this.byAddress.get(address)! - 1
      if (left === 0) this.byAddress.delete(address)
      else this.byAddress.set(address, left)
    })
    const { connectionsMax, perAddressMax } = this.options
    const detail = this.sockets.size > connectionsMax
      ? `${connectionsMax} clients are here already.`
      : ofAddress >= perAddressMax
      ? `${perAddressMax} clients of ${address} are here already.`
      : null
    if (detail === null) return true
    this.turnAway(socket, "too many connections", detail)
    return false
  }

  private turnAway(socket: Socket, reason: Reason, detail: string): void {
    this.options.refused(remoteOf(socket), reason, detail)
    socket.on("error", () => socket.destroy())
    socket.end(`${bye(reason, detail)}\n`)
    socket.resume()
    socket.setTimeout(turnedAwayMs, () => socket.destroy())
  }

  /** Who says nothing is a client too: lines may come to it. What it says first may still be HTTP. */
  private open(socket: Socket): void {
    this.options.opened((end) => {
      let first: Buffer | null = Buffer.alloc(0)
      const begin = (chunk: Uint8Array): void => {
        first = Buffer.concat([first!, chunk])
        const what = spoken(first)
        if (what === null) return
        const bytes = first
        first = null
        if (what === "lines") return end.received(bytes)
        wire.release()
        end.closed("closed", "goes on as HTTP")
        if (what === "other http") return this.turnAway(socket, "http", "HTTP is spoken here for WebSockets only.")
        socket.pause()
        socket.unshift(bytes)
        this.door.take(socket)
        // Who listens to a socket that was paused by hand does not make it flow.
        process.nextTick(() => socket.resume())
      }
      const wire = TcpRelayWire.make(socket, {
        ...end,
        received: (chunk) => first === null ? end.received(chunk) : begin(chunk)
      })
      return wire
    })
  }
}
