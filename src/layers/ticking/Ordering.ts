/**
 * The host's sequencer: decides what comes next in the rooms' logs, replicates it, and shows what is held elsewhere too.
 */
import { Effect } from "effect"
import * as Match from "../../core/Match.ts"
import * as Room from "../../core/Room.ts"
import type { AppliedInput } from "../../protocol/Event.ts"
import { mainRoom, type PeerId, type RoomId, type Seq } from "../../protocol/Ids.ts"
import { equals } from "../../protocol/Reign.ts"
import type { LogEvents } from "../../protocol/Replication.ts"
import type { Desk } from "./Desk.ts"
import type { Hosting } from "./Hosting.ts"
import { Substitutes } from "./Substitutes.ts"

/** A suspected peer's seats are given up for absent after this long without a recovery. */
export const absentAfterMs = 1_000
/** A room without any seat is closed after this long; the main room stays. */
export const emptyRoomMs = 60_000

export type Ordering = ReturnType<typeof make>

export const make = (desk: Desk) => {
  const { absentSince, buffers, config, detector, game, links, nowMs, periodMs, rooms, self, store } = desk
  const seatKeptTicks = Math.round(config.seatKeptMs / periodMs)
  const dropTicks = Math.round(config.dropAfterMs / periodMs)
  const substitutes = new Substitutes(game)
  const emptySince = new Map<RoomId, number>()

  /** What the events add to the room's log; null where nothing comes of them. */
  const append = (mine: Hosting, room: RoomId, drafts: ReadonlyArray<Room.Draft>): LogEvents | null => {
    const before = store.get(room)?.state.reign ?? mine.reign
    const events = rooms.append(room, drafts, mine.reign)
    if (events.length === 0) return null
    const state = store.get(room)!.state
    const digest = state.seq % config.digestEvery === 0 ? { seq: state.seq, hash: Room.hash(state) } : null
    const shown = mine.followers.shownThere(room, state.seq, nowMs())
    return { room, after: equals(before, mine.reign) ? null : before, events, shown, digest }
  }

  const replicate = (mine: Hosting, logs: ReadonlyArray<LogEvents>): Effect.Effect<void> => {
    if (logs.length === 0) return Effect.void
    const sent = links.broadcast(mine.followers.peers, "replication", { _tag: "events", reign: mine.reign, logs })
    return Effect.zipRight(
      sent,
      Effect.sync(() => {
        for (const { room } of logs) showWhatIsHeld(mine, room)
      })
    )
  }

  /** Appends the events to the room's log and replicates them. */
  const order = (mine: Hosting, room: RoomId, drafts: ReadonlyArray<Room.Draft>): Effect.Effect<void> =>
    Effect.suspend(() => {
      const log = append(mine, room, drafts)
      return log === null ? Effect.void : replicate(mine, [log])
    })

  /**
   * Screens of this node see a tick once it is held elsewhere as well; with a quorum, so do all others. The event up to
   * which they see more than before, or null.
   */
  const showWhatIsHeld = (mine: Hosting, room: RoomId): Seq | null => {
    const state = store.get(room)?.state
    if (state === undefined) return null
    const shown = mine.followers.shownSeq(room, state.seq, nowMs())
    if (shown <= (store.get(room)?.shown?.seq ?? 0)) return null
    rooms.show(room, shown, mine.reign.epoch)
    return shown
  }

  /** Who is found missing, and who was for too long. */
  const absences = (state: Room.RoomState, now: number): Array<Room.Draft> => {
    const drafts: Array<Room.Draft> = []
    const { match } = state
    for (const { awaySince, node, seat } of state.seats) {
      if (awaySince === null) {
        const absence = absentSince.get(node)
        if (absence === undefined) continue
        // In a match everybody waits: the player may come back by way of another node before.
        const missedAfterMs = match !== null ? config.freezeAfterMs : absence.isGone ? 0 : absentAfterMs
        if (now - absence.sinceMs >= missedAfterMs) drafts.push({ _tag: "away", seat })
      } else if (match === null || !Match.isOn(match) || !match.players.includes(seat)) {
        if (state.clock - awaySince >= seatKeptTicks) drafts.push({ _tag: "left", seat })
      } else if (match.awaited.includes(seat) && state.clock - awaySince >= dropTicks) {
        drafts.push({ _tag: game.match?.absence(state.options) === "bot" && game.bot ? "substituted" : "left", seat })
      }
    }
    return drafts
  }

  const tickRoom = (mine: Hosting, room: RoomId, now: number): LogEvents | null => {
    const state = store.get(room)?.state
    if (state === undefined || state.ended) return null
    const drafts = absences(state, now)
    if (state.seats.length > 0 || room === mainRoom) emptySince.delete(room)
    else if (!emptySince.has(room)) emptySince.set(room, now)
    else if (now - emptySince.get(room)! >= emptyRoomMs) {
      emptySince.delete(room)
      buffers.delete(room)
      return append(mine, room, [{ _tag: "ended" }])
    }
    const inputs: ReadonlyArray<AppliedInput> = buffers.get(room)?.take(config.inputsPerTick) ?? []
    drafts.push({ _tag: "tick", inputs: substitutes.inputs(state, inputs) })
    return append(mine, room, drafts)
  }

  const watchAbsence = Effect.fnUntraced(function*(now: number) {
    const health = yield* detector.health
    const nodes = new Set<PeerId>()
    for (const id of store.ids()) for (const record of store.get(id)!.state.seats) nodes.add(record.node)
    for (const node of nodes) {
      const state = node === self ? "up" : health.get(node)?.state
      if (state === "up") absentSince.delete(node)
      else absentSince.set(node, { sinceMs: absentSince.get(node)?.sinceMs ?? now, isGone: state !== "suspect" })
    }
    for (const node of absentSince.keys()) if (!nodes.has(node)) absentSince.delete(node)
  })

  /** One tick of every room, in one frame. */
  const tick = Effect.fnUntraced(function*(mine: Hosting) {
    const now = nowMs()
    yield* watchAbsence(now)
    const logs: Array<LogEvents> = []
    for (const room of store.ids()) {
      const log = tickRoom(mine, room, now)
      if (log !== null) logs.push(log)
    }
    yield* replicate(mine, logs)
  })

  return { order, showWhatIsHeld, tick }
}
