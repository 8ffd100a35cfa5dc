/**
 * What a leader knows of a follower's log (Raft paper, figure 2: nextIndex and matchIndex), and how it sends the rest:
 * one append at a time while it looks for where the logs part (probe), many at a time after that (replicate:
 * dissertation, 10.2.1), and none while a snapshot is on its way.
 */
import type { PeerId } from "../../protocol/Ids.ts"
import { type Configuration, members } from "./Configuration.ts"
import { InFlight } from "./InFlight.ts"
import type { Options } from "./Options.ts"

export type Mode = "probe" | "replicate" | "snapshot"

export class Progress {
  mode: Mode = "probe"
  match = 0
  /** Of the next entry to send: above `match`. */
  next: number
  /** Something was heard of it since the leader last counted. */
  active = true
  /** The probe is under way. */
  paused = false
  /** An append is due even if there is nothing to send: what was sent may be lost. */
  due = false
  /** The highest commit index that an append has told it. */
  toldCommit = 0
  /** The newest round of reads that it has confirmed. */
  round = 0
  /** How long the snapshot has been under way, in ticks. */
  snapshotTicks = 0
  readonly inFlight: InFlight

  constructor(next: number, options: Pick<Options, "inFlightMessagesMax" | "inFlightBytesMax">) {
    this.next = next
    this.inFlight = new InFlight(options.inFlightMessagesMax, options.inFlightBytesMax)
  }

  /** Begins anew after what is known to match. */
  probe(): void {
    this.mode = "probe"
    this.next = this.match + 1
    this.paused = false
    this.toldCommit = 0
    this.inFlight.clear()
  }

  /** `index`: the snapshot's. */
  sendsSnapshot(index: number): void {
    this.mode = "snapshot"
    this.next = index + 1
    this.snapshotTicks = 0
    this.inFlight.clear()
  }

  /** Entries up to `last` are under way to it, or none but a commit index. */
  sent(last: number, entries: number, bytes: number): void {
    this.due = false
    if (this.mode === "probe") this.paused = true
    else if (entries > 0) {
      this.next = last + 1
      this.inFlight.add(last, bytes)
    }
  }

  /**
   * It has everything up to `match`. `firstIndex`: of the first entry that the leader can send. Whether that is news.
   */
  accepted(match: number, firstIndex: number): boolean {
    const news = match > this.match
    this.match = Math.max(this.match, match)
    this.next = Math.max(this.next, this.match + 1)
    if (this.mode === "replicate") this.inFlight.freeTo(match)
    else if (this.mode === "probe" || this.match + 1 >= firstIndex) {
      this.probe()
      this.mode = "replicate"
    }
    return news
  }

  /** It lacks `index`; the logs may agree up to `agreed`. An answer to what was not asked last tells nothing. */
  rejected(index: number, agreed: number): void {
    if (this.mode === "replicate" && index > this.match) this.probe()
    else if (this.mode === "probe" && index === this.next - 1) {
      this.next = Math.max(Math.min(index, agreed + 1), this.match + 1)
      this.paused = false
    }
  }
}

/**
 * The table that fits a configuration: who stays keeps what is known of it. `next`: where a newcomer is probed first.
 */
export const follow = (
  table: Map<PeerId, Progress>,
  configuration: Configuration,
  next: number,
  options: Pick<Options, "inFlightMessagesMax" | "inFlightBytesMax">
): void => {
  const now = members(configuration)
  for (const node of table.keys()) if (!now.has(node)) table.delete(node)
  for (const node of now) if (!table.has(node)) table.set(node, new Progress(Math.max(1, next), options))
}
