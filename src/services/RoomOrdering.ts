/**
 * For the layer that orders the events of games that tick, and for nobody else: this node's rooms themselves, synchronous.
 * What it appends must be told by `folded`, what may be seen by `show`.
 */
import { Context, type Effect } from "effect"
import type { RoomState } from "../core/Room.ts"
import type { RoomStore } from "../core/RoomStore.ts"
import type { Event } from "../protocol/Event.ts"
import type { Epoch, RoomId, Seq } from "../protocol/Ids.ts"
import type { ReignRef } from "../protocol/Reign.ts"
import type { Cut } from "./Election.ts"

export interface RoomOrderingService {
  readonly store: RoomStore
  readonly folded: (room: RoomId, event: Event, reign: ReignRef) => void
  /** Takes a snapshot in place of what was folded here; screens are told what they lose by it, if anything. */
  readonly adopt: (snapshot: RoomState, reign: ReignRef) => boolean
  readonly show: (room: RoomId, seq: Seq, epoch: Epoch) => void
  /** Whether this node has held logs before its start that it does not hold any more, nor what came of them. */
  readonly forgot: () => boolean
  /** When the newest tick of any room was folded, monotonic milliseconds, or null. */
  readonly lastTickAt: () => number | null
  /** Returns when all these events are folded here. */
  readonly reached: (cuts: ReadonlyArray<Cut>) => Effect.Effect<void>
}

export class RoomOrdering extends Context.Tag("hostless/RoomOrdering")<RoomOrdering, RoomOrderingService>() {}
