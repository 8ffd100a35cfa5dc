/** The reads that this node asks the leader to confirm, many at a time (dissertation, 6.4). */
import { Effect } from "effect"
import type { Read } from "../../core/raft/Output.ts"
import { RaftLogError } from "../../services/RaftLog.ts"

/** So many questions may be under way; reads that come meanwhile share the next. */
const questionsMax = 8

export interface Waiting {
  readonly deadline: number
  /** Looks, and tells whoever waits; null: nobody does. */
  look: (() => void) | null
  readonly fail: (error: Effect.Effect<never, RaftLogError>) => void
}

interface Question {
  readonly reads: ReadonlyArray<Waiting>
  readonly askedAt: number
}

export class ReadWindow {
  private waiting: Array<Waiting> = []
  private readonly questions = new Map<number, Question>()
  private ready: Array<{ readonly index: number; readonly reads: ReadonlyArray<Waiting> }> = []
  private size = 0
  private tickNow = 0

  /** `firstId`: this node never used it, nor what follows. `askAgainTicks`: a question may be lost. */
  constructor(
    private nextId: number,
    private readonly options: {
      readonly waitingMax: number
      readonly timeoutTicks: number
      readonly askAgainTicks: number
    }
  ) {}

  /** Null: too many wait. */
  add(look: () => void, fail: Waiting["fail"]): Waiting | null {
    if (this.size >= this.options.waitingMax) return null
    const waiting: Waiting = { look, fail, deadline: this.tickNow + this.options.timeoutTicks }
    this.size++
    this.waiting.push(waiting)
    return waiting
  }

  cancel(waiting: Waiting): void {
    waiting.look = null
  }

  /** `ask`: whether the question is under way. */
  ask(ask: (id: number) => boolean): void {
    if (this.waiting.length === 0 || this.questions.size >= questionsMax) return
    const id = this.nextId++
    if (!ask(id)) return
    this.questions.set(id, { reads: this.waiting, askedAt: this.tickNow })
    this.waiting = []
  }

  settled(read: Read): void {
    const question = this.questions.get(read.id)
    if (question === undefined) return
    this.questions.delete(read.id)
    if (read._tag === "ready") this.ready.push({ index: read.index, reads: question.reads })
    else this.waiting = [...question.reads, ...this.waiting]
  }

  /** Whoever was asked need not answer any more. */
  askAgain(): void {
    const asked = [...this.questions.values()].flatMap(({ reads }) => reads)
    this.questions.clear()
    this.waiting = [...asked, ...this.waiting]
  }

  /** Everything up to `applied` is in the state: whoever waited for that looks now. */
  answer(applied: number): void {
    if (this.ready.length === 0) return
    const later = this.ready.filter(({ index }) => index > applied)
    for (const { index, reads } of this.ready) {
      if (index > applied) continue
      this.size -= reads.length
      for (const { look } of reads) look?.()
    }
    this.ready = later
  }

  tick(): void {
    this.tickNow++
    const [oldest] = this.questions.values()
    if (oldest !== undefined && this.tickNow - oldest.askedAt >= this.options.askAgainTicks) this.askAgain()
    const error = new RaftLogError({ reason: "unavailable", detail: "no leader confirmed the read in time" })
    this.waiting = this.kept(this.waiting, error)
    this.ready = this.ready.map(({ index, reads }) => ({ index, reads: this.kept(reads, error) }))
  }

  fail(error: RaftLogError): void {
    this.askAgain()
    const all = [...this.waiting, ...this.ready.flatMap(({ reads }) => reads)]
    for (const { fail, look } of all) if (look !== null) fail(Effect.fail(error))
    this.waiting = []
    this.ready = []
    this.size = 0
  }

  /** Without those whose time is up, or for which nobody waits. */
  private kept(reads: ReadonlyArray<Waiting>, error: RaftLogError): Array<Waiting> {
    return reads.filter(({ deadline, fail, look }) => {
      if (look !== null && deadline > this.tickNow) return true
      this.size--
      if (look !== null) fail(Effect.fail(error))
      return false
    })
  }
}
