/** `node:dgram` sockets. */
import { Effect, type Scope } from "effect"
import { createHmac, randomBytes } from "node:crypto"
import { createSocket, type Socket } from "node:dgram"
import type { Place } from "../../services/Discovery.ts"
import type { Datagrams, DatagramSocket, SocketEvents } from "./Datagrams.ts"
import { asItIs } from "./UdpSocket.ts"

/** What a socket may keep until it is read, as far as the machine allows: a full window of datagrams and more. */
const receiveBufferBytes = 1024 * 1024

/** A socket that is bound, or why it is not. */
const opened = (
  { address, port }: Place,
  done: (result: Socket | NodeJS.ErrnoException) => void
): void => {
  const socket = createSocket({ type: "udp4", lookup: asItIs })
  const failed = (error: NodeJS.ErrnoException) => {
    socket.close()
    done(error)
  }
  socket.once("error", failed)
  socket.bind({ address, port, exclusive: true }, () => {
    socket.off("error", failed)
    try {
      socket.setRecvBufferSize(receiveBufferBytes)
    } catch {
      // Then it keeps as much as it kept before.
    }
    done(socket)
  })
}

class DgramSocket implements DatagramSocket {
  readonly place: Place
  private state: "unconnected" | "connected" | "closed" = "unconnected"
  /** Null while another one takes its place, and when it is closed. */
  private socket: Socket | null

  constructor(socket: Socket, private readonly events: SocketEvents) {
    const { address, port } = socket.address()
    this.place = { address, port }
    this.socket = this.listened(socket)
  }

  readonly send = (datagram: Uint8Array, to: Place | null): void => {
    if (to !== null) this.socket?.send(datagram, to.port, to.address, this.sent)
    else if (this.state === "connected") this.socket?.send(datagram, this.sent)
  }

  readonly connect = (to: Place, done: (error: Error | null) => void): void => {
    if (this.socket === null) return
    if (this.state === "unconnected") return this.connectOver(this.socket, to, done)
    // Linux forgets a port that it has chosen itself when the socket is disconnected: another socket takes its place.
    this.socket.close()
    this.socket = null
    this.state = "unconnected"
    opened(this.place, (result) => {
      if (result instanceof Error) {
        if (this.state !== "closed") done(result)
        return
      }
      if (this.state === "closed") return void result.close()
      this.socket = this.listened(result)
      this.connectOver(result, to, done)
    })
  }

  readonly close = (): void => {
    this.state = "closed"
    this.socket?.close()
    this.socket = null
  }

  private connectOver(socket: Socket, to: Place, done: (error: Error | null) => void): void {
    // The callback is told of errors too, which its type does not say.
    const connected = (error?: Error): void => {
      if (this.state === "closed") return
      if (error === undefined) this.state = "connected"
      done(error ?? null)
    }
    socket.connect(to.port, to.address, connected as () => void)
  }

  private listened(socket: Socket): Socket {
    return socket.on("error", this.failed).on("message", (datagram, from) => {
      if (this.state !== "closed") this.events.receive(datagram, from)
    })
  }

  private readonly sent = (error: NodeJS.ErrnoException | null): void => {
    if (error !== null) this.failed(error)
  }

  private readonly failed = (error: NodeJS.ErrnoException): void => {
    if (this.state === "connected" && error.code === "ECONNREFUSED") this.events.refused()
  }
}

const bind: Datagrams["bind"] = (place, events, done) =>
  opened(place, (result) => done(result instanceof Error ? result : new DgramSocket(result, events)))

/**
 * This machine's sockets. Time is the machine's own, too, rather than the Clock's: others that it talks to have no other.
 * What is still to be called back when the scope closes is not.
 */
export const make: Effect.Effect<Datagrams, never, Scope.Scope> = Effect.gen(function*() {
  const timers = new Set<NodeJS.Timeout>()
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      for (const timer of timers) clearTimeout(timer)
    })
  )
  const key = randomBytes(32)
  return {
    bind,
    nowMs: () => performance.now(),
    after: (ms, callback) => {
      const timer = setTimeout(() => {
        timers.delete(timer)
        callback()
      }, ms)
      timers.add(timer)
    },
    soon: (callback) => void setImmediate(callback),
    uint32: () => randomBytes(4).readUInt32BE(),
    mac: (bytes) => createHmac("sha256", key).update(bytes).digest()
  }
})
