/**
 * How each change of host went on this node: the interregnum, and whether anything was taken back.
 */
import type { RoomState } from "../core/Room.ts"
import type { Clock, RoomId } from "../protocol/Ids.ts"
import { equals, type ReignCause, type ReignRef } from "../protocol/Reign.ts"
import type { Lost } from "../protocol/Session.ts"
import type { ReignStatus } from "../protocol/Status.ts"
import type { AnyGame } from "../games/Game.ts"

const reignsMax = 64

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
  replaced: boolean
}

/** Synchronous; `changed` is called when a room's clock first goes on under a new reign. */
export const make = (changed: (change: Change) => void) => {
  const rooms = new Map<RoomId, Lineage>()
  const reigns: Array<{ reign: ReignRef; cause: ReignCause; interregnumMs: number | null; told: boolean }> = []
  const healed = new Set<RoomId>()
  /** The room's clock when its present reign began here: before that, both sides of a split played the same. */
  const splits = new Map<RoomId, Clock>()
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
        rooms.set(room, { clock, reign, at: nowMs, replaced: false })
        splits.set(room, clock)
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
      splits.set(room, lineage.clock)
      const from = lineage.reign
      const nothingLost = !lineage.replaced && clock > lineage.clock
      const interregnumMs = nowMs - lineage.at
      rooms.set(room, { clock, reign, at: nowMs, replaced: false })
      healed.delete(room)
      if (entry === undefined || entry.told) return
      entry.told = true
      entry.interregnumMs = interregnumMs
      changed({ epoch: reign.epoch, cause: entry.cause, from, to: reign, interregnumMs, nothingLost })
    },
    /** A snapshot took the place of what this node had folded. */
    replaced: (room: RoomId, byHeal: boolean): void => {
      const lineage = rooms.get(room)
      if (lineage === undefined) return
      lineage.replaced = true
      if (byHeal) healed.add(room)
    },
    /** Whether a heal replaced the room's state by another lineage's, so that its clock may go back, as was told. */
    healed: (room: RoomId): boolean => healed.has(room),
    began: (room: RoomId): Clock | null => splits.get(room) ?? null,
    /** What a heal undid of a room. `since`: where the other side's part of the split began, if it said so. */
    lost: (
      game: AnyGame,
      room: RoomId,
      before: RoomState,
      after: RoomState,
      reign: ReignRef,
      since: Clock | null
    ): Lost => {
      const standings = game.outcome(after.game).standings
      const scores = game.outcome(before.game).standings.map(({ score, seat }) => ({
        name: before.seats.find((record) => record.seat === seat)?.profile.name ?? `${seat}`,
        before: score,
        after: standings.find((standing) =>
          standing.seat === seat
          && after.seats.find((record) => record.seat === seat)?.tokenHash
            === before.seats.find((record) => record.seat === seat)?.tokenHash
        )?.score ?? null
      }))
      return {
        _tag: "lost",
        epoch: reign.epoch,
        ticks: Math.max(0, before.clock - Math.max(splits.get(room) ?? 0, since ?? 0)),
        tickRate: game.tickRate,
        scores
      }
    },
    lastTickAt: () => lastTickAt,
    reigns: (): ReadonlyArray<ReignStatus> =>
      reigns.map(({ cause, interregnumMs, reign }) => ({ epoch: reign.epoch, host: reign.host, interregnumMs, cause }))
  }
}
