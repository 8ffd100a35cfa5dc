/** Who this node is, and the reign that it has accepted, as far as that outlives the process. */
import { Context, Data, type Effect } from "effect"
import type { PeerId } from "../protocol/Ids.ts"
import type { Reign } from "../protocol/Reign.ts"

/** The identity cannot be had or kept. `detail` says what to do. */
export class IdentityError extends Data.TaggedError("IdentityError")<{
  readonly reason: "locked" | "unreadable" | "unwritable" | "corrupt"
  readonly detail: string
}> {}

export interface Identity {
  readonly peerId: PeerId
  /** What people call the node. */
  readonly name: string
  /** Grows with each start that keeps the id; 0 where the id is fresh. */
  readonly incarnation: number
  /** The reign accepted before this start, or null. */
  readonly acceptedBefore: Reign | null
  /** Keeps the accepted reign; where it is kept on disk, it is synced when this returns. Must precede any effect of it. */
  readonly accept: (reign: Reign) => Effect.Effect<void, IdentityError>
}

export class NodeIdentity extends Context.Tag("hostless/NodeIdentity")<NodeIdentity, Identity>() {}
