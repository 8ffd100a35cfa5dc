/** `node:dgram` sockets. */
import { Effect, type Scope } from "effect"
import { createHmac, randomBytes } from "node:crypto"
import { createSocket, type Socket } from "node:dgram"
import type { Place } from "../../services/Discovery.ts"
import type { Datagrams, DatagramSocket, SocketEvents } from "./Datagrams.ts"
import { asItIs } from "./UdpSocket.ts"

/** What a socket may keep until it is read, as far as the machine allows: a full window of datagrams and more. */
const receiveBufferBytes = 1024 * 1024

/** So many other ports are tried where the one that was free is not any more. */
const triesMax = 16

type Bound = Socket | NodeJS.ErrnoException

/** A socket that is bound, or why it is not. */
const opened = ({ address, port }: Place, done: (result: Bound) => void): void => {
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

/** Any free port, asked for by its number: Linux forgets one that it has chosen itself when the socket is disconnected. */
const openedAnywhere = (address: string, done: (result: Bound) => void, tries = triesMax): void =>
  opened({ address, port: 0 }, (result) => {
    if (result instanceof Error) return done(result)
    const { port } = result.address()
    result.close()
    opened({ address, port }, (again) => {
      const isTaken = again instanceof Error && again.code === "EADDRINUSE"
      if (isTaken && tries > 0) openedAnywhere(address, done, tries - 1)
      else done(again)
    })
  })

class DgramSocket implements DatagramSocket {
  readonly place: Place
  private state: "unconnected" | "connected" | "closed" = "unconnected"
  /** The only place that it takes datagrams from; null: any. */
  private peer: Place | null = null

  constructor(private readonly socket: Socket, private readonly events: SocketEvents) {
    const { address, port } = socket.address()
    this.place = { address, port }
    socket.on("error", this.failed).on("message", (datagram, from) => {
      if (this.state === "closed") return
      // What came from another place before is still there to be read.
      if (this.peer === null || (from.port === this.peer.port && from.address === this.peer.address)) {
        events.receive(datagram, from)
      }
    })
  }

  readonly send = (datagram: Uint8Array, to: Place | null): void => {
    if (this.state === "closed") return
    if (to !== null) this.socket.send(datagram, to.port, to.address, this.sent)
    else if (this.state === "connected") this.socket.send(datagram, this.sent)
  }

  readonly connect = (to: Place, done: (error: Error | null) => void): void => {
    if (this.state === "closed") return
    if (this.state === "connected") this.socket.disconnect()
    this.state = "unconnected"
    this.peer = to
    // The callback is told of errors too, which its type does not say.
    const connected = (error?: Error): void => {
      if (this.state === "closed") return
      if (error === undefined) this.state = "connected"
      done(error ?? null)
    }
    this.socket.connect(to.port, to.address, connected as () => void)
  }

  readonly close = (): void => {
    if (this.state === "closed") return
    this.state = "closed"
    this.socket.close()
  }

  private readonly sent = (error: NodeJS.ErrnoException | null): void => {
    if (error !== null) this.failed(error)
  }

  private readonly failed = (error: NodeJS.ErrnoException): void => {
    if (this.state === "connected" && error.code === "ECONNREFUSED") this.events.refused()
  }
}

const bind: Datagrams["bind"] = (place, events, done) => {
  const bound = (result: Bound) => done(result instanceof Error ? result : new DgramSocket(result, events))
  if (place.port === 0) openedAnywhere(place.address, bound)
  else opened(place, bound)
}

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
