/**
 * What a host knows during one reign: who has answered, who follows, and how far each holds the logs.
 */
import * as Held from "../../core/Held.ts"
import { majority } from "../../core/raft/Quorum.ts"
import { compareHeads } from "../../core/Room.ts"
import type { RoomStore } from "../../core/RoomStore.ts"
import type { Head } from "../../protocol/Event.ts"
import type { PeerId, RoomId, Seq } from "../../protocol/Ids.ts"
import type { ReignCause, ReignRef } from "../../protocol/Reign.ts"

/** Events that a successor may still have on its way when it is named. */
const inStepEvents = 60

/** A live peer that has not answered for so long is not waited for any more. */
const expectedMs = 1_000

export class Hosting {
  /** Whether the reign has begun; before that its peers are only asked. */
  accepted = false
  /** Whether sync is over: events are ordered from then on. */
  running = false
  /** Monotonic milliseconds. */
  nextTickAt = 0
  /** The heads that peers told in this reign. */
  readonly answers = new Map<PeerId, ReadonlyArray<Head>>()
  /** Those of them, this node included, that lost with an earlier process what they had held. */
  readonly forgetful = new Set<PeerId>()
  /** Peers that get everything, and how far each holds each room. */
  readonly followers = new Map<PeerId, Map<RoomId, Seq>>()
  /** The first event that each room had under this reign: whoever holds it holds all that was shown before. */
  readonly beganWith = new Map<RoomId, Seq>()
  /** Live peers that may follow soon, and since when they were asked, in monotonic milliseconds. */
  readonly expected = new Map<PeerId, number>()
  constructor(
    readonly reign: ReignRef,
    public cause: ReignCause,
    readonly quorum: { readonly members: ReadonlyArray<PeerId>; readonly self: PeerId } | null,
    public knownStall: number,
    /** The host of the reign before, while this one is only claimed. */
    readonly deposed: PeerId | null,
    /** When this node began to ask, in monotonic milliseconds. */
    readonly since: number
  ) {}

  holds(peer: PeerId, room: RoomId, seq: Seq): void {
    const held = this.followers.get(peer)
    if (held !== undefined && seq > (held.get(room) ?? 0)) held.set(room, seq)
  }

  /**
   * The newest event of a room that screens may see. A peer that is live but has not told its heads yet may become a
   * follower in a moment: until then nothing is shown, for what it does not hold would die with this node. One that does
   * not answer for so long does not count.
   */
  shownSeq(room: RoomId, tip: Seq, nowMs: number): Seq {
    if (this.quorum === null && this.followers.size === 0) {
      for (const askedAt of this.expected.values()) if (nowMs - askedAt < expectedMs) return 0 as Seq
    }
    const held = new Map<PeerId, Seq>()
    for (const [peer, rooms] of this.followers) held.set(peer, rooms.get(room) ?? (0 as Seq))
    return Held.shown(tip, held, this.quorum)
  }

  /** Who holds all that was shown before this reign, once that is known. */
  holders(self: PeerId): ReadonlySet<PeerId> {
    if (!this.running) return new Set()
    const began = [...this.beganWith]
    const holding = [...this.followers].filter(([, held]) => began.every(([room, seq]) => (held.get(room) ?? 0) >= seq))
    return new Set([self, ...holding.map(([peer]) => peer)])
  }

  /**
   * With a quorum: whether so many members have told their heads, this node included, that one of them is in every
   * majority which may have held an event. Who forgot what it held tells nothing; once all have spoken, there is nobody
   * left to ask. Without a quorum always.
   */
  get heardEnough(): boolean {
    if (this.quorum === null) return true
    const { members, self } = this.quorum
    const heard = members.filter((id) => id === self || this.answers.has(id))
    const remembering = heard.filter((id) => !this.forgetful.has(id))
    return heard.length === members.length || remembering.length > members.length - majority(members.length)
  }

  /**
   * Whether the peer's log counts when a reign begins: with a quorum, a stranger holds nothing that screens were shown and
   * members do not hold too, unless they have all forgotten it.
   */
  counts(peer: PeerId): boolean {
    const members = this.quorum?.members
    return members === undefined || members.includes(peer) || members.every((id) => this.forgetful.has(id))
  }

  /** A room of which some peer's log goes further than this node's, and the peer whose goes furthest: reign first, then seq. */
  ahead(store: RoomStore): { readonly room: RoomId; readonly peer: PeerId } | null {
    const best = new Map<RoomId, { readonly peer: PeerId; readonly head: Head }>()
    for (const [peer, heads] of this.answers) {
      if (!this.counts(peer)) continue
      for (const head of heads) {
        const before = best.get(head.room)?.head ?? store.head(head.room)
        if (before === undefined || compareHeads(head, before) > 0) best.set(head.room, { peer, head })
      }
    }
    for (const [room, { peer }] of best) return { room, peer }
    return null
  }

  /** Whether the peer follows and lacks at most what is on its way to it. */
  inStep(peer: PeerId, store: RoomStore): boolean {
    const held = this.followers.get(peer)
    return held !== undefined
      && store.ids().every((room) => store.get(room)!.state.seq - (held.get(room) ?? 0) <= inStepEvents)
  }
}
