/** A connection over datagrams, on its socket: what `core/udp` decides, done. Synchronous; owned by its endpoint. */
import type { Connection, Delivery } from "../../core/udp/Connection.ts"
import type { Packet } from "../../core/udp/Packet.ts"
import type { Datagrams } from "./Datagrams.ts"

/** How long a closing connection may take to send what waits, in milliseconds. */
export const lingerMs = 250
/** With so many bytes waiting a connection is full, and not any more below the other. */
const fullBytes = 64 * 1024
const drainedBytes = 16 * 1024
/** The most datagrams of a connection in one turn: a socket's buffer takes about that many from each of a few. */
const burst = 64
/** A closed port that answers so many datagrams in a row is no mistake. */
const refusalsMax = 2

/** What one end of a connection is told. Bytes may be views of what changes later; whoever keeps them copies them. */
export interface ConnectionHandler {
  /** The next bytes of the stream. */
  readonly receive: (chunk: Uint8Array) => void
  /** A newest-wins message. */
  readonly message: (key: number, message: Uint8Array) => void
  /** It is not full any more. */
  readonly drained: () => void
  /** Once, the last; never after `destroy`. `closed`: the other end finished; this one is to be destroyed here, too. */
  readonly ended: (reason: "closed" | "reset" | "silent", detail: string) => void
}

/** Where a connection's datagrams go. */
export interface Path {
  /** The other end, for logs. */
  readonly remote: string
  readonly send: (datagram: Uint8Array) => void
  readonly close: () => void
}

/** What a connection needs of its endpoint. */
export interface ConnectionOwner {
  readonly datagrams: Datagrams
  /** Calls `flush` when this turn is over. */
  readonly flushSoon: (connection: UdpConnection) => void
  /** Its time-out has changed. */
  readonly timed: (connection: UdpConnection) => void
  /** The other end of an accepted one speaks for the first time: gives it a handler, unless nobody wants it. */
  readonly heard: (connection: UdpConnection) => void
  readonly over: (connection: UdpConnection) => void
}

const details = {
  closed: "closed by the other side",
  reset: "the other side has no such connection any more",
  silent: "nothing was heard for long"
} as const

export class UdpConnection {
  handler: ConnectionHandler | null = null
  private state: "open" | "ending" | "over" = "open"
  private refusals = 0
  /** More bytes should wait for `drained`. */
  isFull = false
  private isTold = false

  constructor(
    private readonly owner: ConnectionOwner,
    private readonly core: Connection,
    private readonly path: Path
  ) {}

  get remote(): string {
    return this.path.remote
  }

  get isOver(): boolean {
    return this.state === "over"
  }

  /** Bytes that wait to be sent for the first time. */
  get queuedBytes(): number {
    return this.core.queuedBytes
  }

  /** When the other end was last heard: by the endpoint's clock. */
  get heardAtMs(): number {
    return this.core.heardAtMs
  }

  /** The smoothed round trip in milliseconds, or null before it was measured. */
  get roundTripMs(): number | null {
    return this.core.roundTripMs
  }

  /** Whether it only sends what waits. */
  get isEnding(): boolean {
    return this.state === "ending"
  }

  /** Whether it may send anything. */
  get speaks(): boolean {
    return this.core.speaks
  }

  /** The longest that it is silent, in milliseconds. */
  set probeMs(ms: number) {
    this.core.probeMs = ms
  }

  // ------------------------------------------------------------------------------------------------- for its handler

  /** Appends to the stream; the bytes must not change any more. */
  write(bytes: Uint8Array): void {
    if (this.state !== "open") return
    this.core.write(bytes)
    if (this.core.queuedBytes >= fullBytes) this.isFull = true
    this.owner.flushSoon(this)
  }

  /** Sends a message in place of the key's last, by the newest-wins channel; false where it is too large for that. */
  post(key: number, message: Uint8Array): boolean {
    if (this.state !== "open" || !this.core.post(key, message)) return false
    this.owner.flushSoon(this)
    return true
  }

  /** Sends what waits, for `lingerMs` at most, then closes. */
  end(): void {
    if (this.state !== "open") return
    this.state = "ending"
    this.core.finish()
    this.owner.flushSoon(this)
    this.owner.datagrams.after(lingerMs, () => this.destroy())
  }

  /** Closes now. The handler is told nothing. */
  destroy(): void {
    if (this.state === "over") return
    if (this.core.speaks) this.path.send(this.core.abort())
    this.close()
  }

  // ------------------------------------------------------------------------------------------------ for its endpoint

  get timeoutAtMs(): number {
    return this.state === "over" ? Infinity : this.core.timeoutAtMs
  }

  /** Whether the packet was one of this connection's. */
  receive(packet: Packet): boolean {
    if (this.state === "over") return true
    const { acceptor, dialer } = this.core.id
    // The handshake's, twice or late.
    if (packet._tag === "retry" || packet._tag === "hello") return packet.dialer === dialer
    if (packet.id.dialer !== dialer || packet.id.acceptor !== acceptor) return false
    if (packet._tag === "reset") this.deliver(this.core.reset())
    else if (packet._tag === "data") {
      const deliveries = this.core.receive(packet, this.owner.datagrams.nowMs())
      if (deliveries === null) return false
      this.refusals = 0
      if (this.handler === null) this.owner.heard(this)
      this.deliver(deliveries)
      if (this.core.isReady || this.core.isSettled || this.isFull) this.owner.flushSoon(this)
      else this.owner.timed(this)
    }
    return true
  }

  /** The other end's port is closed. */
  refused(): void {
    if (this.state === "over") return
    this.refusals += 1
    if (this.refusals >= refusalsMax || this.state === "ending") return this.deliver(this.core.reset())
    this.core.speak()
    this.transmit(1)
  }

  tick(): void {
    this.deliver(this.core.tick(this.owner.datagrams.nowMs()))
    this.flush()
    this.owner.timed(this)
  }

  /** Sends what is to be sent now, or the first part of it. */
  flush(): void {
    if (this.state === "over") return
    if (!this.transmit(burst)) this.owner.flushSoon(this)
    if (this.state === "ending" && this.core.isSettled) return this.close()
    if (!this.isFull || this.core.queuedBytes >= drainedBytes) return
    this.isFull = false
    this.handler?.drained()
  }

  /** Whether there was no more than that. */
  private transmit(max: number): boolean {
    const nowMs = this.owner.datagrams.nowMs()
    for (let sent = 0; sent < max; sent++) {
      const datagram = this.core.transmit(nowMs)
      if (datagram === null) return true
      this.path.send(datagram)
    }
    return false
  }

  private deliver(deliveries: ReadonlyArray<Delivery>): void {
    for (const delivery of deliveries) {
      // Whatever the handler did with the one before.
      if (this.isOver || this.handler === null) break
      if (delivery._tag === "bytes") this.handler.receive(delivery.bytes)
      else if (delivery._tag === "message") this.handler.message(delivery.key, delivery.bytes)
      else {
        if (this.core.isOver) this.close()
        if (this.isTold) return
        this.isTold = true
        this.handler.ended(delivery.how, details[delivery.how])
      }
    }
    if (this.core.isOver) this.close()
  }

  private close(): void {
    if (this.state === "over") return
    this.state = "over"
    this.path.close()
    this.owner.over(this)
  }
}
