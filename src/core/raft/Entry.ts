/** What is kept: the log's entries, the snapshot in place of those before them, and what a node must not forget. */
import type { PeerId } from "../../protocol/Ids.ts"
import type { Configuration } from "./Configuration.ts"

/** Entries are numbered from 1 without gaps; terms count from 1, and 0 is before the first. */
interface Place {
  readonly index: number
  readonly term: number
}

export type Entry =
  /** For the state machine. The bytes must not change any more. */
  | Place & { readonly _tag: "command"; readonly data: Uint8Array }
  /** A leader's first: once it is committed, so is all before it (Raft paper, 5.4.2 and section 8). */
  | Place & { readonly _tag: "empty" }
  | Place & { readonly _tag: "configuration"; readonly configuration: Configuration }

/** The state after all entries up to `index`, in place of them (Raft paper, section 7). */
export interface Snapshot extends Place {
  /** The one in force at `index`. */
  readonly configuration: Configuration
  /** The state machine's, its table of sessions included. */
  readonly data: Uint8Array
}

/** What a node must remember across a restart, besides the log (Raft paper, figure 2). */
export interface HardState {
  readonly term: number
  /** Whom it voted for in this term. */
  readonly vote: PeerId | null
  /** As far as known when it was written, if not farther: only how soon entries are applied depends on it. */
  readonly commit: number
}

/** What a restart finds on disk. */
export interface Stored {
  readonly hardState: HardState
  readonly snapshot: Snapshot
  /** Without gaps; those up to the snapshot's index are passed over. */
  readonly entries: ReadonlyArray<Entry>
}

const nothing = new Uint8Array(0)

/** What a node starts with that has never run. */
export const fresh = (configuration: Configuration): Stored => ({
  hardState: { term: 0, vote: null, commit: 0 },
  snapshot: { index: 0, term: 0, configuration, data: nothing },
  entries: []
})

/** About what an entry costs besides its command, and each member that a configuration names, in bytes. */
const entryBytes = 16
const memberBytes = 40

/** What an entry is counted as by flow control, in bytes. */
export const sizeOf = (entry: Entry): number => {
  switch (entry._tag) {
    case "command":
      return entryBytes + entry.data.length
    case "empty":
      return entryBytes
    case "configuration": {
      const { learners, learnersNext, outgoing, voters } = entry.configuration
      return entryBytes + memberBytes * (voters.length + outgoing.length + learners.length + learnersNext.length)
    }
  }
}
