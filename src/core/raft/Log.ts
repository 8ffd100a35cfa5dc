/**
 * A node's log in memory: a snapshot, and the entries that follow on it; some before its index may be kept for
 * followers that are a little behind (Raft paper, 5.3 and section 7). It knows which configurations stand in it.
 */
import type { PeerId } from "../../protocol/Ids.ts"
import { type Configuration, isVoter } from "./Configuration.ts"
import { type Entry, sizeOf, type Snapshot, type Stored } from "./Entry.ts"

interface ConfigurationAt {
  readonly index: number
  readonly configuration: Configuration
}

export class Log {
  snapshot: Snapshot
  /** What is before the first entry. */
  private base: number
  private baseTerm: number
  private entries: Array<Entry>
  /** The one of the snapshot, and all that are in entries after it, oldest first. */
  private configurations: Array<ConfigurationAt>

  constructor({ entries, snapshot }: Pick<Stored, "snapshot" | "entries">) {
    this.snapshot = snapshot
    this.base = snapshot.index
    this.baseTerm = snapshot.term
    this.entries = []
    this.configurations = [{ index: snapshot.index, configuration: snapshot.configuration }]
    this.append(entries.filter((entry) => entry.index > snapshot.index))
  }

  /** Of the first entry that is kept, or would be. */
  get firstIndex(): number {
    return this.base + 1
  }

  get lastIndex(): number {
    return this.base + this.entries.length
  }

  get lastTerm(): number {
    return this.entries.length === 0 ? this.baseTerm : this.entries[this.entries.length - 1]!.term
  }

  /** The newest one, in force whether it is committed or not. */
  get configuration(): Configuration {
    return this.configurations[this.configurations.length - 1]!.configuration
  }

  get configurationIndex(): number {
    return this.configurations[this.configurations.length - 1]!.index
  }

  /**
   * Whether a node may be a candidate: as a voter of the newest configuration, or of the one before while the newest is
   * not known to be committed. That one's voters may need its log to go on (dissertation, 4.2.2); its own vote does not
   * count then.
   */
  mayCampaign(node: PeerId, commit: number): boolean {
    if (isVoter(this.configuration, node)) return true
    const before = this.configurations[this.configurations.length - 2]
    return this.configurationIndex > commit && before !== undefined && isVoter(before.configuration, node)
  }

  entry(index: number): Entry | undefined {
    return this.entries[index - this.base - 1]
  }

  /** Undefined where the entry is not there yet, or no more. */
  term(index: number): number | undefined {
    return index === this.base ? this.baseTerm : this.entries[index - this.base - 1]?.term
  }

  matches(index: number, term: number): boolean {
    return this.term(index) === term
  }

  /** Whether a log that ends so has all that this one may have committed (Raft paper, 5.4.1). */
  isNotAheadOf(lastIndex: number, lastTerm: number): boolean {
    return lastTerm > this.lastTerm || (lastTerm === this.lastTerm && lastIndex >= this.lastIndex)
  }

  /**
   * From `from` on: as many as both bounds allow, but one at least if there is one. `to`: the last that may be taken.
   */
  slice(from: number, entriesMax: number, bytesMax: number, to = this.lastIndex): ReadonlyArray<Entry> {
    const start = from - this.base - 1
    const limit = Math.min(start + entriesMax, to - this.base)
    let end = start
    for (let bytes = 0; end < limit; end++) {
      bytes += sizeOf(this.entries[end]!)
      if (bytes > bytesMax && end > start) break
    }
    return this.entries.slice(start, end)
  }

  /** Without gaps after the last. */
  append(entries: ReadonlyArray<Entry>): void {
    for (const entry of entries) {
      if (entry.index !== this.lastIndex + 1) throw new Error(`entry ${entry.index} follows ${this.lastIndex}`)
      this.entries.push(entry)
      if (entry._tag === "configuration") {
        this.configurations.push({ index: entry.index, configuration: entry.configuration })
      }
    }
  }

  /** Drops all entries after `index`, and what was configured by them. */
  truncate(index: number): void {
    this.entries.length = index - this.base
    while (this.configurationIndex > index) this.configurations.pop()
  }

  /**
   * The highest index, at most the given one, at which another log with an entry of `term` at `index` may have the same
   * entry: terms do not fall along a log. Nothing is known of what is before the first entry.
   */
  agreement(index: number, term: number): number {
    let at = Math.min(index, this.lastIndex)
    while (at > this.base && this.term(at)! > term) at--
    return at
  }

  /** The configuration in force at an index from the snapshot's on. */
  configurationAt(index: number): Configuration {
    return this.configured(index).configuration
  }

  /**
   * Puts the state at `index` in place of the entries up to there, of which the last `keep` stay at hand for followers.
   */
  compact(index: number, data: Uint8Array, keep: number): Snapshot {
    const configuration = this.configurationAt(index)
    const snapshot: Snapshot = { index, term: this.term(index)!, configuration, data }
    const later = this.configurations.filter((one) => one.index > index)
    this.configurations = [{ index: this.configured(index).index, configuration }, ...later]
    const base = Math.max(this.base, index - keep)
    const baseTerm = this.term(base)!
    this.entries.splice(0, base - this.base)
    this.base = base
    this.baseTerm = baseTerm
    this.snapshot = snapshot
    return snapshot
  }

  /** Takes a leader's snapshot in place of everything. */
  restore(snapshot: Snapshot): void {
    this.snapshot = snapshot
    this.base = snapshot.index
    this.baseTerm = snapshot.term
    this.entries = []
    this.configurations = [{ index: snapshot.index, configuration: snapshot.configuration }]
  }

  private configured(index: number): ConfigurationAt {
    return this.configurations.findLast((one) => one.index <= index)!
  }
}
