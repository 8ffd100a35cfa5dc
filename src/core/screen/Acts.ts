/** What a player's seat does besides playing (`Match.due`), said again until the view shows it. */
import type { SeatId } from "../../protocol/Ids.ts"
import type { RoomView } from "../../protocol/View.ts"
import * as Match from "../Match.ts"

/** How often is said again what the view does not show yet, in milliseconds. */
export const actEveryMs = 150

export interface Acts {
  /** Whether the player wants the next match to begin. */
  readonly wants: boolean
  readonly round: number
  readonly actedAtMs: number
}

export const initial: Acts = { wants: false, round: 0, actedAtMs: -Infinity }

/** The player has made up their mind: that is said at once. */
export const want = (acts: Acts, wants: boolean): Acts => ({ ...acts, wants, actedAtMs: -Infinity })

/** As of a newer view: a wish holds for the round in which it was made. */
export const viewed = (acts: Acts, { match }: RoomView): Acts =>
  match === null || match.round === acts.round ? acts : { ...acts, round: match.round, wants: false }

/** What is to be said now, or null. */
export const due = (
  acts: Acts,
  { match }: RoomView,
  seat: SeatId,
  nowMs: number
): readonly [acts: Acts, due: ReturnType<typeof Match.due>] => {
  const due = match === null || nowMs - acts.actedAtMs < actEveryMs ? null : Match.due(match, seat, acts.wants)
  return due === null ? [acts, null] : [{ ...acts, actedAtMs: nowMs }, due]
}
