/**
 * What the parts of the game server share: the services they use, and what this node knows as a host.
 */
import { Clock, Effect } from "effect"
import { InputBuffer } from "../../core/InputBuffer.ts"
import type { HeldRooms } from "../../core/RoomStore.ts"
import type { AnyGame } from "../../games/Game.ts"
import type { PeerId, RoomId } from "../../protocol/Ids.ts"
import type { ReignRef } from "../../protocol/Reign.ts"
import { ClusterConfig, type ClusterSettings } from "../../services/ClusterConfig.ts"
import { CurrentGame } from "../../services/CurrentGame.ts"
import { type Detector, FailureDetector } from "../../services/FailureDetector.ts"
import { Invariants, type InvariantsService } from "../../services/Invariants.ts"
import { NodeIdentity } from "../../services/NodeIdentity.ts"
import { type Links, PeerLinks } from "../../services/PeerLinks.ts"
import { RoomOrdering, type RoomOrderingService } from "../../services/RoomOrdering.ts"
import type { Hosting } from "./Hosting.ts"

/** Its parts change it only one after the other: an event must reach the wire before the next one is numbered. */
export class Desk {
  /** What this node knows of its reign, while it hosts or claims to. */
  hosting: Hosting | null = null
  /** The reign that was offered to this node and has not been taken over yet. */
  offered: ReignRef | null = null
  /** The last reign of this node under which all logs were brought to the same end. */
  synced: ReignRef | null = null
  /** Since when a node with seats was not live here, in monotonic milliseconds. */
  readonly absentSince = new Map<PeerId, { readonly sinceMs: number; readonly isGone: boolean }>()
  readonly buffers = new Map<RoomId, InputBuffer>()

  constructor(
    readonly self: PeerId,
    readonly config: ClusterSettings,
    readonly game: AnyGame,
    readonly links: Links,
    readonly detector: Detector,
    readonly rooms: RoomOrderingService,
    readonly invariants: InvariantsService,
    /** Monotonic milliseconds. */
    readonly nowMs: () => number
  ) {}

  get store(): HeldRooms {
    return this.rooms.store
  }

  get periodMs(): number {
    return 1000 / this.game.tickRate
  }

  bufferOf(room: RoomId): InputBuffer {
    let buffer = this.buffers.get(room)
    if (buffer === undefined) this.buffers.set(room, buffer = new InputBuffer())
    return buffer
  }

  get livePeers(): Effect.Effect<ReadonlyArray<PeerId>> {
    return Effect.map(
      this.detector.health,
      (health) => [...health.values()].filter((peer) => peer.state === "up").map((peer) => peer.peerId)
    )
  }
}

export const make = Effect.gen(function*() {
  const { peerId } = yield* NodeIdentity
  const clock = yield* Clock.clockWith(Effect.succeed)
  return new Desk(
    peerId,
    yield* ClusterConfig,
    yield* CurrentGame,
    yield* PeerLinks,
    yield* FailureDetector,
    yield* RoomOrdering,
    yield* Invariants,
    () => Number(clock.unsafeCurrentTimeNanos()) / 1e6
  )
})
