/**
 * The commands that this node proposes: queued, numbered in this node's session, sent to whoever leads, and sent again
 * until the node itself has applied them. Commands of which nobody waits for the result any more are sent again, too:
 * the window goes on only when it is known what became of them.
 */
import { Effect } from "effect"
import type { Plain } from "../../core/raft/Sessions.ts"
import { RaftLogError } from "../../services/RaftLog.ts"
import * as Command from "./Command.ts"

type Resume = (result: Effect.Effect<Uint8Array, RaftLogError>) => void

/** A command that waits for its turn, or for its result. */
export interface Waiting {
  readonly command: Uint8Array
  readonly deadline: number
  /** Null: nobody waits for it. */
  resume: Resume | null
}

/** What is to be in the log. `number` 0: what opens the session. */
export interface Proposal {
  readonly number: number
  readonly bytes: Uint8Array
  readonly waiting: Waiting | null
  /** How often it may have come to a leader. */
  sends: number
  sentAt: number
}

const failure = (reason: RaftLogError["reason"], detail: string) => Effect.fail(new RaftLogError({ reason, detail }))

const sessionLost = failure("unknown-outcome", "this node's session was forgotten while the command was under way")

export class ProposalWindow {
  private readonly queue = new Set<Waiting>()
  private readonly outstanding = new Map<number, Proposal>()
  private unsent: Array<Proposal> = []
  private session: number | null = null
  private nonce: string | null = null
  private number = 0
  private acknowledged = 0
  private tickNow = 0

  /** `makeNonce`: 16 characters, never the same twice. `resendTicks`: what has no result for so long is sent again. */
  constructor(
    private readonly options: {
      readonly waitingMax: number
      readonly windowMax: number
      readonly timeoutTicks: number
      readonly resendTicks: number
      readonly makeNonce: () => string
    }
  ) {}

  /** Null: too many wait. */
  add(command: Uint8Array, resume: Resume): Waiting | null {
    if (this.queue.size >= this.options.waitingMax) return null
    const waiting: Waiting = { command, resume, deadline: this.tickNow + this.options.timeoutTicks }
    this.queue.add(waiting)
    return waiting
  }

  /** Nobody waits for it any more. */
  cancel(waiting: Waiting): void {
    waiting.resume = null
    this.queue.delete(waiting)
  }

  /** What is to be sent now, in order. */
  next(): ReadonlyArray<Proposal> {
    if (this.session === null) {
      if (this.nonce === null && this.queue.size > 0) {
        this.nonce = this.options.makeNonce()
        this.enter({ number: 0, bytes: Command.open(this.nonce), waiting: null, sends: 0, sentAt: 0 })
      }
      return this.unsent
    }
    for (const waiting of this.queue) {
      if (this.number - this.acknowledged >= this.options.windowMax) break
      this.queue.delete(waiting)
      const number = ++this.number
      const bytes = Command.numbered(this.session, number, this.acknowledged, waiting.command)
      this.enter({ number, bytes, waiting, sends: 0, sentAt: 0 })
    }
    return this.unsent
  }

  /** The first so many of `next` are on their way. */
  sent(count: number): void {
    for (const proposal of this.unsent.splice(0, count)) {
      proposal.sends++
      proposal.sentAt = this.tickNow
    }
  }

  /** Whoever had them need not have them any more. */
  sendAllAgain(): void {
    this.unsent = [...this.outstanding.values()]
  }

  /** They did not get into a leader's log. */
  declined(numbers: ReadonlyArray<number>): void {
    for (const number of numbers) {
      const proposal = this.outstanding.get(number)
      if (proposal === undefined || this.unsent.includes(proposal)) continue
      proposal.sends--
      this.unsent.push(proposal)
    }
  }

  tick(): void {
    const now = ++this.tickNow
    for (const waiting of this.queue) {
      if (waiting.deadline > now) break
      this.queue.delete(waiting)
      waiting.resume?.(failure("unavailable", "no leader took the command in time"))
    }
    let late = false
    for (const { sends, sentAt, waiting } of this.outstanding.values()) {
      if (sends > 0 && now - sentAt >= this.options.resendTicks) late = true
      if (waiting === null || waiting.resume === null || waiting.deadline > now) continue
      waiting.resume(failure("unknown-outcome", "the command's result did not come in time; it may take effect yet"))
      waiting.resume = null
    }
    if (late) this.sendAllAgain()
  }

  // ---------------------------------------------------------------------------------------------- what was applied

  opened(nonce: string, session: number): void {
    if (nonce !== this.nonce) return
    this.nonce = null
    this.session = session
    this.number = 0
    this.acknowledged = 0
    this.leave(0)
  }

  settled(session: number, number: number, result: Uint8Array): void {
    if (session !== this.session) return
    const proposal = this.outstanding.get(number)
    if (proposal === undefined) return
    this.leave(number)
    while (this.acknowledged < this.number && !this.outstanding.has(this.acknowledged + 1)) this.acknowledged++
    proposal.waiting?.resume?.(Effect.succeed(result))
  }

  /** The session is forgotten. What was sent once only was not applied, and goes into the next. */
  unknownSession(session: number): void {
    if (session === this.session) this.lose(({ sends }) => sends <= 1)
  }

  /** What the snapshot's state tells of this session: what was applied before it was not told. */
  restored(sessions: Plain<Uint8Array>): void {
    if (this.session === null) return
    const own = sessions.find(([id]) => id === String(this.session))
    if (own === undefined) return this.lose(({ sends }) => sends === 0)
    for (const [number, result] of own[2]) this.settled(this.session, number, result)
  }

  /** Nothing will come of anything any more. */
  fail(error: RaftLogError): void {
    for (const waiting of this.queue) waiting.resume?.(Effect.fail(error))
    for (const { waiting } of this.outstanding.values()) waiting?.resume?.(Effect.fail(error))
    this.queue.clear()
    this.outstanding.clear()
    this.unsent = []
  }

  private enter(proposal: Proposal): void {
    this.outstanding.set(proposal.number, proposal)
    this.unsent.push(proposal)
  }

  private leave(number: number): void {
    const proposal = this.outstanding.get(number)
    this.outstanding.delete(number)
    if (this.unsent.length > 0) this.unsent = this.unsent.filter((one) => one !== proposal)
  }

  private lose(isWithoutEffect: (proposal: Proposal) => boolean): void {
    const later = [...this.queue]
    this.queue.clear()
    for (const proposal of this.outstanding.values()) {
      const { waiting } = proposal
      if (waiting === null || waiting.resume === null) continue
      if (isWithoutEffect(proposal)) this.queue.add(waiting)
      else waiting.resume(sessionLost)
    }
    for (const waiting of later) this.queue.add(waiting)
    this.outstanding.clear()
    this.unsent = []
    this.session = null
  }
}
