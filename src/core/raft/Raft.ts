/**
 * One node of a Raft cluster, sans I/O: ticks, messages, proposals and reads in, and what is to be written, sent,
 * applied and answered out. Deterministic: the same calls give the same outputs. The algorithm is that of Ongaro &
 * Ousterhout, "In Search of an Understandable Consensus Algorithm", and of Ongaro's dissertation, "Consensus: Bridging
 * Theory and Practice".
 *
 * The owner calls any of the methods, as often as it likes, and then `take`: the more inputs before it, the more one
 * write and one append carry. It puts `write` on disk, sends the messages of `write` after that and calls `persisted`;
 * all else of an output it does at once. What it forgets to do in a crash does no harm, as long as writes are kept or
 * lost in order.
 */
import type { PeerId } from "../../protocol/Ids.ts"
import type { Random } from "../Random.ts"
import { type Configuration, isVoter } from "./Configuration.ts"
import type { ChangeRefusal, ChangeRequest } from "./ConfigurationChange.ts"
import { Core, type Role } from "./Core.ts"
import * as Election from "./Election.ts"
import type { Stored } from "./Entry.ts"
import * as Leader from "./Leader.ts"
import type { Message } from "./Message.ts"
import { defaults, type Options } from "./Options.ts"
import type { Output } from "./Output.ts"
import type { Progress } from "./Progress.ts"
import { receive } from "./Receive.ts"
import { replicate } from "./Replication.ts"

export type Refusal =
  | { readonly reason: "not-leader"; readonly leader: PeerId | null }
  /** Leadership is being handed over. */
  | { readonly reason: "transferring" }
  | { readonly reason: "too-large" }
  /** Too much is not committed yet, or not compacted. */
  | { readonly reason: "uncommitted-full" | "log-full" }
  | { readonly reason: "too-many-reads" }
  /** A new leader changes no configuration before it has committed an entry of its term. */
  | { readonly reason: "not-established" }
  /** The configuration before is not committed. */
  | { readonly reason: "change-pending" }
  | { readonly reason: ChangeRefusal }
  | { readonly reason: "not-voter" }

export type Proposed =
  /** In the leader's log. Committed when an entry with this index and term is; never, when one with another term is. */
  | { readonly _tag: "accepted"; readonly index: number; readonly term: number }
  | Refusal & { readonly _tag: "refused" }

export type Asked = { readonly _tag: "accepted" } | Refusal & { readonly _tag: "refused" }

export type Follower = Readonly<Pick<Progress, "mode" | "match" | "next" | "active">>

const accepted: Asked = { _tag: "accepted" }
const refused = <R extends Refusal>(refusal: R): R & { readonly _tag: "refused" } => ({ _tag: "refused", ...refusal })
const none: ReadonlyArray<never> = []

export class Raft {
  private readonly core: Core

  /** `stored`: `fresh`, or what the last life left on disk. `random`: for time-outs, another for each node. */
  constructor(self: PeerId, stored: Stored, random: Random, options: Options = defaults) {
    this.core = new Core(self, options, stored, random)
  }

  get self(): PeerId {
    return this.core.self
  }

  get role(): Role {
    return this.core.role
  }

  get term(): number {
    return this.core.term
  }

  /** Whom this node follows, itself if it leads. */
  get leader(): PeerId | null {
    return this.core.leader
  }

  get commit(): number {
    return this.core.commit
  }

  get firstIndex(): number {
    return this.core.log.firstIndex
  }

  get lastIndex(): number {
    return this.core.log.lastIndex
  }

  /** The newest one in its log. */
  get configuration(): Configuration {
    return this.core.log.configuration
  }

  /** Of the entry that it stands in; committed once `commit` is as far. */
  get configurationIndex(): number {
    return this.core.log.configurationIndex
  }

  /** As leader: an entry of its own term is committed, and with it all that any leader before it committed (5.4.2). */
  get isEstablished(): boolean {
    return this.core.role === "leader" && Leader.isEstablished(this.core)
  }

  /** Undefined where the entry is not there yet, or no more. */
  termAt(index: number): number | undefined {
    return this.core.log.term(index)
  }

  /** As leader: what is known of each member, itself included. */
  get followers(): ReadonlyMap<PeerId, Follower> {
    return this.core.progress
  }

  // ------------------------------------------------------------------------------------------------------- inputs

  /** Time passes: by how much is for the owner to say, the same on all nodes. */
  tick(): void {
    if (this.core.role === "leader") Leader.tick(this.core)
    else Election.tick(this.core)
  }

  receive(from: PeerId, message: Message): void {
    receive(this.core, from, message)
  }

  /** The write with this number, and all before it, are on disk. */
  persisted(number: number): void {
    this.core.writes.done(number)
    Election.onPersisted(this.core)
    if (this.core.role === "leader") Leader.onPersisted(this.core)
  }

