/**
 * A replicated log by Raft (Ongaro & Ousterhout, "In Search of an Understandable Consensus Algorithm"; Ongaro's
 * dissertation): commands in one order, on all members, as long as a majority of the voters is there.
 */
import { Context, Data, type Effect, type Stream } from "effect"
import type { PeerId } from "../protocol/Ids.ts"

/**
 * Without effect, now and later:
 * - `too-large`: the command has more bytes than `RaftLog` takes;
 * - `busy`: too much waits here already; later it may go;
 * - `unavailable`: there was no leader, or none that took it, in time;
 * - `not-leader`: only the leader can do this; `leader` is who that is, as far as known;
 * - `refused`: the membership does not allow it; `detail` says why.
 *
 * `unknown-outcome`: it may have taken effect, or do so yet. `compacted`: the entries asked for are gone, and stand in
 * the state only. `stopped`: this node's storage failed, or it is being closed; what was under way is as with
 * `unknown-outcome`.
 */
export class RaftLogError extends Data.TaggedError("RaftLogError")<{
  readonly reason:
    | "too-large"
    | "busy"
    | "unavailable"
    | "not-leader"
    | "refused"
    | "unknown-outcome"
    | "compacted"
    | "stopped"
  readonly detail: string
  readonly leader?: PeerId | null
}> {}

/** What has happened to the state machine. Indices grow, and have gaps: not all entries are commands. */
export type Committed =
  | { readonly _tag: "command"; readonly index: number; readonly command: Uint8Array; readonly result: Uint8Array }
  /** A snapshot took the place of all commands up to `index` that were not told before. */
  | { readonly _tag: "snapshot"; readonly index: number }

export interface Leadership {
  readonly term: number
  /** Null: none is known. */
  readonly leader: PeerId | null
}

export interface Members {
  /** Whose majority decides; while they change, the old ones are among them. */
  readonly voters: ReadonlyArray<PeerId>
  /** They get the log and have no vote. */
  readonly learners: ReadonlyArray<PeerId>
}

export interface RaftLogService {
  /**
   * Has a command carried out exactly once, whichever member this node is and whoever leads meanwhile, and gives its
   * result once this node has applied it (dissertation, 6.3). Commands that are proposed at the same time take effect in
   * any order. At most 32 KiB; so many wait at most as the layer says. Interrupted, it may take effect nevertheless.
   */
  readonly propose: (command: Uint8Array) => Effect.Effect<Uint8Array, RaftLogError>
  /**
   * What is committed, in order, none missing, each command once however often it is in the log; from the first one with
   * at least this index on, and then as it comes. Fails with `compacted` when what comes next is not kept any more: a
   * reader may lag by as much as the layer says.
   */
  readonly committed: (from: number) => Stream.Stream<Committed, RaftLogError>
  /**
   * Looks at the state machine at a moment when it has applied all that was committed anywhere when this was called
   * (linearizable: dissertation, 6.4, by ReadIndex, at any member). `look` must be quick, and must not change anything.
   */
  readonly read: <A>(look: () => A) => Effect.Effect<A, RaftLogError>
  /** As this node's log has it, committed or not. */
  readonly members: Effect.Effect<Members>
  /**
   * At the leader: adds a voter. It learns the log first, and votes when it has what the leader has (dissertation, 4.2.1).
   * One that is there already changes nothing. Left half done it is a learner: the same call goes on with it.
   */
  readonly addMember: (peer: PeerId) => Effect.Effect<void, RaftLogError>
  /** At the leader: removes a voter or learner. A leader may remove itself, and leads no more after that. */
  readonly removeMember: (peer: PeerId) => Effect.Effect<void, RaftLogError>
  /** At the leader: hands leadership over to this voter. Returns when it leads, as far as this node knows. */
  readonly transfer: (to: PeerId) => Effect.Effect<void, RaftLogError>
  /** Whom this node follows; itself, if it leads. */
  readonly leader: Effect.Effect<PeerId | null>
  /** Starts with what is so, then tells changes, in order; who lags misses the oldest. */
  readonly changes: Stream.Stream<Leadership>
  /** Up to which index this node has applied the log. */
  readonly applied: Effect.Effect<number>
  /** At the leader: how many entries each other member is not known to hold yet. Empty elsewhere. */
  readonly lag: Effect.Effect<ReadonlyMap<PeerId, number>>
}

export class RaftLog extends Context.Tag("hostless/RaftLog")<RaftLog, RaftLogService>() {}
