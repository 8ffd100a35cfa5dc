/**
 * A node's copy of all rooms' logs: the only one who appends to them. What its host orders is numbered and folded here,
 * what another host replicates is folded where it follows; either is counted, and told. Synchronous, without a clock.
 */
import type { Event } from "../../protocol/Event.ts"
import type { Epoch, RoomId, Seq } from "../../protocol/Ids.ts"
import type { ReignRef } from "../../protocol/Reign.ts"
import type { LogEvents } from "../../protocol/Replication.ts"
import type { Lost } from "../../protocol/Session.ts"
import * as Room from "../Room.ts"
import { type HeldRooms, RoomStore } from "../RoomStore.ts"
import * as Losses from "./Losses.ts"

/**
 * A room's state that screens may see. `epoch`: of the reign in which its last event was ordered, whoever hosts by now. A screen
 * that comes from a node which was further then takes it for what it is: older.
 */
export interface Shown {
  readonly epoch: Epoch
  readonly state: Room.RoomState
}

export const shownAs = (state: Room.RoomState): Shown => ({ epoch: state.reign.epoch, state })

/** What is told of it, at once. */
export interface Observer {
  /** An event of this reign, or a snapshot, was folded to this state. */
  readonly folded: (state: Room.RoomState, reign: ReignRef) => void
  readonly shown: (state: Room.RoomState) => void
  /** What screens were shown is no part of what is held from now on. */
  readonly lost: (room: RoomId, lost: Lost) => void
}

/** What came of a host's events: `missing` where they do not follow, `invalid` where the game takes none of them. */
export type Followed = "held" | "missing" | "invalid"

/**
 * Log matching (Raft, section 5.3): whether events go on from what is held. `before`: the state that is held, if any;
 * `after`: the reign that ordered the event before the first of them.
 */
export const matches = (before: Room.RoomState | undefined, first: Event | undefined, after: ReignRef): boolean =>
  before === undefined || first === undefined || first.seq > before.seq + 1
  || Room.contains(before, { reign: after, seq: first.seq - 1 as Seq })

export class Folding {
  /** `regressions`: how often a screen's clock went back although nothing was told to be lost. */
  readonly counters = { inputsApplied: 0, regressions: 0, lossesTold: 0 }
  private readonly store: RoomStore
  readonly rooms: HeldRooms
  /** Rooms whose next shown state is another lineage's, so that its clock may go back, as was told. */
  private readonly parted = new Set<RoomId>()

  constructor(
    private readonly game: Room.AnyRules & Losses.Scored,
    /** Whether the game takes it. */
    private readonly isInput: (input: unknown) => boolean,
    private readonly observer: Observer
  ) {
    this.rooms = this.store = new RoomStore(game)
  }

  /** As the host: numbers the events and folds them. Those of them that followed, maybe none. */
  append(room: RoomId, drafts: ReadonlyArray<Room.Draft>, reign: ReignRef): ReadonlyArray<Event> {
    const events: Array<Event> = []
    for (const draft of drafts) {
      const event = Room.numbered(draft, this.store.get(room)?.state ?? null)
      if (typeof this.fold(room, event, reign) === "string") break
      events.push(event)
    }
    return events
  }

  /** As a peer: folds the next events of a log. */
  follow(reign: ReignRef, { after, events, room }: LogEvents): Followed {
    // What this node holds beyond that may be another log's: folding on would mix the two.
    if (!matches(this.store.get(room)?.state, events[0], after ?? reign)) return "missing"
    for (const event of events) {
      if (event._tag === "tick" && !event.inputs.every(([, , input]) => this.isInput(input))) return "invalid"
      const result = this.fold(room, event, reign)
      if (typeof result === "string" && result !== "old") return "missing"
    }
    return "held"
  }

  /** What this node had folded gives way to a snapshot; where its log is no part of that, screens are told what they lose. */
  adopt(snapshot: Room.RoomState, reign: ReignRef): boolean {
    const { room } = snapshot
    const shown = this.store.get(room)?.shown ?? null
    if (!this.store.adopt(snapshot)) return false
    // What no screen was shown is nobody's loss.
    if (shown === null || Room.contains(snapshot, shown)) return true
    this.parted.add(room)
    this.counters.lossesTold++
    this.observer.lost(room, Losses.lost(this.game, shown, snapshot, reign))
    return true
  }

  /** Lets screens see a room up to this event. An ended room is forgotten by it. */
  show(room: RoomId, seq: Seq): void {
    const before = this.store.get(room)?.shown ?? null
    const state = this.store.show(room, seq)
    if (state === null) return
    const told = this.parted.delete(room)
    if (before !== null && state.clock < before.clock && !told) this.counters.regressions++
    this.observer.shown(state)
    if (state.ended) this.store.remove(room)
  }

  private fold(room: RoomId, event: Event, reign: ReignRef): ReturnType<RoomStore["append"]> {
    const result = this.store.append(room, event, reign)
    if (typeof result === "string") return result
    if (event._tag === "tick") this.counters.inputsApplied += event.inputs.length
    this.observer.folded(result, reign)
    return result
  }
}
