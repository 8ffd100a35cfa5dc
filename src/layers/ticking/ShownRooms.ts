/** Screens' feeds of the rooms that a node shows. */
import { Effect, Stream } from "effect"
import { type Shown, shownAs } from "../../core/replica/Folding.ts"
import type { RoomState } from "../../core/Room.ts"
import type { RoomId } from "../../protocol/Ids.ts"
import { Subscribers } from "../queues/Subscribers.ts"

/** The most states of a room that wait for one who watches it. */
const shownWaitingMax = 16

export class ShownRooms {
  private readonly watchers = new Map<RoomId, Subscribers<Shown>>()

  /** `newest`: what screens of a room may see just now, if anything. */
  constructor(private readonly newest: (room: RoomId) => RoomState | null | undefined) {}

  publish(state: RoomState): void {
    this.watchers.get(state.room)?.publish(shownAs(state))
  }

  /** The newest state, then each new one; who is slow misses some, never the newest. */
  stream(room: RoomId): Stream.Stream<Shown> {
    return Stream.suspend(() => {
      const watching = this.watchers.get(room) ?? new Subscribers<Shown>(shownWaitingMax, "sliding")
      this.watchers.set(room, watching)
      const first = () => {
        const state = this.newest(room)
        return state == null ? [] : [shownAs(state)]
      }
      return Stream.ensuring(
        watching.stream(first),
        Effect.sync(() => {
          if (watching.isEmpty && this.watchers.get(room) === watching) this.watchers.delete(room)
        })
      )
    })
  }
}
