/** The data packets that are under way, and what the other end's acks tell of them. */
import type { Ack, Content } from "./Chunks.ts"

/** A packet with contents, of which nothing is known yet. */
export interface Sent {
  readonly number: number
  readonly atMs: number
  readonly contents: ReadonlyArray<Content>
}

/** What the acks of one packet told. */
export interface News {
  readonly received: ReadonlyArray<Sent>
  /** The round trip in milliseconds, or null where it is no sample. */
  readonly sampleMs: number | null
  /** Whether one of those had been given up since later ones were there before it. */
  readonly overtaken: boolean
}

/** Of so many packets is remembered when they were sent. */
const remembered = 1_024
/** So many packets that were given up are remembered, since they may only be late. */
const givenUpMax = 256

export class Flight {
  /** By number, in order of sending. */
  private readonly sent = new Map<number, Sent>()
  /** By number modulo its length, of packets without contents too. */
  private readonly times = new Float64Array(remembered)
  private readonly givenUp = new Map<number, Sent>()
  /** Up to here packets were given up since later ones were received. */
  private overtakenBelow = 0
  private largestAcked = -1
  /** The number of the next packet. */
  next = 0
  /** When the last one with contents was sent, or the retransmission timer was out. */
  lastAtMs = 0

  /** How many packets with contents are under way. */
  get size(): number {
    return this.sent.size
  }

  /** How far back acks are of use. */
  get awaited(): number {
    const [oldest] = this.sent.keys()
    return oldest === undefined ? 0 : this.next - oldest
  }

  record(contents: ReadonlyArray<Content>, nowMs: number): void {
    const number = this.next++
    this.times[number % remembered] = nowMs
    if (contents.length === 0) return
    this.lastAtMs = nowMs
    this.sent.set(number, { number, atMs: nowMs, contents })
  }

  /** Takes out what the other end has. */
  acked(ack: Ack, nowMs: number): News {
    const received: Array<Sent> = []
    // Nobody can have received what was not sent.
    if (ack.largest >= this.next) return { received, sampleMs: null, overtaken: false }
    take(this.sent, ack, (packet) => received.push(packet))
    let overtaken = false
    take(this.givenUp, ack, (packet) => {
      received.push(packet)
      if (packet.number < this.overtakenBelow) overtaken = true
    })
    if (ack.largest <= this.largestAcked) return { received, sampleMs: null, overtaken }
    this.largestAcked = ack.largest
    const known = ack.largest >= this.next - remembered
    const sampleMs = nowMs - this.times[ack.largest % remembered]! - ack.delayMs
    return { received, sampleMs: known ? Math.max(0, sampleMs) : null, overtaken }
  }

  /** Takes out what is lost: not received, though a later one was, for longer than reordering explains. */
  lost(reorderingMs: number, nowMs: number): ReadonlyArray<Sent> {
    const lost: Array<Sent> = []
    for (const [number, packet] of this.sent) {
      if (number >= this.largestAcked || packet.atMs + reorderingMs > nowMs) break
      this.giveUp(number, packet)
      this.overtakenBelow = number + 1
      lost.push(packet)
    }
    return lost
  }

  /** When `lost` will have something to tell, as far as is known; Infinity: nothing. */
  lostAt(reorderingMs: number): number {
    const [oldest] = this.sent.values()
    return oldest === undefined || oldest.number >= this.largestAcked ? Infinity : oldest.atMs + reorderingMs
  }

  /** Takes out the oldest, at most so many. */
  oldest(count: number): ReadonlyArray<Sent> {
    const oldest: Array<Sent> = []
    for (const [number, packet] of this.sent) {
      if (oldest.length === count) break
      this.giveUp(number, packet)
      oldest.push(packet)
    }
    return oldest
  }

  private giveUp(number: number, packet: Sent): void {
    this.sent.delete(number)
    this.givenUp.set(number, packet)
    if (this.givenUp.size <= givenUpMax) return
    const [first] = this.givenUp.keys()
    this.givenUp.delete(first!)
  }
}

/** Takes out what an ack says was received. */
const take = (packets: Map<number, Sent>, { largest, lowest, missing }: Ack, each: (packet: Sent) => void): void => {
  let range = missing.length - 1
  for (const [number, packet] of packets) {
    if (number > largest) return
    if (number < lowest) continue
    while (range >= 0 && missing[range]![1] < number) range--
    if (range >= 0 && missing[range]![0] <= number) continue
    packets.delete(number)
    each(packet)
  }
}
