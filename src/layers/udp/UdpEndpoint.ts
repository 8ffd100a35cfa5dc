/**
 * Takes and dials connections over datagrams. It listens at one port; of a connection between servers each end has a
 * socket of its own that is connected to the other's, so that the end of either process is noticed: its port answers the
 * next datagram that it is closed, which only a connected socket is told.
 */
import { Effect, type Scope } from "effect"
import { AddressValidation, cookieLifetimeMs } from "../../core/udp/AddressValidation.ts"
import { Connection } from "../../core/udp/Connection.ts"
import { type ConnectionId, encode, type Packet, parse } from "../../core/udp/Packet.ts"
import type { Place } from "../../services/Discovery.ts"
import type { Datagrams, DatagramSocket, SocketEvents } from "./Datagrams.ts"
import { type ConnectionOwner, lingerMs, type Path, UdpConnection } from "./UdpConnection.ts"
import { type DialOwner, UdpDial } from "./UdpDial.ts"

/** The most connections, dialled and accepted. Hellos beyond that are not answered. */
export const connectionsMax = 512
/** So many cookies that were used lately are remembered, since each may come again. */
export const greetedMax = 2_048
/** Between its own datagrams a connection is silent for at least so long, and longer with many of them: in milliseconds. */
const probeMsLeast = 5
const probeMsPerConnection = 2
const probeMsMost = 250

export interface Options {
  /** One of this machine's IPv4 addresses: connections are taken there. */
  readonly address: string
  /** The port, exactly; 0: any free one. Without it `defaultPort`, or any free one where that is taken, or not told. */
  readonly port?: number | undefined
  readonly defaultPort?: number | undefined
  /** The address to dial from; 0.0.0.0: by the route. */
  readonly dialFrom: string
  /** Whether accepted connections get a socket of their own each, at another port; otherwise all share the listening one. */
  readonly connected: boolean
  /** Between its own datagrams a connection is silent for at least so long, in milliseconds. Default: `probeMsLeast`. */
  readonly probeMsLeast?: number | undefined
}

/** From a loopback address only loopback can be reached; elsewhere the route decides where to dial from. */
export const dialFrom = (address: string): string => address.startsWith("127.") ? address : "0.0.0.0"

/** A dialer that proved its address. */
interface Greeted {
  readonly atMs: number
  /** The answer, as soon as there is one, and as long as the connection. */
  accept: Uint8Array | null
  isOver: boolean
}

export class UdpEndpoint implements ConnectionOwner, DialOwner {
  readonly place: Place
  readonly open: DialOwner["open"]
  readonly nowMs = (): number => this.datagrams.nowMs()
  readonly after: Datagrams["after"] = (ms, run) => this.datagrams.after(ms, run)
  private readonly gate: AddressValidation
  private readonly all = new Set<UdpConnection | UdpDial>()
  /** Those that share the listening socket, by the acceptor's half of their ids. */
  private readonly shared = new Map<number, UdpConnection>()
  private readonly greeted = new Map<string, Greeted>()
  private readonly dirty = new Set<UdpConnection>()
  private readonly wakes = new Set<number>()
  private listener: ((connection: UdpConnection) => void) | null = null
  private emptied: (() => void) | null = null
  private isClosed = false
  /** Connections that wait for a socket of their own. */
  private opening = 0
  /** Datagrams that were no part of the protocol, or of no connection here. */
  rejectedCount = 0
  private flushing = false

  constructor(
    readonly datagrams: Datagrams,
    private readonly options: Options,
    private readonly socket: DatagramSocket
  ) {
    this.place = { address: options.address, port: socket.place.port }
    this.gate = new AddressValidation(datagrams.mac)
    this.open = ({ id }, socket, remote) => this.begin(id, "dialer", pathOf(socket, null, remote))
  }

  // ------------------------------------------------------------------------------------------------- for its owner

  /** Takes connections: each when it speaks for the first time. The listener gives it a handler at once, or it ends. */
  listen(listener: (connection: UdpConnection) => void): void {
    this.listener = listener
  }

