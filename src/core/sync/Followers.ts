/**
 * What a host knows of its followers during one reign: how far each holds each room's log, and so what screens may see.
 * Synchronous; times are monotonic milliseconds.
 */
import type { PeerId, RoomId, Seq } from "../../protocol/Ids.ts"
import * as Held from "../Held.ts"
import type { RoomStore } from "../RoomStore.ts"
import type { Quorum } from "./Sync.ts"

/** Events that a successor may still have on its way when it is named. */
const inStepEvents = 60

/** A live peer that has not answered for so long is not waited for any more. */
const expectedMs = 1_000

export class Followers {
  private readonly held = new Map<PeerId, Map<RoomId, Seq>>()
  /** The first event that each room had under this reign: whoever holds it holds all that was shown before. */
  private readonly beganWith = new Map<RoomId, Seq>()
  /** Live peers that may follow soon, and since when they were asked. */
  private readonly expected = new Map<PeerId, number>()

  constructor(private readonly quorum: Quorum | null) {}

  /** Whoever gets everything. */
  get peers(): Iterable<PeerId> {
    return this.held.keys()
  }

  has(peer: PeerId): boolean {
    return this.held.has(peer)
  }

  /** The peer is asked for its heads. */
  expect(peer: PeerId, nowMs: number): void {
    if (!this.expected.has(peer)) this.expected.set(peer, nowMs)
  }

  /** From now on the peer gets everything; nothing is known yet of what it holds. */
  add(peer: PeerId): void {
    this.held.set(peer, new Map())
  }

  remove(peer: PeerId): void {
    this.held.delete(peer)
    this.expected.delete(peer)
  }

  /** The follower holds the room's log up to there, at least. */
  holds(peer: PeerId, room: RoomId, seq: Seq): void {
    const rooms = this.held.get(peer)
    if (rooms !== undefined && seq > (rooms.get(room) ?? 0)) rooms.set(room, seq)
  }

  /** The reign's first event of the room. */
  began(room: RoomId, seq: Seq): void {
    this.beganWith.set(room, seq)
  }

  /**
   * The newest event of a room that screens of the host may see. A peer that is live but has not told its heads yet may
   * become a follower in a moment: until then nothing is shown, for what it does not hold would die with this node. One that
   * does not answer for so long does not count.
   */
  shownSeq(room: RoomId, tip: Seq, nowMs: number): Seq {
    if (this.quorum === null && this.held.size === 0) {
      for (const askedAt of this.expected.values()) if (nowMs - askedAt < expectedMs) return 0 as Seq
    }
    const held = new Map<PeerId, Seq>()
    for (const [peer, rooms] of this.held) held.set(peer, rooms.get(room) ?? (0 as Seq))
    return Held.shown(tip, held, this.quorum)
  }

  /** What screens of a follower may see once it holds the room up to the tip: without a quorum all of it. */
  shownThere(room: RoomId, tip: Seq, nowMs: number): Seq {
    return this.quorum === null ? tip : this.shownSeq(room, tip, nowMs)
  }

  /** Who holds all that was shown before this reign. */
  get holders(): ReadonlyArray<PeerId> {
    const began = [...this.beganWith]
    return [...this.held].filter(([, held]) => began.every(([room, seq]) => (held.get(room) ?? 0) >= seq))
      .map(([peer]) => peer)
  }

  /** How many events of the room each follower is not known to hold yet. */
  lag(room: RoomId, tip: Seq): ReadonlyMap<PeerId, number> {
    return new Map(Array.from(this.held, ([peer, held]) => [peer, Math.max(0, tip - (held.get(room) ?? 0))]))
  }

  /** Followers that lack at most what is on its way to them. */
  inStep(store: Pick<RoomStore, "ids" | "get">): ReadonlyArray<PeerId> {
    const tips = store.ids().map((room) => [room, store.get(room)!.state.seq] as const)
    return [...this.held].filter(([, held]) => tips.every(([room, seq]) => seq - (held.get(room) ?? 0) <= inStepEvents))
      .map(([peer]) => peer)
  }
}
