/**
 * One end of a connection, sans I/O: datagrams and messages in, datagrams and deliveries out, the time passed in, in
 * milliseconds of a monotonic clock. It carries two channels:
 * - the stream: bytes, reliable and in order (sequence numbers, selective NACK, retransmission by measured round trip);
 * - newest-wins: of each key the newest message, which may skip those before.
 *
 * It makes itself heard at least every `probeMs`, so that a port where nobody is any more answers, and what was lost last
 * is missed soon.
 *
 * After each call of `receive`, `tick`, `write`, `post` or `finish`, take datagrams from `transmit` until there is none,
 * and call `tick` at `timeoutAtMs`.
 */
import { ackRangesIn, ChunkWriter, type Content, parse } from "./Chunks.ts"
import { CongestionWindow } from "./CongestionWindow.ts"
import { Flight, type Sent } from "./Flight.ts"
import { NewestReceiver } from "./NewestReceiver.ts"
import { NewestSender } from "./NewestSender.ts"
import { chunksBytesMax, type ConnectionId, type DataPacket, encode, encodeData } from "./Packet.ts"
import { Receipts } from "./Receipts.ts"
import { RoundTrip } from "./RoundTrip.ts"
import { StreamReceiver } from "./StreamReceiver.ts"
import { StreamSender } from "./StreamSender.ts"

export interface Options {
  readonly id: ConnectionId
  readonly role: "dialer" | "acceptor"
  /** The longest that it sends nothing. Default: 10. */
  readonly probeMs?: number
}

/** What a datagram, or time, brought. Bytes may be views of the datagram. */
export type Delivery =
  | { readonly _tag: "bytes"; readonly bytes: Uint8Array }
  | { readonly _tag: "message"; readonly key: number; readonly bytes: Uint8Array }
  /** The last. `closed`: the other end finished its stream; `reset`: it is gone; `silent`: nothing came for `idleMs`. */
  | { readonly _tag: "ended"; readonly how: "closed" | "reset" | "silent" }

/** How long nothing may come before a connection is given up, and before its first datagram, in milliseconds. */
export const idleMs = 12_000
export const firstMs = 3_000
/** To who is silent for longer than this less is sent, but so much: both in milliseconds. */
const quietMs = 1_000
const quietProbeMs = 100
/** An end whose timers come so much late was stopped; then it waits as long for what has piled up meanwhile. */
const stalledMs = 1_000
/** The least time after which what was sent last is followed by a packet that shows whether it arrived, in milliseconds. */
const tailMs = 2
/** How many packets are sent again when the retransmission timer is out. */
const probePackets = 2

export class Connection {
  readonly id: ConnectionId
  private readonly stream = new StreamSender()
  private readonly incoming = new StreamReceiver()
  private readonly newest = new NewestSender()
  private readonly newestIncoming = new NewestReceiver()
  private readonly receipts = new Receipts()
  private readonly flight = new Flight()
  private readonly roundTrip = new RoundTrip()
  private readonly window = new CongestionWindow()
  private readonly writer = new ChunkWriter(chunksBytesMax)
  /** The longest that it sends nothing. */
  probeMs: number
  isOver = false
  private heard = false
  /** Whether it may send: an acceptor says nothing before it is spoken to. */
  speaks: boolean
  /** When the last datagram came, or this end began. */
  heardAtMs: number
  /** When nothing has been sent for long enough. */
  private probeAtMs: number
  /** The same, unless what was sent last arrives before. */
  private tailAtMs = Infinity
  /** Time-outs in a row. */
  private backoff = 0
  /** Packets that may be sent over the window, since the timer was out. */
  private spare = 0
  private limited = false
  /** Something came that the other end awaits word of, or anything at all since the last ack. */
  private ackDue = false
  private ackNews = false

  constructor({ id, probeMs = 10, role }: Options, nowMs: number) {
    this.id = id
    this.speaks = role === "dialer"
    this.probeMs = probeMs
    this.heardAtMs = nowMs
    this.probeAtMs = nowMs
  }

  /** Whether the stream was finished here, and the other end has all of it. */
  get isSettled(): boolean {
    return this.stream.isSettled
  }

  /** Whether `transmit` may have something to send before the next time-out. */
  get isReady(): boolean {
    return this.ackDue || this.stream.ready || this.newest.ready
  }

  /** Bytes of the stream that wait to be sent for the first time. */
  get queuedBytes(): number {
    return this.stream.queuedBytes
  }

  /** The smoothed round trip in milliseconds, or null before it was measured. */
  get roundTripMs(): number | null {
    return this.roundTrip.smoothedMs
  }

  // ------------------------------------------------------------------------------------------------- for its owner

  /** Appends to the stream. The bytes must not change any more; how many wait (`queuedBytes`) is for the caller to bound. */
  write(bytes: Uint8Array): void {
    this.stream.write(bytes)
  }

  /** Sends a message by the newest-wins channel, in place of the key's last; false where it is too large for that. */
  post(key: number, message: Uint8Array): boolean {
    return this.newest.post(key, message)
  }

  /** Makes `transmit` give a datagram, whatever there is to say. */
  speak(): void {
    this.probeAtMs = -Infinity
  }

  finish(): void {
    this.stream.finish()
  }

  /** Ends the connection at once. Gives the datagram that tells the other end. */
  abort(): Uint8Array {
    this.isOver = true
    return encode({ _tag: "reset", id: this.id })
  }

  // -------------------------------------------------------------------------------------------------- from the wire