  /**
   * Dials. `connected` gives the connection a handler at once. It waits for an answer until the attempt is given up, which
   * the returned function does; a closed port is a failure.
   */
  dial(to: Place, connected: (connection: UdpConnection) => void, failed: (detail: string) => void): () => void {
    if (this.isClosed) {
      failed("this endpoint is closed")
      return () => {}
    }
    const dial = new UdpDial(this, this.options.dialFrom, to, connected, failed)
    this.all.add(dial)
    return () => dial.giveUp()
  }

  /** Takes nothing any more; `done` when all connections that end have ended. The others are destroyed. */
  retire(done: () => void): void {
    this.listener = null
    this.isClosed = true
    for (const one of Array.from(this.all)) {
      if (one instanceof UdpDial) one.giveUp()
      else if (!one.isEnding) one.destroy()
    }
    if (this.all.size === 0) done()
    else this.emptied = done
  }

  close(): void {
    for (const one of Array.from(this.all)) if (one instanceof UdpConnection) one.destroy()
    this.socket.close()
  }

  // -------------------------------------------------------------------------------------------- for its connections

  flushSoon(connection: UdpConnection): void {
    this.dirty.add(connection)
    if (this.flushing) return
    this.flushing = true
    this.datagrams.soon(() => {
      this.flushing = false
      const dirty = Array.from(this.dirty)
      this.dirty.clear()
      for (const connection of dirty) {
        connection.flush()
        this.timed(connection)
      }
    })
  }

  heard(connection: UdpConnection): void {
    this.listener?.(connection)
    if (connection.handler === null) connection.destroy()
    else this.pace()
  }

  over(one: UdpConnection | UdpDial): void {
    if (!this.all.delete(one)) return
    if (one instanceof UdpConnection) this.pace()
    if (this.all.size === 0) this.emptied?.()
  }

  rejected(): void {
    this.rejectedCount += 1
  }

  /** Sees to it that time-outs are kept, to a millisecond. */
  timed(one: UdpConnection | UdpDial): void {
    const at = Math.ceil(one.timeoutAtMs)
    if (at === Infinity || this.wakes.has(at)) return
    // A wake that comes before and finds nothing due sets the next one.
    for (const wake of this.wakes) if (wake <= at) return
    this.wakes.add(at)
    this.datagrams.after(Math.max(0, at - this.datagrams.nowMs()), () => this.wake(at))
  }

  private wake(at: number): void {
    this.wakes.delete(at)
    const nowMs = this.datagrams.nowMs()
    for (const one of Array.from(this.all)) {
      if (one.timeoutAtMs <= nowMs) one.tick()
      else this.timed(one)
    }
  }

  /** What comes to the listening socket. */
  receive(datagram: Uint8Array, from: Place): void {
    const packet = parse(datagram)
    if (packet === null) return this.rejected()
    if (packet._tag === "hello") return this.greet(packet, from)
    if (packet._tag === "data" || packet._tag === "reset") {
      const connection = this.shared.get(packet.id.acceptor)
      if (connection !== undefined && connection.remote === nameOf(from) && connection.receive(packet)) return
      if (packet._tag === "data") this.socket.send(encode({ _tag: "reset", id: packet.id }), from)
    }
    this.rejected()
  }

  private greet({ cookie, dialer }: Extract<Packet, { _tag: "hello" }>, from: Place): void {
    const { gate, greeted, socket } = this
    const [name, nowMs] = [nameOf(from), this.datagrams.nowMs()]
    if (cookie === null) {
      if (this.listener === null) return
      return socket.send(encode({ _tag: "retry", dialer, cookie: gate.issue(name, dialer, nowMs) }), from)
    }
    if (!gate.check(name, dialer, cookie, nowMs)) return this.rejected()
    const key = `${name}/${dialer}`
    const known = greeted.get(key)
    if (known !== undefined) {
      if (known.accept !== null) socket.send(known.accept, from)
      return
    }
    for (const [old, { atMs, isOver }] of greeted) {
      if (isOver && nowMs - atMs > cookieLifetimeMs) greeted.delete(old)
    }
    if (this.listener === null || this.all.size + this.opening >= connectionsMax || greeted.size >= greetedMax) return
    const entry: Greeted = { atMs: nowMs, accept: null, isOver: false }
    greeted.set(key, entry)
    this.accept(dialer, from, entry)
  }

