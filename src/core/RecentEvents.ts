/**
 * The newest events of a room's log, for whoever missed some. Bounded: the oldest go first; who lacks those gets a
 * snapshot.
 */
import type { Event, EventOf } from "../protocol/Event.ts"
import { decodeBody, encodeBody } from "../protocol/Frame.ts"
import type { Seq } from "../protocol/Ids.ts"
import type { ReignRef } from "../protocol/Reign.ts"
import { equals } from "../protocol/Reign.ts"

/** How far a log goes: the number of its last event, and the reign that ordered it. */
export interface End {
  readonly seq: Seq
  readonly reign: ReignRef
}

/** What takes more than so many bytes is kept as it is. */
const packedBytesMax = 2_048

/** One character for each byte; null where there are no inputs. */
const packed = (event: EventOf<"tick">): EventOf<"tick"> | string | null => {
  if (event.inputs.length === 0) return null
  const bytes = encodeBody(event.inputs, "msgpack")
  return bytes.length > packedBytesMax ? event : String.fromCharCode(...bytes)
}

const tickOf = (seq: Seq, inputs: string | null): EventOf<"tick"> => ({
  _tag: "tick",
  seq,
  inputs: inputs === null
    ? []
    : decodeBody(Uint8Array.from(inputs, (byte) => byte.charCodeAt(0))) as EventOf<"tick">["inputs"]
})

export class RecentEvents {
  /**
   * By number; null for a tick without inputs, the packed inputs of one with some. Hundreds of rooms remember hundreds of
   * thousands of ticks: as objects they would keep the garbage collector busier than the game.
   */
  private readonly ring: Array<Event | string | null>
  private newest: Seq = 0 as Seq
  private count = 0
  /** From which event on which reign ordered them, oldest first. */
  private reigns: Array<End> = []
  /** The end of what comes before the oldest event that is kept, as far as it is known. */
  private base: End | null = null

  /** `max`: how many events are kept, at least 1. */
  constructor(readonly max: number) {
    this.ring = new Array<Event | string | null>(max).fill(null)
  }

  /** The event must be the one after the newest; otherwise all that was kept is forgotten first. */
  push(event: Event, reign: ReignRef): void {
    if (event.seq !== this.newest + 1) this.reset(null)
    if (this.count === this.max) this.forgetOldest()
    this.count++
    this.ring[event.seq % this.max] = event._tag === "tick" ? packed(event) : event
    this.newest = event.seq
    const last = this.reigns.at(-1)
    if (last === undefined || !equals(last.reign, reign)) this.reigns.push({ seq: event.seq, reign })
  }

  /** Forgets everything; what is pushed next comes after this end of a log. */
  reset(end: End | null): void {
    this.ring.fill(null)
    this.count = 0
    this.reigns = []
    this.base = end
    this.newest = end?.seq ?? (0 as Seq)
  }

  /**
   * All events after the head, or null when they are not here, or the head is not part of this log (the reign under
   * which that event was ordered is another one).
   */
  after(head: End): ReadonlyArray<Event> | null {
    const reign = this.base?.seq === head.seq ? this.base.reign : this.reignOf(head.seq)
    return reign !== null && equals(reign, head.reign) ? this.from(head.seq) : null
  }

  private get oldest(): number {
    return this.newest - this.count + 1
  }

  private forgetOldest(): void {
    const seq = this.oldest as Seq
    while (this.reigns.length > 1 && this.reigns[1]!.seq <= seq) this.reigns.shift()
    this.base = { seq, reign: this.reigns[0]!.reign }
    this.count--
  }

  private reignOf(seq: Seq): ReignRef | null {
    if (seq < this.oldest || seq > this.newest) return null
    return this.reigns.findLast((reign) => reign.seq <= seq)?.reign ?? null
  }

  private from(seq: Seq): ReadonlyArray<Event> {
    const events: Array<Event> = []
    for (let at = seq + 1; at <= this.newest; at++) {
      const kept = this.ring[at % this.max] ?? null
      events.push(kept === null || typeof kept === "string" ? tickOf(at as Seq, kept) : kept)
    }
    return events
  }
}