  /** A data packet with this connection's id; null where its chunks are malformed, which changes nothing. */
  receive(packet: DataPacket, nowMs: number): ReadonlyArray<Delivery> | null {
    const chunks = parse(packet.body)
    if (chunks === null) return null
    if (this.isOver || !this.receipts.note(packet.number, packet.awaited, nowMs)) return []
    this.heard = this.speaks = true
    this.heardAtMs = nowMs
    // Whatever was in the way is so no more: what has long been lost is sent at once, not when its turn comes.
    this.backoff = 0
    this.ackNews = true
    if (this.receipts.gapped) this.ackDue = true
    const deliveries: Array<Delivery> = []
    for (const chunk of chunks) {
      if (chunk._tag === "ack") {
        const { overtaken, received, sampleMs } = this.flight.acked(chunk, nowMs)
        if (sampleMs !== null) this.roundTrip.sample(sampleMs)
        if (overtaken) this.roundTrip.overtaken()
        this.stream.trim(chunk.next)
        for (const packet of received) this.tell("settle", packet)
        this.seeLosses(nowMs, received)
        continue
      }
      this.ackDue = true
      if (chunk._tag === "fragment") {
        const message = this.newestIncoming.receive(chunk)
        if (message !== null) deliveries.push({ _tag: "message", key: chunk.key, bytes: message })
        continue
      }
      const wasEnded = this.incoming.isEnded
      for (const bytes of this.incoming.receive(chunk)) deliveries.push({ _tag: "bytes", bytes })
      if (this.incoming.isEnded && !wasEnded) deliveries.push({ _tag: "ended", how: "closed" })
    }
    return deliveries
  }

  /** A reset with this connection's id came, or its port is closed. */
  reset(): ReadonlyArray<Delivery> {
    return this.end("reset")
  }

  tick(nowMs: number): ReadonlyArray<Delivery> {
    if (this.isOver) return []
    if (nowMs - this.timeoutAtMs > stalledMs) {
      this.heardAtMs = Math.max(this.heardAtMs, nowMs - this.silenceMsMax + stalledMs)
    }
    if (nowMs - this.heardAtMs >= this.silenceMsMax) return this.end("silent")
    this.seeLosses(nowMs, [])
    if (nowMs >= this.retransmitAtMs) {
      this.backoff += 1
      this.spare = probePackets
      this.flight.lastAtMs = nowMs
      for (const packet of this.flight.oldest(probePackets)) this.tell("lose", packet)
    }
    return []
  }

  /** When `tick` must be called next. */
  get timeoutAtMs(): number {
    if (this.isOver) return Infinity
    const idleAtMs = this.heardAtMs + this.silenceMsMax
    if (!this.speaks) return idleAtMs
    return Math.min(idleAtMs, this.speakAtMs, this.retransmitAtMs, this.flight.lostAt(this.roundTrip.reorderingMs))
  }

  /** The next datagram to be sent now, or null. */
  transmit(nowMs: number): Uint8Array | null {
    if (this.isOver || !this.speaks) return null
    const contents = this.contents()
    if (contents.length === 0 && !this.ackDue && nowMs < this.speakAtMs) return null
    if (this.receipts.any && (this.ackNews || contents.length === 0)) {
      const ranges = ackRangesIn(this.writer.room)
      if (ranges >= 0) {
        this.writer.ack(this.receipts.ack(this.incoming.next, ranges, nowMs))
        this.ackDue = false
        this.ackNews = false
      }
    }
    const { awaited, next } = this.flight
    const datagram = encodeData(this.id, next, awaited, this.writer.take())
    this.flight.record(contents, nowMs)
    this.tailAtMs = contents.length === 0 ? Infinity : nowMs + Math.max(tailMs, (this.roundTripMs ?? this.probeMs) / 2)
    this.probeAtMs = nowMs + (nowMs - this.heardAtMs > quietMs ? Math.max(this.probeMs, quietProbeMs) : this.probeMs)
    return datagram
  }

  private get silenceMsMax(): number {
    return this.heard ? idleMs : firstMs
  }

  /** When something must be sent, whatever it is. */
  private get speakAtMs(): number {
    return this.flight.size === 0 ? this.probeAtMs : Math.min(this.probeAtMs, this.tailAtMs)
  }

  private get retransmitAtMs(): number {
    return this.flight.size === 0 ? Infinity : this.flight.lastAtMs + this.roundTrip.timeoutMs(this.backoff)
  }

  /** Writes what the window lets go: what was lost, then newest-wins messages, then what is new of the stream. */
  private contents(): ReadonlyArray<Content> {
    const contents: Array<Content> = []
    const ready = this.stream.ready || this.newest.ready
    const open = this.flight.size < this.window.size
    this.limited = ready && !open
    if (!ready) return contents
    if (!open && this.spare === 0) return contents
    if (!open) this.spare -= 1
    const { newest, stream, writer } = this
    for (;;) {
      const content = (stream.hasLost ? stream.take(writer.room) : null) ?? newest.take(writer.room)
        ?? stream.take(writer.room)
      if (content === null) return contents
      writer.content(content)
      contents.push(content)
    }
  }

  private seeLosses(nowMs: number, received: ReadonlyArray<Sent>): void {
    const lost = this.flight.lost(this.roundTrip.reorderingMs, nowMs)
    if (lost.length + received.length === 0) return
    for (const packet of lost) this.tell("lose", packet)
    this.window.settled({
      received: received.length,
      lost: lost.length,
      newest: [...received, ...lost].reduce((newest, { number }) => Math.max(newest, number), 0),
      next: this.flight.next,
      limited: this.limited
    })
  }

  /** The other end has what a packet carried, or it did not arrive. */
  private tell(what: "settle" | "lose", { contents }: Sent): void {
    for (const content of contents) {
      if (content._tag === "segment") this.stream[what](content)
      else this.newest[what](content)
    }
  }

  private end(how: "reset" | "silent"): ReadonlyArray<Delivery> {
    if (this.isOver) return []
    this.isOver = true
    return [{ _tag: "ended", how }]
  }
}
