/**
 * `Replica` of a committed game: what this node's log has committed is folded, and shown at once, since nothing takes it
 * back any more.
 */
import { Clock, Effect, Layer, PubSub, Stream } from "effect"
import { CommittedReigns } from "../../core/replica/CommittedReigns.ts"
import * as Losses from "../../core/replica/Losses.ts"
import { weigh } from "../../core/replica/Weighing.ts"
import * as Room from "../../core/Room.ts"
import type { RoomId } from "../../protocol/Ids.ts"
import { equals } from "../../protocol/Reign.ts"
import { CurrentGame } from "../../services/CurrentGame.ts"
import { Election } from "../../services/Election.ts"
import { FailureDetector } from "../../services/FailureDetector.ts"
import { RaftGroup } from "../../services/RaftGroup.ts"
import { Replica, type ReplicaService } from "../../services/Replica.ts"
import { ShownRooms } from "../ticking/ShownRooms.ts"
import { Rooms } from "./Rooms.ts"

export const layer = Layer.scoped(
  Replica,
  Effect.gen(function*() {
    const game = yield* CurrentGame
    const election = yield* Election
    const detector = yield* FailureDetector
    const group = yield* RaftGroup
    const rooms = yield* Rooms
    const clock = yield* Clock.clockWith(Effect.succeed)
    const nowMs = () => Number(clock.unsafeCurrentTimeNanos()) / 1e6

    const notices = yield* PubSub.sliding<Stream.Stream.Success<ReplicaService["notices"]>>(64)
    const reigns = new CommittedReigns()
    const counters = { framesFenced: 0, inputsApplied: 0, regressions: 0, lossesTold: 0 }
    /** What screens were shown last: of another log, as long as this node reads the present one up. */
    const shown = new Map<RoomId, Room.RoomState>()
    const screens = new ShownRooms((room) => shown.get(room))
    /** Whether anything that was shown has been taken back since the last reign. */
    let parted = false

    const show = (state: Room.RoomState): void => {
      const before = shown.get(state.room)
      if (before !== undefined) {
        // Not there yet: screens know more.
        if (Room.compareHeads(state, before) <= 0) return
        if (!Room.contains(state, before)) {
          parted = true
          counters.lossesTold++
          const lost = Losses.lost(game, before, state, state.reign)
          notices.unsafeOffer({ _tag: "lost", room: state.room, lost })
        } else if (state.clock < before.clock) counters.regressions++
      }
      shown.set(state.room, state)
      screens.publish(state)
      if (state.ended) shown.delete(state.room)
    }

    rooms.watch({
      folded: (state, event) => {
        if (event._tag === "tick") counters.inputsApplied += event.inputs.length
        show(state)
      },
      restored: (all) => {
        for (const room of shown.keys()) if (!all.has(room)) shown.delete(room)
        for (const state of all.values()) show(state)
      },
      reigned: (reign, cause) => {
        const change = reigns.began(reign, cause, nowMs())
        if (change !== null) {
          notices.unsafeOffer({ _tag: "host-changed", change: { ...change, nothingLost: !parted } })
        }
        parted = false
      }
    })

    yield* election.watch(({ reign, role }) =>
      Effect.gen(function*() {
        if (role !== "electing") {
          if (equals(reign, reigns.newest ?? null)) reigns.found()
          return
        }
        const host = reign === null ? undefined : (yield* detector.health).get(reign.host)
        reigns.lost(nowMs() - (host?.silentMs ?? 0))
      })
    )
    yield* election.weigh(() => weigh(rooms.present().values()))
    // What was shown is in the log, which any majority of its voters has.
    yield* election.holders(() => {
      const place = group.now()
      return new Set([...place?.voters ?? [], ...place?.learners ?? []])
    })

    const inOrder = () => [...rooms.present().values()].sort((a, b) => a.room < b.room ? -1 : 1)
    return {
      rooms: Effect.sync(inOrder),
      state: (room) => Effect.sync(() => rooms.present().get(room) ?? null),
      shown: (room) => screens.stream(room),
      notices: Stream.fromPubSub(notices),
      reigns: Effect.sync(() => reigns.statuses),
      counters: Effect.sync(() => ({ ...counters }))
    }
  })
)
