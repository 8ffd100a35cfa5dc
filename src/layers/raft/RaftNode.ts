/**
 * One node's core and all that hangs on it, as plain synchronous code. Inputs go straight into the core; a turn takes
 * what they have brought, so that whatever came in between goes into one append and one write.
 */
import type { Change } from "../../core/raft/ConfigurationChange.ts"
import type { Stored } from "../../core/raft/Entry.ts"
import type { Envelope, Write } from "../../core/raft/Output.ts"
import { Raft } from "../../core/raft/Raft.ts"
import type { Random } from "../../core/Random.ts"
import type { PeerId } from "../../protocol/Ids.ts"
import { proposalsMax, type RaftMessage } from "../../protocol/Raft.ts"
import type { Leadership, RaftLogError } from "../../services/RaftLog.ts"
import type { StateMachineService } from "../../services/StateMachine.ts"
import { Applied, decodeState, type Notes } from "./Applied.ts"
import * as Command from "./Command.ts"
import { CommittedWindow } from "./CommittedWindow.ts"
import { Conditions } from "./Conditions.ts"
import { type Proposal, ProposalWindow } from "./ProposalWindow.ts"
import type { Options } from "./RaftLogOptions.ts"
import { fromWire, toWire } from "./RaftWire.ts"
import { ReadWindow } from "./ReadWindow.ts"
import { SnapshotReceiving, SnapshotSending } from "./SnapshotTransfer.ts"

/** The most changes of the membership, and the like, that wait at one node. */
const conditionsMax = 64
/** The most bytes of commands in one message to the leader. */
const forwardedBytesMax = 64 * 1024

/** Entries that are on their way soon enough. */
const lagMax = 256

/** What the node tells whoever runs it. */
export interface Owner {
  /** There is something for a turn. */
  readonly wake: () => void
  readonly leadership: (leadership: Leadership) => void
  /** 16 characters, never the same twice. */
  readonly makeNonce: () => string
  /** What leaders note in the log. */
  readonly notes?: Notes | undefined
  /** A turn is over: whatever there is to know of the node may have changed. */
  readonly turned?: (() => void) | undefined
}

export class RaftNode {
  readonly raft: Raft
  readonly proposals: ProposalWindow
  readonly reads: ReadWindow
  readonly committed: CommittedWindow
  readonly conditions = new Conditions(conditionsMax)
  readonly applied: Applied
  /** To be sent. */
  outgoing: Array<{ readonly to: PeerId; readonly message: RaftMessage }> = []
  /** To be written. */
  writes: Array<Write> = []
  private readonly linked = new Set<PeerId>()
  private readonly sending = new SnapshotSending((to, message) => this.outgoing.push({ to, message }))
  private readonly receiving = new SnapshotReceiving()
  /** Not to be sent again before the next tick: the leader has no room at the moment. */
  private declined: Array<number> = []
  private leadership: Leadership
  private lastSnapshot: number

  constructor(
    self: PeerId,
    stored: Stored,
    random: Random,
    firstReadId: number,
    machine: StateMachineService,
    private readonly options: Options,
    private readonly owner: Owner
  ) {
    this.raft = new Raft(self, stored, random, options.core)
    this.leadership = { term: this.raft.term, leader: null }
    this.lastSnapshot = stored.snapshot.index
    this.proposals = new ProposalWindow({ ...options, makeNonce: owner.makeNonce })
    this.reads = new ReadWindow(firstReadId, { ...options, askAgainTicks: 2 * options.core.electionTicks })
    this.committed = new CommittedWindow(options.committedMax, options.committedBytesMax)
    this.applied = new Applied(machine, options.sessions, this.proposals, this.committed, owner.notes)
  }

  tick(): void {
    this.raft.tick()
    this.proposals.tick()
    this.reads.tick()
    this.conditions.tick()
    if (this.declined.length > 0) {
      this.proposals.declined(this.declined)
      this.declined = []
    }
    this.owner.wake()
  }

  linkUp(peer: PeerId): void {
    this.linked.add(peer)
    this.owner.wake()
  }

  linkDown(peer: PeerId): void {
    this.linked.delete(peer)
    this.sending.forget(peer)
    this.receiving.forget(peer)
    this.raft.snapshotFailed(peer)
    // What was on its way to a leader may be lost, even if it leads on.
    if (this.raft.leader === peer) this.sendAgain()
    this.raft.linkEnded(peer)
    this.owner.wake()
  }

  /** Another connection to the same process: what was on its way may be lost. */
  linkRenewed(peer: PeerId): void {
    if (this.raft.leader === peer) this.sendAgain()
    this.owner.wake()
  }

