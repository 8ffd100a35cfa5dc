/** A node's disk: what is synced survives, and of what is under way any part from the first write on. */
import type { Entry, HardState, Stored } from "../../../../src/core/raft/Entry.ts"
import type { Write } from "../../../../src/core/raft/Output.ts"
import { Violation } from "./Violation.ts"

export class Disk {
  private hardState: HardState
  private snapshot: Stored["snapshot"]
  private readonly entries: Array<Entry>

  constructor(stored: Stored) {
    this.hardState = stored.hardState
    this.snapshot = stored.snapshot
    this.entries = [...stored.entries]
  }

  get stored(): Stored {
    return { hardState: this.hardState, snapshot: this.snapshot, entries: [...this.entries] }
  }

  /** Whether the entry, or a snapshot after it, is here. */
  holds(index: number, term: number): boolean {
    if (index <= this.snapshot.index) return true
    const [first] = this.entries
    return first !== undefined && this.entries[index - first.index]?.term === term
  }

  apply(write: Write): void {
    const { entries, hardState, keepTo, snapshot } = write
    if (hardState === null) return
    const before = this.hardState
    const same = hardState.term === before.term
    if (hardState.term < before.term || (same && before.vote !== null && hardState.vote !== before.vote)) {
      throw new Violation(
        "one vote per term",
        `${before.term}: ${before.vote}, then ${hardState.term}: ${hardState.vote}`
      )
    }
    this.hardState = hardState
    if (snapshot !== null) {
      this.snapshot = snapshot
      while (this.entries.length > 0 && this.entries[0]!.index <= snapshot.index) this.entries.shift()
    }
    while (this.entries.length > 0 && this.entries.at(-1)!.index > keepTo) this.entries.pop()
    this.entries.push(...entries)
  }
}
