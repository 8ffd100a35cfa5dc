/** A node's state, and the moves that its roles share. */
import type { PeerId } from "../../protocol/Ids.ts"
import { nextInt, type Random } from "../Random.ts"
import type { Stored } from "./Entry.ts"
import { Log } from "./Log.ts"
import type { Message } from "./Message.ts"
import type { Options } from "./Options.ts"
import type { Envelope, Read } from "./Output.ts"
import type { Progress } from "./Progress.ts"
import { Reads } from "./Reads.ts"
import { Writes } from "./Writes.ts"

export type Role = "follower" | "pre-candidate" | "candidate" | "leader"

/** What must be on disk before a message may go: nothing, the term that it tells, or all that the node knows. */
export type Needs = "nothing" | "term" | "all"

export class Core {
  role: Role = "follower"
  term: number
  vote: PeerId | null
  leader: PeerId | null = null
  /** All entries up to here are committed. */
  commit: number
  /** All entries up to here were handed out to be applied. */
  handed: number
  /** Ticks since a leader was heard of, votes were asked for, or, as leader, a majority was last counted. */
  electionElapsed = 0
  heartbeatElapsed = 0
  /** When a follower asks for votes, in ticks of `electionElapsed`. */
  electionTimeout = 0
  /** As (pre-)candidate: who has answered what. */
  readonly votes = new Map<PeerId, boolean>()
  /** Asks for votes by its leader's wish. */
  byTransfer = false
  /** As leader: by member, itself included. */
  readonly progress = new Map<PeerId, Progress>()
  /** As leader: of the first entry of its term. */
  termStart = 0
  transferee: PeerId | null = null
  uncommittedBytes = 0
  readonly reads: Reads
  readonly log: Log
  readonly writes: Writes
  /** To be sent at once. */
  messages: Array<Envelope> = []
  settledReads: Array<Read> = []
  /** A state machine's state that is to be handed out. */
  restoring = false

  constructor(readonly self: PeerId, readonly options: Options, stored: Stored, public random: Random) {
    this.log = new Log(stored)
    this.writes = new Writes(stored.hardState, this.log)
    this.reads = new Reads(options.readsMax)
    this.term = stored.hardState.term
    this.vote = stored.hardState.vote
    this.handed = stored.snapshot.index
    this.commit = Math.max(this.handed, Math.min(stored.hardState.commit, this.log.lastIndex))
    this.restoring = this.handed > 0
    this.resetTimers()
  }

  resetTimers(): void {
    this.electionElapsed = 0
    this.heartbeatElapsed = 0
    const [chance, next] = nextInt(this.random, this.options.electionTicks)
    this.random = next
    this.electionTimeout = this.options.electionTicks + chance
  }

  send(to: PeerId, message: Message, needs: Needs): void {
    const ready = needs === "nothing" || (needs === "term"
      ? this.writes.term >= message.term
      : this.writes.isSettled(this.log.lastIndex))
    if (ready) this.messages.push({ to, message })
    else this.writes.defer({ to, message })
  }

  /** A follower, in this term or a later one. What it did as leader or candidate is over. */
  becomeFollower(term: number, leader: PeerId | null): void {
    if (term > this.term) this.enter(term, null)
    for (const { from, id } of this.reads.drop()) if (from === null) this.settledReads.push({ _tag: "lost", id })
    this.role = "follower"
    this.leader = leader
    this.transferee = null
    this.votes.clear()
    this.progress.clear()
    this.resetTimers()
  }

  /** A term and the vote in it change together, and are on disk before anybody hears of it. */
  enter(term: number, vote: PeerId | null): void {
    this.term = term
    this.voteFor(vote)
  }

  voteFor(vote: PeerId | null): void {
    this.vote = vote
    this.writes.hardStateChanged()
  }

  commitTo(index: number): void {
    if (index <= this.commit) return
    if (index > this.log.lastIndex) {
      throw new Error(`commit index ${index} is beyond the log's end, ${this.log.lastIndex}`)
    }
    this.commit = index
  }
}
