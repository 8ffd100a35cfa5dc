/**
 * What has to be on disk, in which order, and what waits for that. The owner may have several writes under way; they
 * are finished in order. Whatever a node tells that binds it waits for all that it knew when it said so (Raft paper,
 * 5.1 and figure 2: "updated on stable storage before responding"), while a leader's entries go out beside its own
 * write (dissertation, 10.2.1).
 */
import type { PeerId } from "../../protocol/Ids.ts"
import type { Entry, HardState, Snapshot } from "./Entry.ts"
import type { Log } from "./Log.ts"
import type { Envelope, Write } from "./Output.ts"

/** So many writes may be under way; what comes then goes into the next, later. */
export const writesMax = 256
/** So many messages may wait for a write; older ones are dropped, as a network may. */
export const waitingMax = 4_096

interface UnderWay {
  readonly number: number
  /** Up to here the log will be on disk, as it is in memory now. */
  lastIndex: number
  readonly snapshotIndex: number
  readonly term: number
  readonly vote: PeerId | null
}

export class Writes {
  private number = 0
  private underWay: Array<UnderWay> = []
  private waiting: Array<Envelope> = []
  private hardChanged = false
  private snapshot: Snapshot | null = null
  /** The log up to here is on disk or under way. */
  private handed: number
  /** The log is on disk up to here, as it is in memory. */
  lastIndex: number
  /** Of the newest snapshot on disk. */
  snapshotIndex: number
  /** On disk, as is the vote in it. */
  term: number
  vote: PeerId | null

  constructor({ term, vote }: HardState, log: Log) {
    this.handed = log.lastIndex
    this.lastIndex = log.lastIndex
    this.snapshotIndex = log.snapshot.index
    this.term = term
    this.vote = vote
  }

  /** Whether everything is on disk. `lastIndex`: the log's. */
  isSettled(lastIndex: number): boolean {
    return this.underWay.length === 0 && !this.hasNews(lastIndex)
  }

  hardStateChanged(): void {
    this.hardChanged = true
  }

  /** The log was cut off after `index`: what is written beyond does not count. */
  truncated(index: number): void {
    this.handed = Math.min(this.handed, index)
    this.lastIndex = Math.min(this.lastIndex, index)
    for (const write of this.underWay) write.lastIndex = Math.min(write.lastIndex, index)
  }

  /** The state at an index stands in place of the entries up to there. */
  compacted(snapshot: Snapshot): void {
    this.snapshot = snapshot
  }

  /** A leader's snapshot took everything's place. `commit`: of before. */
  restored(snapshot: Snapshot, commit: number): void {
    this.truncated(commit)
    this.handed = snapshot.index
    this.snapshot = snapshot
  }

  /** To be sent when all that is known now is on disk. */
  defer(envelope: Envelope): void {
    if (this.waiting.length === waitingMax) this.waiting.shift()
    this.waiting.push(envelope)
  }

  /** The next write, if there is something to write, or to wait for. */
  take(hardState: HardState, log: Log): Write | null {
    const news = this.hasNews(log.lastIndex)
    if ((!news && this.waiting.length === 0) || this.underWay.length >= writesMax) return null
    const entries: ReadonlyArray<Entry> = this.handed < log.lastIndex
      ? log.slice(this.handed + 1, Infinity, Infinity)
      : []
    const write: Write = {
      number: ++this.number,
      hardState: news ? hardState : null,
      snapshot: this.snapshot,
      keepTo: this.handed,
      entries,
      messages: this.waiting
    }
    this.underWay.push({
      number: write.number,
      lastIndex: log.lastIndex,
      snapshotIndex: this.snapshot?.index ?? 0,
      term: hardState.term,
      vote: hardState.vote
    })
    this.handed = log.lastIndex
    this.hardChanged = false
    this.snapshot = null
    this.waiting = []
    return write
  }

  /** This write and all before it are on disk. */
  done(number: number): void {
    while (this.underWay.length > 0 && this.underWay[0]!.number <= number) {
      const { lastIndex, snapshotIndex, term, vote } = this.underWay.shift()!
      this.lastIndex = Math.max(this.lastIndex, lastIndex)
      this.snapshotIndex = Math.max(this.snapshotIndex, snapshotIndex)
      this.term = term
      this.vote = vote
    }
  }

  private hasNews(lastIndex: number): boolean {
    return this.hardChanged || this.snapshot !== null || this.handed < lastIndex
  }
}
