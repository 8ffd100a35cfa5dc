/**
 * How each change of host went on this node: the interregnum, and whether anything was taken back.
 */
import type { Clock, RoomId } from "../../protocol/Ids.ts"
import { equals, type ReignCause, type ReignRef } from "../../protocol/Reign.ts"
import { type Change, ReignHistory } from "./ReignHistory.ts"

interface Lineage {
  clock: Clock
  /** The reign of the newest tick, and when any event of it was folded last. */
  reign: ReignRef
  at: number
  parted: boolean
}

/** Synchronous; times are monotonic milliseconds. `changed` is called when a room's clock first goes on under a new reign. */
export class Interregna extends ReignHistory {
  private readonly rooms = new Map<RoomId, Lineage>()
  /** When the newest tick of any room was folded, or null. */
  lastTickAt: number | null = null

  constructor(private readonly changed: (change: Change) => void) {
    super()
  }

  /** A reign was accepted. */
  reigned(reign: ReignRef, cause: ReignCause): void {
    if (this.of(reign) === undefined) this.add(reign, cause, null)
  }

  /** A room was folded to this clock by an event or a snapshot of this reign, at `nowMs`. */
  folded(room: RoomId, reign: ReignRef, clock: Clock, nowMs: number): void {
    const lineage = this.rooms.get(room)
    if (lineage === undefined) {
      this.rooms.set(room, { clock, reign, at: nowMs, parted: false })
      this.lastTickAt = nowMs
      return
    }
    if (clock !== lineage.clock) this.lastTickAt = nowMs
    if (equals(reign, lineage.reign)) {
      lineage.clock = clock
      lineage.at = nowMs
      return
    }
    // The first events of a new reign need not raise the clock; the interregnum lasts until one does.
    if (clock === lineage.clock) return
    const entry = this.of(reign)
    const nothingLost = !lineage.parted && clock > lineage.clock
    const interregnumMs = nowMs - lineage.at
    this.rooms.set(room, { clock, reign, at: nowMs, parted: false })
    if (entry === undefined || entry.interregnumMs !== null) return
    this.measured(reign, interregnumMs)
    this.changed({
      epoch: reign.epoch,
      cause: entry.cause,
      from: lineage.reign,
      to: reign,
      interregnumMs,
      nothingLost
    })
  }

  /** A state of which this node's log is no part took the place of what it had folded. */
  parted(room: RoomId): void {
    const lineage = this.rooms.get(room)
    if (lineage !== undefined) lineage.parted = true
  }
}
