/**
 * The newest events of a room's log, for whoever missed some. Bounded: the oldest go first; who lacks those gets a
 * snapshot.
 */
import type { Event } from "../protocol/Event.ts"
import type { Seq } from "../protocol/Ids.ts"
import type { ReignRef } from "../protocol/Reign.ts"
import { equals } from "../protocol/Reign.ts"

/** How far a log goes: the number of its last event, and the reign that ordered it. */
export interface End {
  readonly seq: Seq
  readonly reign: ReignRef
}

interface Entry {
  readonly event: Event
  readonly reign: ReignRef
}

export class RecentEvents {
  private readonly ring: Array<Entry | undefined>
  private newest: Seq = 0 as Seq
  private count = 0
  /** The end of what comes before the oldest event that is kept, as far as it is known. */
  private base: End | null = null

  /** `max`: how many events are kept, at least 1. */
  constructor(readonly max: number) {
    this.ring = new Array(max)
  }

  /** The event must be the one after the newest; otherwise all that was kept is forgotten first. */
  push(event: Event, reign: ReignRef): void {
    if (event.seq !== this.newest + 1) this.reset(null)
    const at = event.seq % this.max
    if (this.count === this.max) {
      const oldest = this.ring[at]!
      this.base = { seq: oldest.event.seq, reign: oldest.reign }
    } else this.count++
    this.ring[at] = { event, reign }
    this.newest = event.seq
  }

  /** Forgets everything; what is pushed next comes after this end of a log. */
  reset(end: End | null): void {
    this.ring.fill(undefined)
    this.count = 0
    this.base = end
    this.newest = end?.seq ?? (0 as Seq)
  }

  /**
   * All events after the head, or null when they are not here, or the head is not part of this log (the reign under
   * which that event was ordered is another one).
   */
  after(head: End): ReadonlyArray<Event> | null {
    const reign = this.base?.seq === head.seq ? this.base.reign : this.at(head.seq)?.reign
    return reign !== undefined && equals(reign, head.reign) ? this.from(head.seq) : null
  }

  private at(seq: Seq): Entry | undefined {
    const entry = this.ring[seq % this.max]
    return entry?.event.seq === seq ? entry : undefined
  }

  private from(seq: Seq): ReadonlyArray<Event> {
    const events: Array<Event> = []
    for (let at = seq + 1; at <= this.newest; at++) events.push(this.ring[at % this.max]!.event)
    return events
  }
}