  private accept(dialer: number, from: Place, entry: Greeted): void {
    const { options, shared, socket } = this
    let acceptor = this.datagrams.uint32()
    while (shared.has(acceptor)) acceptor = this.datagrams.uint32()
    const id = { dialer, acceptor }
    const over = () => {
      entry.isOver = true
      entry.accept = null
    }
    const begin = (path: Path, port: number, close: () => void): UdpConnection => {
      const closed = () => {
        close()
        over()
      }
      const connection = this.begin(id, "acceptor", { ...path, close: closed })
      entry.accept = encode({ _tag: "accept", id, port })
      socket.send(entry.accept, from)
      return connection
    }
    if (options.connected) {
      this.ownSocket(from, (own, port) => own === null ? over() : begin(own, port, own.close))
    } else shared.set(acceptor, begin(pathOf(socket, from, from), this.place.port, () => shared.delete(acceptor)))
  }

  /** A socket that is connected to a dialer; null where there is none to be had. */
  private ownSocket(to: Place, done: (path: Path | null, port: number) => UdpConnection | void): void {
    let connection: UdpConnection | void
    const events: SocketEvents = {
      receive: (datagram) => {
        const packet = parse(datagram)
        if (packet === null || connection === undefined || !connection.receive(packet)) this.rejected()
      },
      refused: () => connection?.refused()
    }
    this.opening += 1
    this.datagrams.bind({ address: this.options.address, port: 0 }, events, (own) => {
      if (own instanceof Error) {
        this.opening -= 1
        return done(null, 0)
      }
      own.connect(to, (error) => {
        this.opening -= 1
        if (error === null && !this.isClosed) connection = done(pathOf(own, null, to), own.place.port)
        else {
          own.close()
          done(null, 0)
        }
      })
    })
  }

  private begin(id: ConnectionId, role: "dialer" | "acceptor", path: Path): UdpConnection {
    const connection = new UdpConnection(this, new Connection({ id, role }, this.datagrams.nowMs()), path)
    this.all.add(connection)
    this.pace()
    this.timed(connection)
    return connection
  }

  /** The more connections, the less each says that it is there: all together no more than 500 times a second. */
  private pace(): void {
    const speaking = Array.from(this.all).filter((one) => one instanceof UdpConnection && one.speaks)
    const probeMs = Math.min(
      probeMsMost,
      Math.max(this.options.probeMsLeast ?? probeMsLeast, speaking.length * probeMsPerConnection)
    )
    for (const one of this.all) if (one instanceof UdpConnection) one.probeMs = probeMs
  }
}

const nameOf = ({ address, port }: Place): string => `${address}:${port}`

const pathOf = (socket: DatagramSocket, to: Place | null, remote: Place): Path => ({
  remote: nameOf(remote),
  send: (datagram) => socket.send(datagram, to),
  close: to === null ? socket.close : () => {}
})

/** An endpoint for as long as the scope is open: it then ends its connections, which takes `lingerMs` at most. */
export const make = Effect.fnUntraced(function*(
  datagrams: Datagrams,
  options: Options
): Effect.fn.Return<UdpEndpoint, NodeJS.ErrnoException, Scope.Scope> {
  const at = (port: number) =>
    Effect.async<UdpEndpoint, NodeJS.ErrnoException>((resume) => {
      let endpoint: UdpEndpoint | null = null
      const events: SocketEvents = {
        receive: (datagram, from) => endpoint?.receive(datagram, from),
        refused: () => {}
      }
      datagrams.bind({ address: options.address, port }, events, (socket) => {
        if (socket instanceof Error) return resume(Effect.fail(socket))
        endpoint = new UdpEndpoint(datagrams, options, socket)
        resume(Effect.succeed(endpoint))
      })
    })
  const bound = options.port === undefined
    ? Effect.catchIf(at(options.defaultPort ?? 0), (error) => error.code === "EADDRINUSE", () => at(0))
    : at(options.port)
  return yield* Effect.acquireRelease(
    bound,
    (endpoint) =>
      Effect.zipRight(
        Effect.timeoutOption(
          Effect.interruptible(Effect.async<void>((resume) => endpoint.retire(() => resume(Effect.void)))),
          lingerMs
        ),
        Effect.sync(() => endpoint.close())
      )
  )
})
