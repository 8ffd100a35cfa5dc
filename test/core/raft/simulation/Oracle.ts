/**
 * What must hold after every step, whatever befalls the nodes (Raft paper, figure 3; dissertation, 6.4). It sees all
 * nodes at once, as none of them can.
 */
import type { Configuration } from "../../../../src/core/raft/Configuration.ts"
import type { Entry, Snapshot } from "../../../../src/core/raft/Entry.ts"
import type { Message } from "../../../../src/core/raft/Message.ts"
import type { Write } from "../../../../src/core/raft/Output.ts"
import { verdict } from "../../../../src/core/raft/Quorum.ts"
import type { Raft } from "../../../../src/core/raft/Raft.ts"
import type { PeerId } from "../../../../src/protocol/Ids.ts"
import type { Disk } from "./Disk.ts"
import { Violation } from "./Violation.ts"

/** What a node was after its last step. */
export interface Seen {
  term: number
  commit: number
  leads: boolean
  lastIndex: number
  lastTerm: number
  configuration: Configuration
}

/** What an entry does to a state, in one number. */
export const fold = (hash: number, entry: Entry): number =>
  (Math.imul(hash ^ entry.index, 0x01000193) + Math.imul(entry.term, 0x9e3779b1)) | 0

interface Known {
  readonly entry: Entry
  readonly prevTerm: number
}

export class Oracle {
  /** The highest index that was ever committed. */
  committed = 0
  /** Of each index: the term of the committed entry, and of the leader that committed it. */
  private readonly terms: Array<number> = [0]
  private readonly committedIn: Array<number> = [0]
  /** The state after each index. */
  private readonly states: Array<number> = [0]
  /** All entries that ever were in a log, by index and term. */
  private readonly known: Array<Map<number, Known>> = []
  private readonly leaders = new Map<number, PeerId>()
  private readonly votes = new Map<string, PeerId>()
  private readonly reads = new Map<number, number>()

  constructor(private readonly disks: ReadonlyMap<PeerId, Disk>) {}

  /** How many nodes have led. */
  get elections(): number {
    return this.leaders.size
  }

  /** A node has made a step. `others` are up. */
  stepped(raft: Raft, seen: Seen, others: Iterable<Raft>): void {
    const { commit, term } = raft
    if (term < seen.term) throw new Violation("terms do not fall", `${raft.self}: ${seen.term}, then ${term}`)
    if (commit < seen.commit) throw new Violation("commit indexes do not fall", `${raft.self}: ${commit}`)
    if (commit > this.committed) this.commits(raft, seen, others)
    else if (commit > seen.commit) this.checkHas(raft, commit, "state machine safety")
    const leads = raft.role === "leader"
    if (leads && seen.leads && term === seen.term) {
      if (raft.termAt(seen.lastIndex) !== seen.lastTerm) {
        throw new Violation("leaders only append", `${raft.self} in term ${term}: ${seen.lastIndex}`)
      }
    } else if (leads) this.leads(raft)
    seen.term = term
    seen.commit = commit
    seen.leads = leads
    seen.lastIndex = raft.lastIndex
    seen.lastTerm = raft.termAt(raft.lastIndex)!
    seen.configuration = raft.configuration
  }

  private leads(raft: Raft): void {
    const { self, term } = raft
    const other = this.leaders.get(term)
    if (other !== undefined) throw new Violation("election safety", `${other} and ${self} lead in term ${term}`)
    this.leaders.set(term, self)
    // With log matching the last says all. What a later leader has committed already is not for this one to have.
    let index = this.committed
    while (index > 0 && this.committedIn[index]! >= term) index--
    this.checkHas(raft, index, "leader completeness")
  }

  private commits(raft: Raft, seen: Seen, others: Iterable<Raft>): void {
    const { commit } = raft
    const term = raft.termAt(commit)!
    const held = ({ configuration }: Pick<Raft, "configuration">): boolean =>
      verdict(configuration, (voter) => this.disks.get(voter)!.holds(commit, term)) === "won"
    // As soon as a joint configuration is committed, its leader may be in the next.
    if (!held(raft) && !held(seen)) {
      throw new Violation("what is committed is on a majority's disks", `${raft.self}: ${commit} of term ${term}`)
    }
    while (this.committed < commit) {
      const index = ++this.committed
      this.terms.push(raft.termAt(index)!)
      this.committedIn.push(seen.term)
    }
    for (const other of others) {
      if (other.role === "leader" && other.term > seen.term) this.checkHas(other, commit, "leader completeness")
    }
  }

  private checkHas(raft: Raft, index: number, promise: string): void {
    if (index < raft.firstIndex - 1 || raft.termAt(index) === this.terms[index]) return
    throw new Violation(
      promise,
      `${raft.self} in term ${raft.term} has at ${index} term ${raft.termAt(index)}, not ${this.terms[index]}`
    )
  }

  /** What a node is about to write was in its log. */
  logged(raft: Raft, { entries }: Write): void {
    let prevTerm = entries.length === 0 ? 0 : raft.termAt(entries[0]!.index - 1)!
    for (const entry of entries) {
      const { index, term } = entry
      const at = this.known[index] ??= new Map()
      const known = at.get(term)
      if (known === undefined) at.set(term, { entry, prevTerm })
      else if (known.entry !== entry || known.prevTerm !== prevTerm) {
        throw new Violation("log matching", `${raft.self}: another entry ${index} of term ${term}`)
      }
      prevTerm = term
    }
  }

  sent(from: PeerId, to: PeerId, message: Message): void {
    if (message._tag === "vote") this.voted(from, message.term, from)
    else if (message._tag === "vote-answer" && message.granted) this.voted(from, message.term, to)
  }

  private voted(voter: PeerId, term: number, candidate: PeerId): void {
    const key = `${voter}${term}`
    const before = this.votes.get(key) ?? candidate
    if (before !== candidate) throw new Violation("one vote per term", `${voter}, ${term}: ${before} and ${candidate}`)
    this.votes.set(key, candidate)
  }

  /** A state machine applies an entry. Gives its new state. */
  applied(node: PeerId, state: number, entry: Entry): number {
    const { index, term } = entry
    if (index > this.committed || this.terms[index] !== term) {
      throw new Violation("state machine safety", `${node} applies ${index} of term ${term}, not ${this.terms[index]}`)
    }
    const next = fold(state, entry)
    this.states[index] ??= next
    if (this.states[index] !== next) throw new Violation("state machine safety", `${node}: another state at ${index}`)
    return next
  }

  restored(node: PeerId, { index }: Snapshot, state: number): void {
    if (this.states[index] !== state) {
      throw new Violation("state machine safety", `${node}: another snapshot at ${index}`)
    }
  }

  asked(read: number): void {
    this.reads.set(read, this.committed)
  }

  answered(node: PeerId, read: number, index: number): void {
    const needed = this.reads.get(read)!
    if (index < needed) throw new Violation("reads are linearizable", `${node}: ${index}, when ${needed} was committed`)
  }
}
