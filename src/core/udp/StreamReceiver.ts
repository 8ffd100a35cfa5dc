/** The receiving side of the reliable stream: segments to bytes, each once and in order. */
import type { Segment } from "./Chunks.ts"
import { streamWindow } from "./StreamSender.ts"

export class StreamReceiver {
  /** Came before others that are missing; at most `streamWindow`. */
  private readonly early = new Map<number, Segment>()
  /** The seq of the first segment that is missing. */
  next = 0
  /** Whether all of the stream was received. */
  isEnded = false

  /** What can be handed over now, in order. The first may be a view of the segment's bytes. */
  receive(segment: Segment): ReadonlyArray<Uint8Array> {
    const { seq } = segment
    if (this.isEnded || seq < this.next || seq >= this.next + streamWindow) return []
    if (seq > this.next) {
      // A copy: a view would keep the whole datagram.
      if (!this.early.has(seq)) this.early.set(seq, { ...segment, bytes: segment.bytes.slice() })
      return []
    }
    const bytes: Array<Uint8Array> = []
    let ready: Segment | undefined = segment
    while (ready !== undefined) {
      if (ready.bytes.length > 0) bytes.push(ready.bytes)
      this.next += 1
      if (ready.last) {
        this.isEnded = true
        this.early.clear()
        break
      }
      ready = this.early.get(this.next)
      this.early.delete(this.next)
    }
    return bytes
  }
}
