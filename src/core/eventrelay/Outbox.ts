/**
 * What waits for a reader that does not take it at once. Of what has a key only the newest waits, in the place of the
 * newest: a reader that comes back sees the present, not all that was. Bounded in bytes.
 */
export class Outbox {
  private readonly waiting = new Map<string | number, Uint8Array>()
  private unkeyed = 0
  /** That wait. */
  bytes = 0
  /** How many were replaced by newer ones so far. */
  conflated = 0

  get isEmpty(): boolean {
    return this.waiting.size === 0
  }

  /** Puts it last. With a key it takes the place of what waits with the same. */
  put(key: string | null, body: Uint8Array): void {
    const name = key ?? this.unkeyed++
    const older = this.waiting.get(name)
    if (older !== undefined) {
      this.waiting.delete(name)
      this.bytes -= older.length
      this.conflated++
    }
    this.waiting.set(name, body)
    this.bytes += body.length
  }

  /** Takes the first ones, at least one if there is any, and no more bytes in all than this beyond it. */
  take(bytesMax: number): ReadonlyArray<Uint8Array> {
    const taken: Array<Uint8Array> = []
    let bytes = 0
    for (const [name, body] of this.waiting) {
      if (taken.length > 0 && bytes + body.length > bytesMax) break
      bytes += body.length
      taken.push(body)
      this.waiting.delete(name)
    }
    this.bytes -= bytes
    return taken
  }

  clear(): void {
    this.waiting.clear()
    this.bytes = 0
  }
}
