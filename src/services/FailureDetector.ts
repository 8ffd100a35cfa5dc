/** Which linked peers are alive. Who asks that listens here, not to the links: it is told in one order. */
import { Context, type Effect, type Stream } from "effect"
import type { PeerId } from "../protocol/Ids.ts"
import type { ReignRef } from "../protocol/Reign.ts"
import type { LinkChange } from "./PeerLinks.ts"
import type { Watch } from "./Watch.ts"

export interface PeerHealth {
  readonly peerId: PeerId
  readonly state: "up" | "suspect"
  /** Smoothed round trip in milliseconds, or null before the first measure. */
  readonly rttMs: number | null
  /** How long nothing was heard of it, in milliseconds. */
  readonly silentMs: number
  /** The reign that the peer last said it had accepted. */
  readonly reign: ReignRef | null
}

/** Of one peer: `up` first, and again after a `down`; the others only in between. */
export type HealthChange =
  /** A link is up: its peer is not suspected. Or it is down; where the same process is linked anew, `up` follows at once. */
  | LinkChange
  | { readonly _tag: "suspected"; readonly peerId: PeerId; readonly silentMs: number }
  | { readonly _tag: "recovered"; readonly peerId: PeerId }
  /** The peer's accepted reign, whenever it tells another than before. */
  | { readonly _tag: "reported"; readonly peerId: PeerId; readonly reign: ReignRef | null }

export interface Detector {
  /** The health of every peer whose link is up. */
  readonly health: Effect.Effect<ReadonlyMap<PeerId, PeerHealth>>
  /** Starts with what is so of each peer whose link is up, then tells changes, in order, none missing. */
  readonly changes: Stream.Stream<HealthChange>
  /** The same. */
  readonly watch: Watch<HealthChange>
  /** What this node's beats say from now on. */
  readonly tellReign: (reign: ReignRef | null) => Effect.Effect<void>
}

export class FailureDetector extends Context.Tag("hostless/FailureDetector")<FailureDetector, Detector>() {}