  /** Null, or what is wrong with it. */
  receive(from: PeerId, message: RaftMessage): string | null {
    this.owner.wake()
    switch (message._tag) {
      case "snapshot-part": {
        const { received, whole } = this.receiving.take(from, message)
        this.outgoing.push({
          to: from,
          message: { _tag: "snapshot-received", index: message.index, of: message.of, received }
        })
        if (whole === null) return null
        if (decodeState(whole.snapshot.data) === null) return "a snapshot that is none"
        this.raft.receive(from, whole)
        return null
      }
      case "snapshot-received":
        this.sending.received(from, message.index, message.of, message.received)
        return null
      case "proposals":
        return this.proposed(from, message.commands)
      case "declined":
        if (this.declined.length + message.numbers.length <= this.options.windowMax + 1) {
          this.declined.push(...message.numbers)
        }
        return null
      default:
        this.raft.receive(from, fromWire(message))
        return null
    }
  }

  persisted(number: number): void {
    this.raft.persisted(number)
    this.owner.wake()
  }

  post({ message, to }: Envelope): void {
    if (message._tag !== "snapshot") this.outgoing.push({ to, message: toWire(message) })
    else if (this.linked.has(to)) this.sending.begin(to, message)
    else this.raft.snapshotFailed(to)
  }

  fail(error: RaftLogError): void {
    this.proposals.fail(error)
    this.reads.fail(error)
    this.conditions.fail(error)
    this.committed.end(error)
  }

  /** Afterwards `outgoing` and `writes` are what is to be done. */
  turn(): void {
    const { applied, raft, reads } = this
    this.followLeadership()
    this.propose()
    reads.ask((id) => raft.read(id)._tag === "accepted")
    const output = raft.take()
    if (output.write !== null) this.writes.push(output.write)
    for (const envelope of output.messages) this.post(envelope)
    if (output.restore !== null) {
      applied.restore(output.restore)
      this.lastSnapshot = output.restore.index
    }
    for (const entry of output.committed) applied.apply(entry)
    for (const read of output.reads) reads.settled(read)
    reads.answer(applied.index)
    this.committed.flush()
    this.compact()
    this.conditions.look()
    this.followLeadership()
    if (output.more) this.owner.wake()
    this.owner.turned?.()
  }

  /** At the leader: one member more or less. False: it cannot now. */
  change(change: Change): boolean {
    const changed = this.raft.change({ _tag: "simple", changes: [change] })._tag === "accepted"
    if (changed) this.owner.wake()
    return changed
  }

  /** Asks for votes now. */
  campaign(): void {
    this.raft.campaign()
    this.owner.wake()
  }

  /** At the leader: whether a follower's log is so near to this one's that it has all of it soon. */
  hasCaughtUp(peer: PeerId): boolean {
    const follower = this.raft.followers.get(peer)
    return follower?.mode === "replicate" && follower.match + lagMax >= this.raft.lastIndex
  }

  /** At the leader: puts this in its log, for the `notes` of all nodes. False: it cannot now. */
  note(body: Uint8Array): boolean {
    const noted = this.raft.propose(Command.note(body))._tag === "accepted"
    if (noted) this.owner.wake()
    return noted
  }

  private followLeadership(): void {
    const { leader, term } = this.raft
    if (leader === this.leadership.leader && term === this.leadership.term) return
    this.leadership = { term, leader }
    this.owner.leadership(this.leadership)
    if (leader !== this.raft.self) this.sending.clear()
    this.sendAgain()
    this.owner.wake()
  }

  private sendAgain(): void {
    this.declined = []
    this.proposals.sendAllAgain()
    this.reads.askAgain()
  }

  private propose(): void {
    const { leader, self } = this.raft
    if (leader === null) return
    const proposals = this.proposals.next()
    if (proposals.length === 0) return
    if (leader !== self) return this.forward(leader, proposals)
    let accepted = 0
    while (accepted < proposals.length && this.raft.propose(proposals[accepted]!.bytes)._tag === "accepted") accepted++
    this.proposals.sent(accepted)
  }

  private forward(leader: PeerId, proposals: ReadonlyArray<Proposal>): void {
    if (!this.linked.has(leader)) return
    let commands: Array<Uint8Array> = []
    let bytes = 0
    for (const proposal of proposals) {
      commands.push(proposal.bytes)
      bytes += proposal.bytes.length
      if (commands.length < proposalsMax && bytes < forwardedBytesMax && proposal !== proposals.at(-1)) continue
      this.outgoing.push({ to: leader, message: { _tag: "proposals", commands } })
      commands = []
      bytes = 0
    }
    this.proposals.sent(proposals.length)
  }

  /** A peer's commands. */
  private proposed(from: PeerId, commands: ReadonlyArray<Uint8Array>): string | null {
    const numbers: Array<number> = []
    for (const bytes of commands) {
      const command = Command.parse(bytes)
      if (command === null || command._tag === "note") return "a proposal that is none"
      if (this.raft.propose(bytes)._tag === "accepted") continue
      numbers.push(command._tag === "open" ? 0 : command.number)
    }
    if (numbers.length > 0) this.outgoing.push({ to: from, message: { _tag: "declined", numbers } })
    return null
  }

  private compact(): void {
    const { applied, options, raft } = this
    const { bytes, index } = applied
    if (index - this.lastSnapshot < options.snapshotEvery && bytes < options.snapshotEveryBytes) return
    raft.compact(index, applied.snapshot())
    this.lastSnapshot = index
    this.owner.wake()
  }
}
