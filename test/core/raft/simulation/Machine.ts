/** A node's process and its disk: what the core's owner does, and what can befall it. */
import type { Configuration } from "../../../../src/core/raft/Configuration.ts"
import { fresh } from "../../../../src/core/raft/Entry.ts"
import type { Options } from "../../../../src/core/raft/Options.ts"
import type { Envelope, Write } from "../../../../src/core/raft/Output.ts"
import { Raft } from "../../../../src/core/raft/Raft.ts"
import * as Random from "../../../../src/core/Random.ts"
import type { PeerId } from "../../../../src/protocol/Ids.ts"
import { Disk } from "./Disk.ts"
import type { Oracle, Seen } from "./Oracle.ts"
import { Violation } from "./Violation.ts"

/** Outputs in a row that have more to apply. */
const takesMax = 1_000

export interface World {
  readonly oracle: () => Oracle
  readonly options: Options
  readonly chance: () => number
  readonly send: (from: PeerId, envelope: Envelope) => void
  readonly up: () => Iterable<Raft>
  readonly counts: Counts
}

/** What a schedule has brought about: a simulation in which something never happens shows nothing. */
export interface Counts {
  commits: number
  elections: number
  restarts: number
  lostWrites: number
  restores: number
  configurations: number
  reads: number
  lostReads: number
  truncations: number
  refusals: number
}

export class Machine {
  readonly disk: Disk
  raft: Raft | null = null
  private underWay: Array<Write> = []
  private applied = 0
  private state = 0
  private seen: Seen

  constructor(readonly id: PeerId, configuration: Configuration, private readonly world: World) {
    this.disk = new Disk(fresh(configuration))
    this.seen = { term: 0, commit: 0, leads: false, lastIndex: 0, lastTerm: 0, configuration }
  }

  get isUp(): boolean {
    return this.raft !== null
  }

  get appliedIndex(): number {
    return this.applied
  }

  get isWriting(): boolean {
    return this.underWay.length > 0
  }

  start(): void {
    if (this.raft !== null) return
    const { world } = this
    const { stored } = this.disk
    this.raft = new Raft(this.id, stored, Random.make(world.chance() * 0x100000000), world.options)
    this.applied = 0
    this.state = 0
    // It starts with no more than it had on disk.
    this.seen = {
      term: stored.hardState.term,
      commit: 0,
      leads: false,
      lastIndex: 0,
      lastTerm: 0,
      configuration: this.raft.configuration
    }
    this.settle()
  }

  /** Of what is under way some part, in order, may have come to the disk. */
  crash(): void {
    if (this.raft === null) return
    const kept = Math.floor(this.world.chance() * (this.underWay.length + 1))
    for (const write of this.underWay.slice(0, kept)) this.disk.apply(write)
    this.world.counts.lostWrites += this.underWay.length - kept
    this.underWay = []
    this.raft = null
  }

  /** The first so many writes are synced, together. */
  sync(count: number): void {
    if (this.raft === null || this.underWay.length === 0) return
    const done = this.underWay.splice(0, count)
    for (const write of done) this.disk.apply(write)
    for (const write of done) {
      for (const envelope of write.messages) this.world.send(this.id, envelope)
    }
    this.raft.persisted(done.at(-1)!.number)
    this.settle()
  }

  syncAll(): void {
    for (let round = 0; this.underWay.length > 0; round++) {
      if (round === takesMax) throw new Violation("loops end", `${this.id} has always something to write`)
      this.sync(this.underWay.length)
    }
  }

  compact(): void {
    const { raft } = this
    if (raft === null || this.applied === 0) return
    raft.compact(this.applied, new Uint8Array(new Int32Array([this.state]).buffer))
    this.settle()
  }

  /** Something was put in: does what the node wants done, and checks what it is by now. */
  settle(): void {
    const { raft, world } = this
    if (raft === null) return
    const oracle = world.oracle()
    this.check(raft, oracle)
    for (let takes = 0;; takes++) {
      if (takes === takesMax) throw new Violation("loops end", `${this.id} has always more to apply`)
      const { committed, messages, more, reads, restore, write } = raft.take()
      if (write !== null) {
        oracle.logged(raft, write)
        this.underWay.push(write)
      }
      for (const envelope of messages) world.send(this.id, envelope)
      if (restore !== null) {
        if (restore.index < this.applied) throw new Violation("states do not go back", `${this.id}: ${restore.index}`)
        if (!this.disk.holds(restore.index, restore.term)) {
          throw new Violation("what is applied is on the node's own disk", `${this.id}: ${restore.index}`)
        }
        world.counts.restores++
        this.applied = restore.index
        this.state = new Int32Array(restore.data.slice().buffer)[0]!
        oracle.restored(this.id, restore, this.state)
      }
      for (const entry of committed) {
        if (entry.index !== this.applied + 1) {
          throw new Violation("entries are applied once, in order", `${this.id}: ${entry.index} after ${this.applied}`)
        }
        if (!this.disk.holds(entry.index, entry.term)) {
          throw new Violation("what is applied is on the node's own disk", `${this.id}: ${entry.index}`)
        }
        this.applied++
        this.state = oracle.applied(this.id, this.state, entry)
        if (entry._tag === "configuration") world.counts.configurations++
        world.counts.commits++
      }
      for (const read of reads) {
        if (read._tag === "lost") world.counts.lostReads++
        else {
          world.counts.reads++
          oracle.answered(this.id, read.id, read.index)
        }
      }
      if (!more) break
    }
    this.check(raft, oracle)
  }

  private check(raft: Raft, oracle: Oracle): void {
    if (raft.lastIndex < this.seen.lastIndex || raft.termAt(this.seen.lastIndex) !== this.seen.lastTerm) {
      this.world.counts.truncations++
    }
    oracle.stepped(raft, this.seen, this.world.up())
  }
}
