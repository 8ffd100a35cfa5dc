/**
 * How each change of host went on this node: the interregnum, and whether anything was taken back.
 */
import { partedAt, type RoomState } from "../../core/Room.ts"
import type { AnyGame } from "../../games/Game.ts"
import type { Clock, RoomId } from "../../protocol/Ids.ts"
import { equals, type ReignCause, type ReignRef } from "../../protocol/Reign.ts"
import type { Lost } from "../../protocol/Session.ts"
import type { ReignStatus } from "../../protocol/Status.ts"

const reignsMax = 64

/** What a room's other lineage undoes, in words for screens. */
export const lost = (game: AnyGame, before: RoomState, after: RoomState, reign: ReignRef): Lost => {
  const standings = game.outcome(after.game).standings
  const tokenOf = (state: RoomState, seat: number) => state.seats.find((record) => record.seat === seat)?.tokenHash
  return {
    _tag: "lost",
    epoch: reign.epoch,
    ticks: before.clock - Math.min(before.clock, partedAt(before, after)),
    tickRate: game.tickRate,
    scores: game.outcome(before.game).standings.map(({ score, seat }) => ({
      name: before.seats.find((record) => record.seat === seat)?.profile.name ?? `${seat}`,
      before: score,
      after: standings.find((one) => one.seat === seat && tokenOf(after, seat) === tokenOf(before, seat))?.score ?? null
    }))
  }
}

export interface Change {
  readonly epoch: ReignRef["epoch"]
  readonly cause: ReignCause
  readonly from: ReignRef | null
  readonly to: ReignRef
  readonly interregnumMs: number | null
  readonly nothingLost: boolean
}

interface Lineage {
  clock: Clock
  /** The reign of the newest tick, and when any event of it was folded last. */
  reign: ReignRef
  at: number
  parted: boolean
}

/** Synchronous; `changed` is called when a room's clock first goes on under a new reign. */
export const make = (changed: (change: Change) => void) => {
  const rooms = new Map<RoomId, Lineage>()
  const reigns: Array<{ reign: ReignRef; cause: ReignCause; interregnumMs: number | null; told: boolean }> = []
  let lastTickAt: number | null = null

  const entryOf = (reign: ReignRef) => reigns.findLast((entry) => equals(entry.reign, reign))

  return {
    /** A reign was accepted. */
    reigned: (reign: ReignRef, cause: ReignCause): void => {
      if (entryOf(reign) !== undefined) return
      reigns.push({ reign, cause, interregnumMs: null, told: false })
      if (reigns.length > reignsMax) reigns.shift()
    },
    /** A room was folded to this clock by an event or a snapshot of this reign, at `nowMs`. */
    folded: (room: RoomId, reign: ReignRef, clock: Clock, nowMs: number): void => {
      const lineage = rooms.get(room)
      if (lineage === undefined) {
        rooms.set(room, { clock, reign, at: nowMs, parted: false })
        lastTickAt = nowMs
        return
      }
      if (clock !== lineage.clock) lastTickAt = nowMs
      if (equals(reign, lineage.reign)) {
        lineage.clock = clock
        lineage.at = nowMs
        return
      }
      // The first events of a new reign need not raise the clock; the interregnum lasts until one does.
      if (clock === lineage.clock) return
      const entry = entryOf(reign)
      const from = lineage.reign
      const nothingLost = !lineage.parted && clock > lineage.clock
      const interregnumMs = nowMs - lineage.at
      rooms.set(room, { clock, reign, at: nowMs, parted: false })
      if (entry === undefined || entry.told) return
      entry.told = true
      entry.interregnumMs = interregnumMs
      changed({ epoch: reign.epoch, cause: entry.cause, from, to: reign, interregnumMs, nothingLost })
    },
    /** A state of which this node's log is no part took the place of what it had folded. */
    parted: (room: RoomId): void => {
      const lineage = rooms.get(room)
      if (lineage !== undefined) lineage.parted = true
    },
    lastTickAt: () => lastTickAt,
    reigns: (): ReadonlyArray<ReignStatus> =>
      reigns.map(({ cause, interregnumMs, reign }) => ({ epoch: reign.epoch, host: reign.host, interregnumMs, cause }))
  }
}
