/**
 * What a host knows during one reign: who has answered, who follows, and how far each holds the logs.
 */
import * as Held from "../core/Held.ts"
import { compareHeads } from "../core/Room.ts"
import type { RoomStore } from "../core/RoomStore.ts"
import type { Head } from "../protocol/Event.ts"
import type { Clock, PeerId, RoomId, Seq } from "../protocol/Ids.ts"
import type { ReignCause, ReignRef } from "../protocol/Reign.ts"

/** Events that a successor may still have on its way when it is named. */
const inStepEvents = 60

export class Hosting {
  /** Whether sync is over: events are ordered from then on. */
  running = false
  /** Monotonic milliseconds. */
  nextTickAt = 0
  /** The heads that peers told in this reign. */
  readonly answers = new Map<PeerId, ReadonlyArray<Head>>()
  /** Peers that get everything, and how far each holds each room. */
  readonly followers = new Map<PeerId, Map<RoomId, Seq>>()
  /** After a heal: the clock at which this side's part of the split began. */
  readonly began = new Map<RoomId, Clock | null>()
  /** Where this node's own logs ended when the reign began. */
  readonly own = new Map<RoomId, Head>()

  constructor(
    readonly reign: ReignRef,
    readonly cause: ReignCause,
    readonly quorum: { readonly members: ReadonlyArray<PeerId>; readonly self: PeerId } | null,
    public knownStall: number
  ) {}

  holds(peer: PeerId, room: RoomId, seq: Seq): void {
    const held = this.followers.get(peer)
    if (held !== undefined && seq > (held.get(room) ?? 0)) held.set(room, seq)
  }

  /** The newest event of a room that screens may see. */
  shownSeq(room: RoomId, tip: Seq): Seq {
    const held = new Map<PeerId, Seq>()
    for (const [peer, rooms] of this.followers) held.set(peer, rooms.get(room) ?? (0 as Seq))
    return Held.shown(tip, held, this.quorum)
  }

  /** Per room, the peer whose log goes furthest: highest reign first, then highest seq. */
  furthest(): ReadonlyMap<RoomId, { readonly peer: PeerId; readonly head: Head }> {
    const best = new Map<RoomId, { readonly peer: PeerId; readonly head: Head }>()
    for (const [peer, heads] of this.answers) {
      for (const head of heads) {
        const before = best.get(head.room)
        if (before === undefined || compareHeads(head, before.head) > 0) best.set(head.room, { peer, head })
      }
    }
    return best
  }

  /** Whether a peer's log has events that this reign's lineage never had. */
  diverged(room: RoomId, head: Head): boolean {
    const own = this.own.get(room)
    return this.cause === "heal" && own !== undefined && own.reign.host !== head.reign.host
  }

  /** Whether the peer follows and lacks at most what is on its way to it. */
  inStep(peer: PeerId, store: RoomStore): boolean {
    const held = this.followers.get(peer)
    return held !== undefined
      && store.ids().every((room) => store.get(room)!.state.seq - (held.get(room) ?? 0) <= inStepEvents)
  }
}
