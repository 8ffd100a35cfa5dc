/** The sending side of the reliable stream: bytes to numbered segments, each kept until the other end has it. */
import { ackReserveBytes, contentOverheadBytes, type Segment } from "./Chunks.ts"
import { chunksBytesMax } from "./Packet.ts"

/** How many segments may be under way from the first that the receiver lacks: as many as it keeps out of order. */
export const streamWindow = 256

export const segmentBytesMax = chunksBytesMax - ackReserveBytes - contentOverheadBytes.segment
/** No new segment smaller than this is squeezed into what is left of a packet. */
const segmentBytesLeast = 64

const nothing = new Uint8Array(0)

export class StreamSender {
  /** Not yet in segments: `head` bytes of the first are. */
  private readonly queue: Array<Uint8Array> = []
  private first = 0
  private head = 0
  /** Bytes that wait to be sent for the first time. */
  queuedBytes = 0
  /** Sent, and not known to be received, by seq. */
  private readonly kept = new Map<number, Segment>()
  /** Of those, what has to be sent again, lowest first. */
  private readonly lost: Array<Segment> = []
  private nextSeq = 0
  /** Up to here the receiver has all. */
  private trimmed = 0
  private state: "open" | "finishing" | "finished" = "open"

  /** Whether there is something to send now. */
  get ready(): boolean {
    return this.hasLost || this.hasNew
  }

  /** Whether something has to be sent again. */
  get hasLost(): boolean {
    return this.lost.length > 0
  }

  /** Whether the receiver has all, and knows that there is no more. */
  get isSettled(): boolean {
    return this.state === "finished" && this.kept.size === 0
  }

  private get hasNew(): boolean {
    return this.nextSeq - this.trimmed < streamWindow && (this.queuedBytes > 0 || this.state === "finishing")
  }

  /** The bytes must not change any more. How many wait is for the caller to bound. */
  write(bytes: Uint8Array): void {
    if (this.state !== "open" || bytes.length === 0) return
    this.queue.push(bytes)
    this.queuedBytes += bytes.length
  }

  /** Ends the stream behind all that was written. */
  finish(): void {
    if (this.state === "open") this.state = "finishing"
  }

  /** Takes the next segment that fits into so much room, its overhead included: what was lost first. */
  take(room: number): Segment | null {
    const space = Math.min(room - contentOverheadBytes.segment, segmentBytesMax)
    const lost = this.lost[0]
    if (lost !== undefined) return lost.bytes.length <= space ? this.lost.shift()! : null
    if (!this.hasNew || space < Math.min(this.queuedBytes, segmentBytesLeast)) return null
    const bytes = this.cut(Math.min(space, this.queuedBytes))
    const last = this.state === "finishing" && this.queuedBytes === 0
    if (last) this.state = "finished"
    const segment: Segment = { _tag: "segment", seq: this.nextSeq++, last, bytes }
    this.kept.set(segment.seq, segment)
    return segment
  }

  /** The receiver has it. */
  settle(segment: Segment): void {
    this.kept.delete(segment.seq)
    const at = this.lost.indexOf(segment)
    if (at >= 0) this.lost.splice(at, 1)
  }

  /** It did not arrive, unless it has since. */
  lose(segment: Segment): void {
    if (!this.kept.has(segment.seq)) return
    const { lost } = this
    let i = lost.length
    while (i > 0 && lost[i - 1]!.seq > segment.seq) i--
    if (lost[i - 1] !== segment) lost.splice(i, 0, segment)
  }

  /** The receiver has all before `next`. Nothing else is believed than that some of what was sent was received. */
  trim(next: number): void {
    if (next <= this.trimmed || next > this.nextSeq) return
    for (let seq = this.trimmed; seq < next; seq++) this.kept.delete(seq)
    this.trimmed = next
    while (this.lost.length > 0 && this.lost[0]!.seq < next) this.lost.shift()
  }

  private cut(size: number): Uint8Array {
    const first = this.queue[this.first]
    this.queuedBytes -= size
    if (first !== undefined && first.length - this.head >= size) {
      const bytes = first.subarray(this.head, this.head + size)
      this.advance(size, first)
      return bytes
    }
    const bytes = new Uint8Array(size)
    for (let at = 0; at < size;) {
      const from = this.queue[this.first]!
      const part = from.subarray(this.head, this.head + size - at)
      bytes.set(part, at)
      at += part.length
      this.advance(part.length, from)
    }
    return bytes
  }

  private advance(bytes: number, of: Uint8Array): void {
    this.head += bytes
    if (this.head < of.length) return
    this.head = 0
    this.queue[this.first++] = nothing
    // Not one by one: a shift of a long array costs its length.
    if (this.first < 64 && this.first < this.queue.length) return
    this.queue.splice(0, this.first)
    this.first = 0
  }
}
