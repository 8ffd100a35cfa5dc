/**
 * What nodes' statuses say of a change of host: whether all have gone through it, and whether anything went back.
 */
import { gatherRules } from "../../games/gather/Field.ts"
import type { Status } from "../../protocol/Status.ts"

/** All statuses, once every survivor plays under a newer reign. */
export const takenOver = (all: ReadonlyArray<Status | null>, epoch: number): ReadonlyArray<Status> | null => {
  const known = all.filter((status) => status !== null)
  return known.length === all.length && known.every((status) => (status.epoch ?? 0) > epoch && hasGoneOn(status))
    ? known
    : null
}

/** Whether the node hosts, or has lived through the change to the reign that it follows. */
const hasGoneOn = (status: Status): boolean => {
  const reign = status.reigns.find((one) => one.epoch === status.epoch)
  return reign !== undefined && (reign.host === status.peerId ? status.role === "host" : reign.interregnumMs !== null)
}

/**
 * Whether play goes on at a node under the reign that it follows, asked of each status as it comes. A node that has known
 * no other reign has lived through no change: there, the clock tells, from the second status on.
 */
export const goingOn = (): (status: Status) => boolean => {
  const clocks = new Map<string, number>()
  return (status) => {
    if (hasGoneOn(status)) return true
    const under = `${status.peerId} ${status.epoch} ${status.host}`
    const clock = clocks.get(under)
    if (clock === undefined) clocks.set(under, status.clock)
    return clock !== undefined && status.clock > clock
  }
}

/** Clocks or scores that went back; a score may fall only when a new round begins. */
export const regressions = (before: Status, after: Status): ReadonlyArray<string> => {
  const found: Array<string> = []
  const told = (what: string, was: number, is: number) => found.push(`${after.name}: ${what} from ${was} to ${is}`)
  if (after.clock < before.clock) told("the clock", before.clock, after.clock)
  if (after.seq < before.seq) told("the last event", before.seq, after.seq)
  const newRound = before.players.some((player) => mayHaveWon(player, before, after))
  for (const player of before.players) {
    const now = after.players.find((one) => one.room === player.room && one.seat === player.seat)
    if (now === undefined || now.away) continue
    if (now.gamesWon < player.gamesWon) told(`rounds won by ${player.name}`, player.gamesWon, now.gamesWon)
    if (now.score < player.score && !newRound) {
      told(`the score of ${player.name}`, player.score, now.score)
    }
  }
  if (found.length > 0) found.push(`${after.name}: ${standings(before)}; then ${standings(after)}`)
  return found
}

/** Faster than that no player scores. */
const ticksPerPoint = 10

/** Whether a player has won a round since; of one who is away now nothing is known but that it takes some time. */
const mayHaveWon = (player: Status["players"][number], before: Status, after: Status): boolean => {
  const now = after.players.find((one) => one.room === player.room && one.seat === player.seat)
  const missing = gatherRules.pointsToWin - player.score
  if (missing <= 0) return true
  return now === undefined || now.away
    ? (after.clock - before.clock) / ticksPerPoint >= missing
    : now.gamesWon > player.gamesWon
}

/** All seats, each with its score and the rounds that it has won. */
const standings = ({ clock, players }: Status): string =>
  `at ${clock} ${
    players.map((one) => `${one.name} (${one.seat}) ${one.score}/${one.gamesWon}${one.away ? " away" : ""}`).join(", ")
  }`
