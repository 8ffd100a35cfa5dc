/** Where a node keeps which group it is in, and what that one's Raft log must not forget. */
import { Context, type Effect } from "effect"
import type { GroupId } from "../protocol/Ids.ts"
import type { RaftStorageError, RaftStorageService } from "./RaftStorage.ts"

export interface KeptGroup {
  readonly group: GroupId
  /** Up to this index of its log, what is said of this node's id may be about an earlier life; -1: nowhere. */
  readonly welcomedAt: number
}

export interface RaftGroupStorageService {
  /** The group that this node was in when its last life ended, and that life's storage; null: none. Asked once. */
  readonly last: Effect.Effect<
    { readonly kept: KeptGroup; readonly storage: RaftStorageService } | null,
    RaftStorageError
  >
  /** Fresh storage for another group: what there was before is forgotten. */
  readonly begin: (kept: KeptGroup) => Effect.Effect<RaftStorageService, RaftStorageError>
}

export class RaftGroupStorage
  extends Context.Tag("hostless/RaftGroupStorage")<RaftGroupStorage, RaftGroupStorageService>()
{}
