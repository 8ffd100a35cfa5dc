/** What nodes tell each other, as plain data. `term` is the sender's own unless stated otherwise. */
import type { Entry, Snapshot } from "./Entry.ts"

export type Message =
  /** Would you vote for me? `term`: the one after the sender's, which it does not enter before it may win (9.6). */
  | { readonly _tag: "pre-vote"; readonly term: number; readonly lastIndex: number; readonly lastTerm: number }
  /** Granted: `term` is that of the request. */
  | { readonly _tag: "pre-vote-answer"; readonly term: number; readonly granted: boolean }
  /**
   * Raft paper, 5.2. `transfer`: the leader itself wants it so, and no node need wait for the leader's silence (4.2.3).
   */
  | {
    readonly _tag: "vote"
    readonly term: number
    readonly lastIndex: number
    readonly lastTerm: number
    readonly transfer: boolean
  }
  | { readonly _tag: "vote-answer"; readonly term: number; readonly granted: boolean }
  /** Raft paper, 5.3. The entries follow on `prevIndex` without gaps. */
  | {
    readonly _tag: "append"
    readonly term: number
    readonly prevIndex: number
    readonly prevTerm: number
    readonly entries: ReadonlyArray<Entry>
    readonly commit: number
  }
  /** The sender has the leader's log up to `match`, on its disk. */
  | { readonly _tag: "append-accepted"; readonly term: number; readonly match: number }
  /**
   * The sender lacks the entry at `prevIndex`, or has another one. Below or at `hintIndex`, of whose entry `hintTerm`
   * is the term, the logs may agree; above, they cannot.
   */
  | {
    readonly _tag: "append-rejected"
    readonly term: number
    readonly prevIndex: number
    readonly hintIndex: number
    readonly hintTerm: number
  }
  /** `round`: the newest round of reads that wait to hear that the sender still leads (6.4). */
  | { readonly _tag: "heartbeat"; readonly term: number; readonly commit: number; readonly round: number }
  | { readonly _tag: "heartbeat-answer"; readonly term: number; readonly round: number }
  /** In place of entries that the leader has no more (section 7). */
  | { readonly _tag: "snapshot"; readonly term: number; readonly snapshot: Snapshot }
  /** To a leader of an older term. */
  | { readonly _tag: "outdated"; readonly term: number }
  /** Be a candidate at once (3.10). */
  | { readonly _tag: "time-out-now"; readonly term: number }
  /** A follower's read: up to which index must it have applied (6.4)? */
  | { readonly _tag: "read"; readonly term: number; readonly id: number }
  | { readonly _tag: "read-answer"; readonly term: number; readonly id: number; readonly index: number }

export type MessageOf<Tag extends Message["_tag"]> = Extract<Message, { readonly _tag: Tag }>
