/** What a node wants done. */
import type { PeerId } from "../../protocol/Ids.ts"
import type { Entry, HardState, Snapshot } from "./Entry.ts"
import type { Message } from "./Message.ts"

export interface Envelope {
  readonly to: PeerId
  readonly message: Message
}

/**
 * To be put on disk as one, in the order of the numbers, and synced; then its messages may be sent, and the node is
 * told (`Raft.persisted`). Several may be synced at once. None of it may be sent or told before.
 *
 * On disk: `snapshot` takes the place of the one before and of all entries up to its index; entries after `keepTo` are
 * dropped; `entries` are added. A crash may leave any number of the unsynced writes, from the first on, but no later
 * one without those before it.
 */
export interface Write {
  /** From 1, without gaps, since the node's start. */
  readonly number: number
  /** Null: nothing to write, the messages only wait for the writes before. */
  readonly hardState: HardState | null
  readonly snapshot: Snapshot | null
  readonly keepTo: number
  readonly entries: ReadonlyArray<Entry>
  readonly messages: ReadonlyArray<Envelope>
}

export type Read =
  /** A state machine that has applied everything up to `index` may answer it. */
  | { readonly _tag: "ready"; readonly id: number; readonly index: number }
  /** This node led and does no more: to be asked again. */
  | { readonly _tag: "lost"; readonly id: number }

export interface Output {
  readonly write: Write | null
  /** May be sent at once, beside the write. Any message may be lost, come twice, or late. */
  readonly messages: ReadonlyArray<Envelope>
  /** The state machine's new state, before `committed`. It is on disk. */
  readonly restore: Snapshot | null
  /** To be applied, in order; each is given once, except to who starts again. They are on this node's disk too. */
  readonly committed: ReadonlyArray<Entry>
  /** On a follower, one may come twice. */
  readonly reads: ReadonlyArray<Read>
  /** There is more to apply than one output may have: take again. */
  readonly more: boolean
}
