/**
 * The newest events of a room's log, for whoever missed some. Bounded: the oldest go first; who lacks those gets a
 * snapshot.
 */
import type { Event } from "../protocol/Event.ts"
import type { Seq } from "../protocol/Ids.ts"
import type { ReignRef } from "../protocol/Reign.ts"
import { equals } from "../protocol/Reign.ts"

interface Entry {
  readonly event: Event
  readonly reign: ReignRef
}

export class RecentEvents {
  private readonly ring: Array<Entry | undefined>
  private newest: Seq = 0 as Seq
  private count = 0

  /** `max`: how many events are kept, at least 1. */
  constructor(readonly max: number) {
    this.ring = new Array(max)
  }

  /** The event must be the one after the newest; otherwise all that was kept is forgotten first. */
  push(event: Event, reign: ReignRef): void {
    if (event.seq !== this.newest + 1) this.clear()
    this.ring[event.seq % this.max] = { event, reign }
    this.newest = event.seq
    if (this.count < this.max) this.count++
  }

  clear(): void {
    this.ring.fill(undefined)
    this.count = 0
  }

  /**
   * All events after the head, or null when they are not here, or the head is not part of this log (the reign under
   * which that event was ordered is another one).
   */
  after(head: { readonly seq: Seq; readonly reign: ReignRef }): ReadonlyArray<Event> | null {
    if (this.count === 0 || head.seq > this.newest) return null
    const at = this.ring[head.seq % this.max]
    if (at === undefined || at.event.seq !== head.seq || !equals(at.reign, head.reign)) return null
    const events: Array<Event> = []
    for (let seq = head.seq + 1; seq <= this.newest; seq++) events.push(this.ring[seq % this.max]!.event)
    return events
  }

  /** All events after this number, of whatever reign, or null when they are not all here. */
  since(seq: Seq): ReadonlyArray<Event> | null {
    if (seq === this.newest) return []
    if (seq > this.newest || this.newest - seq > this.count) return null
    const events: Array<Event> = []
    for (let at = seq + 1; at <= this.newest; at++) events.push(this.ring[at % this.max]!.event)
    return events
  }
}
