/** What a Raft node must not forget: term, vote, log, snapshot (Raft paper, figure 2, "persistent state"). */
import { Context, Data, type Effect } from "effect"
import type { Stored } from "../core/raft/Entry.ts"
import type { Write } from "../core/raft/Output.ts"

/**
 * `corrupt`: what is there was damaged, cut off or made by something else, and is not read; `version`: it was written by
 * a newer program; `locked`: another process uses it; `io`: the disk refuses. `detail` says where, and what to do.
 */
export class RaftStorageError extends Data.TaggedError("RaftStorageError")<{
  readonly reason: "corrupt" | "version" | "locked" | "io"
  readonly detail: string
}> {}

/** What of a write goes on disk. */
export type StoredWrite = Pick<Write, "hardState" | "snapshot" | "keepTo" | "entries">

export interface RaftStorageService {
  /** What the last life left; null where there was none. Asked once, before the first write. */
  readonly load: Effect.Effect<Stored | null, RaftStorageError>
  /**
   * Puts the writes on disk, in order and as one; they are synced when it returns. A crash before leaves any number of
   * them, from the first on, each whole. Not to be called again before it has returned; after an error, not at all.
   */
  readonly write: (writes: ReadonlyArray<StoredWrite>) => Effect.Effect<void, RaftStorageError>
}

export class RaftStorage extends Context.Tag("hostless/RaftStorage")<RaftStorage, RaftStorageService>() {}
