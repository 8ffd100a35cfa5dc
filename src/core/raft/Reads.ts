/**
 * Reads that wait for a majority to confirm that their leader still leads (dissertation, 6.4). They are confirmed in
 * rounds: one is under way, and whatever is asked meanwhile goes into the next, so that any number costs one
 * heartbeat's answers.
 */
import type { PeerId } from "../../protocol/Ids.ts"

export interface Asked {
  /** Null: this node's own. */
  readonly from: PeerId | null
  readonly id: number
}

export class Reads {
  private waiting: Array<Asked> = []
  private asked: ReadonlyArray<Asked> = []
  /** What is committed when the round under way begins is all that its reads must see. */
  private index = 0
  /** The newest round: under way, or the last that was. */
  newest = 0

  constructor(private readonly max: number) {}

  get isUnderWay(): boolean {
    return this.asked.length > 0
  }

  /** False: too many wait. */
  ask(read: Asked): boolean {
    if (this.waiting.length + this.asked.length >= this.max) return false
    this.waiting.push(read)
    return true
  }

  /** Begins a round, if there is one to begin. */
  begin(commit: number): boolean {
    if (this.isUnderWay || this.waiting.length === 0) return false
    this.asked = this.waiting
    this.waiting = []
    this.index = commit
    this.newest++
    return true
  }

  /**
   * A quorum has confirmed rounds up to this one. Gives the reads that are answered by that, and from which index on.
   */
  confirmed(round: number): { readonly reads: ReadonlyArray<Asked>; readonly index: number } {
    if (round < this.newest) return { reads: [], index: 0 }
    const reads = this.asked
    this.asked = []
    return { reads, index: this.index }
  }

  /** Takes out all: their leader leads no more. */
  drop(): ReadonlyArray<Asked> {
    const all = [...this.asked, ...this.waiting]
    this.asked = []
    this.waiting = []
    return all
  }
}
