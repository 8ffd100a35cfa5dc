/**
 * For the layer that orders the events of games that tick, and for nobody else: this node's rooms themselves, synchronous.
 * Nobody appends to them but by `append`, and by what a host replicates to this node.
 */
import { Context, type Effect } from "effect"
import type { Draft, RoomState } from "../core/Room.ts"
import type { HeldRooms } from "../core/RoomStore.ts"
import type { Cut, Event } from "../protocol/Event.ts"
import type { Epoch, RoomId, Seq } from "../protocol/Ids.ts"
import type { ReignRef } from "../protocol/Reign.ts"

export interface RoomOrderingService {
  /** To look at. */
  readonly store: HeldRooms
  /**
   * Numbers the events, folds them, counts their inputs and tells of it. Returns those that followed: an event that does not
   * is left out, with those after it.
   */
  readonly append: (room: RoomId, drafts: ReadonlyArray<Draft>, reign: ReignRef) => ReadonlyArray<Event>
  /** Takes a snapshot in place of what was folded here; screens are told what they lose by it, if anything. */
  readonly adopt: (snapshot: RoomState, reign: ReignRef) => boolean
  /** Lets screens of this node see the room up to that event, if no newer reign was accepted meanwhile. */
  readonly show: (room: RoomId, seq: Seq, epoch: Epoch) => void
  /** Whether this node has held logs before its start that it does not hold any more, nor what came of them. */
  readonly forgot: () => boolean
  /** When the newest tick of any room was folded, monotonic milliseconds, or null. */
  readonly lastTickAt: () => number | null
  /** Returns when all these events are folded here. */
  readonly reached: (cuts: ReadonlyArray<Cut>) => Effect.Effect<void>
}

export class RoomOrdering extends Context.Tag("hostless/RoomOrdering")<RoomOrdering, RoomOrderingService>() {}
