/**
 * What data packets carry, one behind the other. Each begins with its type.
 *
 *   1 ack      largest 6 | delay 2, in 1/16 ms | next 6 | span 2 | ranges 1 | each: received 2, missing 2
 *   2 segment  seq 6 | length 2 | bytes
 *   3 the same, and the stream ends with it
 *   4 fragment key 1 | version 6 | index 1 | count 1 | length 2 | bytes
 *
 * An ack tells which data packets came, counted down from the largest: so many that were received, then so many that are
 * missing (the selective NACK), and so on to `largest - span`; and `next`, the seq up to which the stream is complete, by
 * which its sender trims.
 */
import { readUint48, writeUint48 } from "./Packet.ts"

/** How many packets back an ack may tell of. */
export const ackSpanMax = 512
const ackRangesMax = 64
const ackBytes = 18
const ackRangeBytes = 4
const segmentBytes = 9
const fragmentBytes = 12

const types = { ack: 1, segment: 2, last: 3, fragment: 4 } as const
const delayUnitsPerMs = 16

export interface Ack {
  readonly _tag: "ack"
  readonly largest: number
  /** How long the largest has been there when the ack was written, in milliseconds; at most 4 s. */
  readonly delayMs: number
  readonly next: number
  /** Nothing is told of what is lower. */
  readonly lowest: number
  /** From and to, both included, from high to low. All others from `lowest` to `largest` were received. */
  readonly missing: ReadonlyArray<readonly [from: number, to: number]>
}

/** A piece of the reliable stream. Its bytes are a view. */
export interface Segment {
  readonly _tag: "segment"
  /** Counts segments from 0. */
  readonly seq: number
  readonly last: boolean
  readonly bytes: Uint8Array
}

/** A piece of a newest-wins message. Its bytes are a view. */
export interface Fragment {
  readonly _tag: "fragment"
  readonly key: number
  /** Grows with each message, whatever its key. */
  readonly version: number
  readonly index: number
  readonly count: number
  readonly bytes: Uint8Array
}

export type Content = Segment | Fragment
export type Chunk = Ack | Content

export const contentOverheadBytes = { segment: segmentBytes, fragment: fragmentBytes } as const

/** Always room for an ack with so many ranges besides the largest segment or fragment. */
export const ackReserveBytes = ackBytes + 8 * ackRangeBytes

/** How many ranges an ack may have that is to take so many bytes; negative: it does not fit at all. */
export const ackRangesIn = (room: number): number =>
  room < ackBytes ? -1 : Math.min(ackRangesMax, Math.floor((room - ackBytes) / ackRangeBytes))

/** Collects chunks for one packet. */
export class ChunkWriter {
  private readonly bytes: Uint8Array
  private readonly view: DataView
  private at = 0

  constructor(size: number) {
    this.bytes = new Uint8Array(size)
    this.view = new DataView(this.bytes.buffer)
  }

  get room(): number {
    return this.bytes.length - this.at
  }

  /** What was written since the last call; valid until the next write. */
  take(): Uint8Array {
    const all = this.bytes.subarray(0, this.at)
    this.at = 0
    return all
  }

  ack({ delayMs, largest, lowest, missing, next }: Omit<Ack, "_tag">): void {
    const { view } = this
    view.setUint8(this.at, types.ack)
    writeUint48(view, this.at + 1, largest)
    view.setUint16(this.at + 7, Math.min(0xffff, Math.round(delayMs * delayUnitsPerMs)))
    writeUint48(view, this.at + 9, next)
    view.setUint16(this.at + 15, largest - lowest)
    view.setUint8(this.at + 17, missing.length)
    this.at += ackBytes
    let above = largest + 1
    for (const [from, to] of missing) {
      view.setUint16(this.at, above - 1 - to)
      view.setUint16(this.at + 2, to - from + 1)
      above = from
      this.at += ackRangeBytes
    }
  }

  content(content: Content): void {
    const { at, view } = this
    if (content._tag === "segment") {
      view.setUint8(at, content.last ? types.last : types.segment)
      writeUint48(view, at + 1, content.seq)
    } else {
      view.setUint8(at, types.fragment)
      view.setUint8(at + 1, content.key)
      writeUint48(view, at + 2, content.version)
      view.setUint8(at + 8, content.index)
      view.setUint8(at + 9, content.count)
    }
    const { bytes } = content
    const from = at + contentOverheadBytes[content._tag]
    view.setUint16(from - 2, bytes.length)
    this.bytes.set(bytes, from)
    this.at = from + bytes.length
  }
}

/** All chunks, or null where any of them is malformed. Never throws; contents are views. */
export const parse = (body: Uint8Array): ReadonlyArray<Chunk> | null => {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
  const chunks: Array<Chunk> = []
  let at = 0
  while (at < body.length) {
    const left = body.length - at
    const type = body[at]!
    if (type === types.ack) {
      if (left < ackBytes || left < ackBytes + body[at + 17]! * ackRangeBytes) return null
      const ack = readAck(view, at)
      if (ack === null) return null
      chunks.push(ack)
      at += ackBytes + ack.missing.length * ackRangeBytes
    } else if (type === types.segment || type === types.last) {
      if (left < segmentBytes) return null
      const length = view.getUint16(at + 7)
      const last = type === types.last
      const from = at + segmentBytes
      if (left - segmentBytes < length || (length === 0 && !last)) return null
      chunks.push({ _tag: "segment", seq: readUint48(view, at + 1), last, bytes: body.subarray(from, from + length) })
      at = from + length
    } else if (type === types.fragment) {
      if (left < fragmentBytes) return null
      const length = view.getUint16(at + 10)
      const [index, count] = [body[at + 8]!, body[at + 9]!]
      const from = at + fragmentBytes
      if (left - fragmentBytes < length || index >= count) return null
      const bytes = body.subarray(from, from + length)
      chunks.push({ _tag: "fragment", key: body[at + 1]!, version: readUint48(view, at + 2), index, count, bytes })
      at = from + length
    } else return null
  }
  return chunks
}

const readAck = (view: DataView, at: number): Ack | null => {
  const largest = readUint48(view, at + 1)
  const lowest = largest - view.getUint16(at + 15)
  const ranges = view.getUint8(at + 17)
  if (lowest < 0 || largest - lowest >= ackSpanMax || ranges > ackRangesMax) return null
  const missing: Array<readonly [number, number]> = []
  let above = largest + 1
  for (let i = 0; i < ranges; i++) {
    const received = view.getUint16(at + ackBytes + i * ackRangeBytes)
    const length = view.getUint16(at + ackBytes + i * ackRangeBytes + 2)
    const to = above - 1 - received
    above = to - length + 1
    if (received === 0 || length === 0 || above < lowest) return null
    missing.push([above, to])
  }
  const delayMs = view.getUint16(at + 7) / delayUnitsPerMs
  return { _tag: "ack", largest, delayMs, next: readUint48(view, at + 9), lowest, missing }
}
