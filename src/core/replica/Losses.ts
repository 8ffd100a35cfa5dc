/** What a heal undoes, in words for screens. */
import type { SeatId } from "../../protocol/Ids.ts"
import type { ReignRef } from "../../protocol/Reign.ts"
import type { Lost } from "../../protocol/Session.ts"
import { partedAt, type RoomState } from "../Room.ts"

/** What is told of a game. */
export interface Scored {
  readonly tickRate: number
  readonly outcome: (
    // oxlint-disable-next-line typescript/no-explicit-any -- a game's states are its own
    state: any
  ) => { readonly standings: ReadonlyArray<{ readonly seat: SeatId; readonly score: number }> }
}

/** What screens that were shown `before` lose by `after`, which another lineage has come to. */
export const lost = (game: Scored, before: RoomState, after: RoomState, reign: ReignRef): Lost => {
  const { standings } = game.outcome(after.game)
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
