/** How each change of leader went on this node: for how long nothing could be committed here, as far as it knew. */
import type { ReignCause, ReignRef } from "../../protocol/Reign.ts"
import { type Change, ReignHistory } from "./ReignHistory.ts"

/** Synchronous; times are monotonic milliseconds. */
export class CommittedReigns extends ReignHistory {
  private lostAtMs: number | null = null

  /** Nobody hosts, as far as this node knows. `sinceMs`: since when nothing was heard of who did. */
  lost(sinceMs: number): void {
    this.lostAtMs ??= sinceMs
  }

  /** Whoever hosted goes on. */
  found(): void {
    this.lostAtMs = null
  }

  /** A reign is committed; what screens are to be told of it: nothing where this node only reads up what has been. */
  began(reign: ReignRef, cause: ReignCause, nowMs: number): Omit<Change, "nothingLost"> | null {
    const last = this.newest
    const interregnumMs = last === undefined || this.lostAtMs === null ? null : nowMs - this.lostAtMs
    this.add(reign, cause, interregnumMs)
    this.lostAtMs = null
    if (last === undefined || interregnumMs === null) return null
    return { epoch: reign.epoch, cause, from: { epoch: last.epoch, host: last.host }, to: reign, interregnumMs }
  }
}
