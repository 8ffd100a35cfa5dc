/** Both ends of a connection over a channel that loses, doubles, reorders and corrupts datagrams, in virtual time. */
import { Connection, type Delivery } from "../../../src/core/udp/Connection.ts"
import { datagramBytesMax, parse } from "../../../src/core/udp/Packet.ts"
import { type Conditions as Cable, wholeCable } from "../../../src/layers/virtual/VirtualNetwork.ts"
import { Chance } from "../../../src/simulation/time/Chance.ts"
import { Timers } from "../../../src/simulation/time/Timers.ts"

export interface Conditions extends Cable {
  /** Of what has to wait for longer to pass, the last is lost. */
  readonly queueMs: number
}

export const whole: Conditions = { ...wholeCable, queueMs: 50 }

export const id = { dialer: 0x12345678, acceptor: 0x9abcdef0 }

export class End {
  readonly connection: Connection
  /** Whether datagrams reach it, and its own go out. */
  isCut = false
  readonly chunks: Array<Uint8Array> = []
  bytes = 0
  readonly messages: Array<{ readonly key: number; readonly bytes: Uint8Array }> = []
  readonly ended: Array<string> = []
  datagrams = 0
  rejected = 0
  onDelivery: ((delivery: Delivery) => void) | null = null
  other!: End
  private busyUntil = 0
  private wakeAt = Infinity

  constructor(readonly pair: Pair, role: "dialer" | "acceptor") {
    this.connection = new Connection({ id, role }, pair.nowMs)
  }

  /** Sends what is to be sent, and sets the next wake. */
  flush(): void {
    const { pair } = this
    for (;;) {
      const datagram = this.connection.transmit(pair.nowMs)
      if (datagram === null) break
      if (datagram.length > datagramBytesMax) throw new Error(`a datagram of ${datagram.length} bytes`)
      this.datagrams += 1
      this.send(datagram)
    }
    const at = Math.max(pair.nowMs, this.connection.timeoutAtMs)
    if (at === Infinity || at >= this.wakeAt) return
    this.wakeAt = at
    pair.at(at, () => {
      if (this.wakeAt !== at) return
      this.wakeAt = Infinity
      this.take(this.connection.tick(pair.nowMs))
      this.flush()
    })
  }

  take(deliveries: ReadonlyArray<Delivery>): void {
    for (const delivery of deliveries) {
      this.onDelivery?.(delivery)
      if (delivery._tag === "bytes") {
        this.chunks.push(delivery.bytes.slice())
        this.bytes += delivery.bytes.length
      } else if (delivery._tag === "message") this.messages.push({ key: delivery.key, bytes: delivery.bytes.slice() })
      else this.ended.push(delivery.how)
    }
  }

  get received(): Uint8Array {
    return Buffer.concat(this.chunks)
  }

  /** As the channel does. */
  private send(datagram: Uint8Array): void {
    const { chance, conditions, nowMs } = this.pair
    const { bytesPerSecond, corruption, duplication, jitterMs, latencyMs, loss, queueMs } = conditions
    if (this.isCut || this.other.isCut || chance.happens(loss)) return
    const starts = Math.max(nowMs, this.busyUntil)
    if (starts - nowMs > queueMs) return
    this.busyUntil = starts + datagram.length / bytesPerSecond * 1_000
    for (let copies = chance.happens(duplication) ? 2 : 1; copies > 0; copies--) {
      const bytes = chance.happens(corruption) ? corrupted(datagram, chance) : datagram
      this.pair.at(this.busyUntil + latencyMs + chance.float() * jitterMs, () => this.other.arrive(bytes))
    }
  }

  private arrive(bytes: Uint8Array): void {
    if (this.isCut) return
    const packet = parse(bytes)
    const deliveries = packet?._tag === "data" ? this.connection.receive(packet, this.pair.nowMs) : null
    if (deliveries === null) this.rejected += 1
    else this.take(deliveries)
    this.flush()
  }
}

/** One to eight bits turned. */
const corrupted = (datagram: Uint8Array, chance: Chance): Uint8Array => {
  const bytes = Uint8Array.from(datagram)
  for (let bits = 1 + chance.below(8); bits > 0; bits--) bytes[chance.below(bytes.length)]! ^= 1 << chance.below(8)
  return bytes
}

export class Pair {
  nowMs = 1_000
  readonly chance: Chance
  private readonly timers = new Timers()
  readonly dialer: End
  readonly acceptor: End

  constructor(seed: number, public conditions: Conditions) {
    this.chance = new Chance(BigInt(seed))
    this.dialer = new End(this, "dialer")
    this.acceptor = new End(this, "acceptor")
    this.dialer.other = this.acceptor
    this.acceptor.other = this.dialer
    this.dialer.flush()
    this.acceptor.flush()
  }

  at(ms: number, run: () => void): void {
    this.timers.add(ms, run)
  }

  /** Calls back every so often, from now on, so many times. */
  every(ms: number, times: number, run: (n: number) => void): void {
    const from = this.nowMs
    for (let n = 0; n < times; n++) this.at(from + n * ms, () => run(n))
  }

  /** Lets time pass, as long as `going`. */
  run(ms: number, going: () => boolean = () => true): void {
    const until = this.nowMs + ms
    for (;;) {
      const at = this.timers.nextAt()
      if (at === null || at > until || !going()) break
      this.nowMs = Math.max(this.nowMs, at)
      this.timers.take()!()
    }
    if (going()) this.nowMs = until
  }
}

/** The value that so great a share is not above. */
export const quantile = (values: ReadonlyArray<number>, share: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!
}
