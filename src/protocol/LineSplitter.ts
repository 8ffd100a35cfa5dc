/** Cuts a stream of bytes into lines that end with a line feed. */
import { joined } from "./Bytes.ts"

const lineFeed = 0x0a

/** Stands for a line that was longer than allowed, of which nothing is kept. */
export const tooLong: unique symbol = Symbol("too long")

export class LineSplitter {
  private parts: Array<Uint8Array> = []
  private bytes = 0

  /** `bytesMax`: of a line, without its end. No more than that is kept between two chunks. */
  constructor(private readonly bytesMax: number) {}

  /** All lines that are complete with this chunk, in order, without their ends. */
  push(chunk: Uint8Array): ReadonlyArray<Uint8Array | typeof tooLong> {
    const lines: Array<Uint8Array | typeof tooLong> = []
    let from = 0
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, from)) {
      this.keep(chunk.subarray(from, end))
      lines.push(this.take())
      from = end + 1
    }
    if (from < chunk.length) this.keep(chunk.slice(from))
    return lines
  }

  /** What came after the last line feed, as a line; null where nothing did. */
  end(): Uint8Array | typeof tooLong | null {
    return this.bytes === 0 ? null : this.take()
  }

  private keep(part: Uint8Array): void {
    this.bytes += part.length
    if (this.bytes > this.bytesMax) this.parts = []
    else this.parts.push(part)
  }

  private take(): Uint8Array | typeof tooLong {
    const { bytes, parts } = this
    this.parts = []
    this.bytes = 0
    if (bytes > this.bytesMax) return tooLong
    return parts.length === 1 ? parts[0]! : joined(parts)
  }
}
