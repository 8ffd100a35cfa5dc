/** The dialer's side of the handshake, from its first datagram to the connection. Sans I/O. */
import { type ConnectionId, encode, type Packet } from "./Packet.ts"

/** When the first hello without an answer is sent again, and how much later each time, in milliseconds. */
const againMsFirst = 40
const againMsMax = 250
const againFactor = 1.5

/** What the listener made of it: the connection goes on at this port of its. */
export interface Accepted {
  readonly id: ConnectionId
  readonly port: number
}

export class Dial {
  private cookie: Uint8Array | null = null
  private againMs = againMsFirst
  /** When `transmit` has something to send next. */
  timeoutAtMs: number

  /** `dialer`: this end's half of the connection id, random. */
  constructor(private readonly dialer: number, nowMs: number) {
    this.timeoutAtMs = nowMs
  }

  /** What came from where it dials to. Null: not yet. */
  receive(packet: Packet, nowMs: number): Accepted | null {
    if (packet._tag === "retry" && packet.dialer === this.dialer && this.cookie === null) {
      this.cookie = packet.cookie
      this.againMs = againMsFirst
      this.timeoutAtMs = nowMs
    }
    return packet._tag === "accept" && packet.id.dialer === this.dialer ? { id: packet.id, port: packet.port } : null
  }

  /** The datagram to be sent now, or null. */
  transmit(nowMs: number): Uint8Array | null {
    if (nowMs < this.timeoutAtMs) return null
    // A cookie that brought nothing for long may have expired.
    if (this.againMs >= againMsMax) this.cookie = null
    this.timeoutAtMs = nowMs + this.againMs
    this.againMs = Math.min(againMsMax, this.againMs * againFactor)
    return encode({ _tag: "hello", dialer: this.dialer, cookie: this.cookie })
  }
}
