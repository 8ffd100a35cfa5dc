/**
 * What nodes' statuses say of a change of host: whether all have gone through it, and whether anything went back.
 */
import { gatherRules } from "../../games/Gather.ts"
import type { Status } from "../../protocol/Status.ts"

/** All statuses, once every survivor plays under a newer reign. */
export const takenOver = (all: ReadonlyArray<Status | null>, epoch: number): ReadonlyArray<Status> | null => {
  const known = all.filter((status) => status !== null)
  return known.length === all.length && known.every((status) => {
      const reign = status.reigns.find((one) => one.epoch === status.epoch)
      return (status.epoch ?? 0) > epoch && reign !== undefined
        && (reign.host === status.peerId ? status.role === "host" : reign.interregnumMs !== null)
    })
    ? known
    : null
}

/** Clocks or scores that went back; a score may fall only when a new round begins. */
export const regressions = (before: Status, after: Status): ReadonlyArray<string> => {
  const found: Array<string> = []
  const told = (what: string, was: number, is: number) => found.push(`${after.name}: ${what} from ${was} to ${is}`)
  if (after.clock < before.clock) told("the clock", before.clock, after.clock)
  if (after.seq < before.seq) told("the last event", before.seq, after.seq)
  const rounds = (status: Status) => status.players.reduce((sum, player) => sum + player.gamesWon, 0)
  const newRound = rounds(after) > rounds(before) ||
    before.players.some((player) => player.score >= gatherRules.pointsToWin)
  for (const player of before.players) {
    const now = after.players.find((one) => one.room === player.room && one.seat === player.seat)
    if (now === undefined || now.away) continue
    if (now.gamesWon < player.gamesWon) told(`rounds won by ${player.name}`, player.gamesWon, now.gamesWon)
    if (now.score < player.score && !newRound) {
      told(`the score of ${player.name}`, player.score, now.score)
    }
  }
  return found
}
