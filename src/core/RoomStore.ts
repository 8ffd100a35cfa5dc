/**
 * A node's rooms: folded to their newest event, remembered for who missed some, and shown up to where that is safe.
 * Synchronous and without a clock; one owner.
 */
import type { Event, Head, RoomSnapshot } from "../protocol/Event.ts"
import { roomsMax } from "../protocol/Event.ts"
import type { RoomId, Seq } from "../protocol/Ids.ts"
import type { ReignRef } from "../protocol/Reign.ts"
import { RecentEvents } from "./RecentEvents.ts"
import * as Room from "./Room.ts"
import type { RoomState } from "./Room.ts"

/** States that wait to be shown, at most; beyond it the oldest are never shown by themselves. */
const unshownMax = 600

interface Entry {
  /** Folded to the newest event held. */
  state: RoomState
  /** The newest state that screens may see, or null before the first. */
  shown: RoomState | null
  readonly recent: RecentEvents
  readonly unshown: Array<RoomState>
}

export type StoredRoom = Readonly<Omit<Entry, "unshown">>

/** For whoever may look, and nothing else. */
export type HeldRooms = Pick<RoomStore, "get" | "head" | "heads" | "ids">

export class RoomStore {
  private readonly rooms = new Map<RoomId, Entry>()

  /** `remembered`: how many events per room are kept for who missed some. */
  constructor(readonly rules: Room.AnyRules, readonly remembered = 1200) {}

  ids(): ReadonlyArray<RoomId> {
    return [...this.rooms.keys()].sort()
  }

  get(room: RoomId): StoredRoom | undefined {
    return this.rooms.get(room)
  }

  head(room: RoomId): Head | undefined {
    const entry = this.rooms.get(room)
    return entry && { room, reign: entry.state.reign, seq: entry.state.seq }
  }

  heads(): ReadonlyArray<Head> {
    return this.ids().map((room) => this.head(room)!)
  }

  /** Folds the event, or says why it does not follow. `reign`: the one that it comes under, for a room that it opens. */
  append(room: RoomId, event: Event, reign: ReignRef): RoomState | Room.Refusal | "too-many-rooms" {
    const entry = this.rooms.get(room)
    if (entry === undefined && this.rooms.size >= roomsMax) return "too-many-rooms"
    const next = Room.apply(this.rules, entry?.state ?? null, event, reign)
    if (typeof next === "string") return next
    if (entry === undefined) {
      if (next.room !== room) return "not-open"
      const recent = new RecentEvents(this.remembered)
      recent.push(event, reign)
      this.rooms.set(room, { state: next, shown: null, recent, unshown: [next] })
    } else {
      entry.state = next
      entry.recent.push(event, next.reign)
      entry.unshown.push(next)
      if (entry.unshown.length > unshownMax) entry.unshown.shift()
    }
    return next
  }

  /** Takes a snapshot for the room's state, whatever was held before. False when there are too many rooms. */
  adopt(snapshot: RoomSnapshot): boolean {
    const entry = this.rooms.get(snapshot.room)
    if (entry === undefined && this.rooms.size >= roomsMax) return false
    const recent = entry?.recent ?? new RecentEvents(this.remembered)
    recent.reset({ seq: snapshot.seq, reign: snapshot.reign })
    this.rooms.set(snapshot.room, { state: snapshot, shown: entry?.shown ?? null, recent, unshown: [snapshot] })
    return true
  }

  /** Lets screens see up to this event; the state that is newly shown, or null when there is none. */
  show(room: RoomId, seq: Seq): RoomState | null {
    const entry = this.rooms.get(room)
    const count = 1 + (entry?.unshown.findLastIndex((state) => state.seq <= seq) ?? -1)
    if (entry === undefined || count === 0) return null
    return entry.shown = entry.unshown.splice(0, count).at(-1)!
  }

  /** Forgets a room. */
  remove(room: RoomId): void {
    this.rooms.delete(room)
  }
}
