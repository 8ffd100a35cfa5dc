/**
 * The sending side of the newest-wins channel: of each key the newest message alone matters. It is sent until the other
 * end has it, or a newer one.
 *
 * A message of one datagram ends all care for those before it. Of larger ones a few are under way at a time, each until
 * it is complete, and the newest of the others waits: otherwise, where messages come faster than lost fragments can be sent
 * again, none would ever be complete.
 */
import { ackReserveBytes, contentOverheadBytes, type Fragment } from "./Chunks.ts"
import { chunksBytesMax } from "./Packet.ts"

/** Keys are 0 ≤ n < this. */
export const newestKeys = 4
/** The longest message. */
export const newestBytesMax = 32 * 1024
/** How many messages of a key may be under way. */
export const newestWindow = 4

const fragmentBytesMax = chunksBytesMax - ackReserveBytes - contentOverheadBytes.fragment
export const fragmentsMax = Math.ceil(newestBytesMax / fragmentBytesMax)

interface Outgoing {
  readonly key: number
  readonly version: number
  /** To be sent (again). */
  readonly unsent: Array<Fragment>
  readonly arrived: Set<number>
  /** Whether anything of it was sent. */
  begun: boolean
}

export class NewestSender {
  /** What is under way, oldest first. */
  private outgoing: ReadonlyArray<Outgoing> = []
  /** By key, what comes after that. */
  private readonly waiting = new Map<number, Uint8Array>()
  private version = 0

  /** Whether there is something to send now. */
  get ready(): boolean {
    return this.outgoing.some(({ unsent }) => unsent.length > 0)
  }

  /** Takes a message, which must not change any more. False: it is too large. */
  post(key: number, message: Uint8Array): boolean {
    if (message.length > newestBytesMax || key >= newestKeys) return false
    this.waiting.delete(key)
    // What nobody has seen anything of is replaced.
    this.outgoing = this.outgoing.filter((out) => out.key !== key || (out.begun && message.length > fragmentBytesMax))
    if (this.outgoing.filter((out) => out.key === key).length < newestWindow) this.begin(key, message)
    else this.waiting.set(key, message)
    return true
  }

  /** Takes the next fragment that fits into so much room, its overhead included. */
  take(room: number): Fragment | null {
    for (const out of this.outgoing) {
      const next = out.unsent[0]
      if (next === undefined || next.bytes.length + contentOverheadBytes.fragment > room) continue
      out.begun = true
      return out.unsent.shift()!
    }
    return null
  }

  /** The other end has it. */
  settle({ count, index, key, version }: Fragment): void {
    const out = this.current(version)
    if (out === undefined) return
    out.arrived.add(index)
    if (out.arrived.size < count) return
    this.outgoing = this.outgoing.filter((other) => other.key !== key || other.version > version)
    const next = this.waiting.get(key)
    this.waiting.delete(key)
    if (next !== undefined) this.begin(key, next)
  }

  /** It did not arrive, unless it has since. */
  lose(fragment: Fragment): void {
    const out = this.current(fragment.version)
    if (out === undefined || out.arrived.has(fragment.index) || out.unsent.includes(fragment)) return
    out.unsent.push(fragment)
  }

  private current(version: number): Outgoing | undefined {
    return this.outgoing.find((out) => out.version === version)
  }

  private begin(key: number, message: Uint8Array): void {
    const version = this.version++
    const count = Math.max(1, Math.ceil(message.length / fragmentBytesMax))
    const unsent = Array.from({ length: count }, (_, index): Fragment => ({
      _tag: "fragment",
      key,
      version,
      index,
      count,
      bytes: message.subarray(index * fragmentBytesMax, (index + 1) * fragmentBytesMax)
    }))
    this.outgoing = [...this.outgoing, { key, version, unsent, arrived: new Set(), begun: false }]
  }
}