  /** Nothing that was sent to this peer lately need have arrived. A follower of it asks for votes at once. */
  linkEnded(peer: PeerId): void {
    const { core } = this
    if (core.leader === peer && peer !== core.self) Election.preCampaign(core)
    const progress = core.progress.get(peer)
    if (progress === undefined) return
    progress.probe()
    progress.active = false
    progress.paused = true
  }

  /** Asks for votes now, as if its time were out. */
  campaign(): void {
    if (this.core.role !== "leader") Election.preCampaign(this.core)
  }

  /** A command for the state machine. The bytes must not change any more. */
  propose(data: Uint8Array): Proposed {
    const { core } = this
    const { log, options, role, term } = core
    if (role !== "leader") return refused({ reason: "not-leader", leader: core.leader })
    if (core.transferee !== null) return refused({ reason: "transferring" })
    if (data.length > options.commandBytesMax) return refused({ reason: "too-large" })
    if (core.uncommittedBytes + data.length > options.uncommittedBytesMax) {
      return refused({ reason: "uncommitted-full" })
    }
    if (this.isLogFull) return refused({ reason: "log-full" })
    const index = log.lastIndex + 1
    Leader.append(core, { _tag: "command", index, term, data })
    return { _tag: "accepted", index, term }
  }

  /** Another configuration, by the rules of section 6 and of the dissertation's 4.1, as corrected later. */
  change(request: ChangeRequest): Proposed {
    const { core } = this
    if (core.role !== "leader") return refused({ reason: "not-leader", leader: core.leader })
    if (core.transferee !== null) return refused({ reason: "transferring" })
    if (!Leader.isEstablished(core)) return refused({ reason: "not-established" })
    if (core.log.configurationIndex > core.commit) return refused({ reason: "change-pending" })
    if (this.isLogFull) return refused({ reason: "log-full" })
    const reason = Leader.configure(core, request)
    return reason === null
      ? { _tag: "accepted", index: core.log.lastIndex, term: core.term }
      : refused({ reason })
  }

  /**
   * A linearizable read (6.4): `Output.reads` tells from which index on the state machine may answer it. On a follower
   * question and answer may be lost. `id`: one that this node never uses again, across restarts too.
   */
  read(id: number): Asked {
    const { core } = this
    if (core.role === "leader") {
      return core.reads.ask({ from: null, id }) ? accepted : refused({ reason: "too-many-reads" })
    }
    if (core.leader === null) return refused({ reason: "not-leader", leader: null })
    core.send(core.leader, { _tag: "read", term: core.term, id }, "term")
    return accepted
  }

  /** Hands leadership over to a voter (3.10). Until then, or an election time-out, nothing can be proposed. */
  transfer(to: PeerId): Asked {
    const { core } = this
    if (core.role !== "leader") return refused({ reason: "not-leader", leader: core.leader })
    if (to === core.self || !isVoter(core.log.configuration, to)) return refused({ reason: "not-voter" })
    if (core.transferee !== null) return refused({ reason: "transferring" })
    core.transferee = to
    core.electionElapsed = 0
    Leader.settleTransfer(core, to)
    return accepted
  }

  /** The state machine's state, with everything up to `index` applied, takes those entries' place (section 7). */
  compact(index: number, data: Uint8Array): void {
    const { core } = this
    if (index <= core.log.snapshot.index) return
    if (index > core.handed) throw new Error(`entry ${index} was not applied, but up to ${core.handed}`)
    core.writes.compacted(core.log.compact(index, data, core.options.trailingEntries))
  }

  /** The snapshot for this follower could not be sent. */
  snapshotFailed(to: PeerId): void {
    const progress = this.core.progress.get(to)
    if (progress?.mode !== "snapshot") return
    progress.probe()
    progress.paused = true
  }

  // ------------------------------------------------------------------------------------------------------- output

  /** What all inputs since the last time have brought. */
  take(): Output {
    const { core } = this
    if (core.role === "leader") {
      Leader.beginReads(core)
      replicate(core)
    }
    const { commit, messages, settledReads, term, vote } = core
    const write = core.writes.take({ term, vote, commit }, core.log)
    if (messages.length > 0) core.messages = []
    if (settledReads.length > 0) core.settledReads = []
    const restore = this.takeRestored()
    const until = core.restoring ? core.handed : Math.min(core.commit, core.writes.lastIndex)
    const committed = until > core.handed
      ? core.log.slice(core.handed + 1, core.options.committedEntriesMax, core.options.committedBytesMax, until)
      : none
    core.handed += committed.length
    return { write, messages, restore, committed, reads: settledReads, more: core.handed < until }
  }

  private takeRestored(): Output["restore"] {
    const { core } = this
    const { snapshot } = core.log
    if (!core.restoring || core.writes.snapshotIndex < snapshot.index) return null
    core.restoring = false
    core.handed = snapshot.index
    return snapshot
  }

  private get isLogFull(): boolean {
    const { log, options } = this.core
    return log.lastIndex + 1 - log.firstIndex >= options.logEntriesMax
  }
}
