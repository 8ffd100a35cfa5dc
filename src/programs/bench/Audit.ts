/**
 * Whether what bots were told was done with their inputs is what the room's state says.
 */
import { Effect } from "effect"
import type { Status } from "../../protocol/Status.ts"
import type { BenchCluster } from "./BenchCluster.ts"
import * as BotAccounts from "./BotAccounts.ts"
import { BenchError } from "./NodeProcess.ts"

/** What a scenario adds up. */
export interface Tally {
  readonly inputs: {
    checked: number
    lost: number
    doubled: number
    /** Acknowledged inputs that were undone when a split healed: on its losing side, which was told. */
    undone: number
  }
  /** Promises that were not kept, in words. */
  readonly broken: Array<string>
}

export const tally = (): Tally => ({ inputs: { checked: 0, lost: 0, doubled: 0, undone: 0 }, broken: [] })

/** One bot's account against one node's state. */
const settle = (tally: Tally, who: string, account: BotAccounts.Account, player: Status["players"][number]): void => {
  const { checked, doubled, lost } = BotAccounts.compare(account, player)
  tally.inputs.checked += checked
  tally.inputs.lost += lost
  tally.inputs.doubled += doubled
  if (lost > 0) tally.broken.push(`${who}: ${lost} acknowledged inputs are lost`)
  if (doubled > 0) {
    tally.broken.push(`${who}: inputs were not applied as they were sent, up to number ${player.lastInput}`)
  }
}

/** The account of a node that is gone, against a state of the lineage that it played in. */
export const gone = (tally: Tally, who: string, botLog: string, status: Status): void => {
  const account = BotAccounts.read(botLog)
  const player = account === null ? undefined : status.players.find((one) => one.seat === account.seat)
  if (account !== null && player !== undefined) settle(tally, who, account, player)
}

/** The accounts of all that live, the cluster being at rest. */
export const living = Effect.fnUntraced(function*(tally: Tally, cluster: BenchCluster) {
  const nodes = cluster.nodes()
  const before = nodes.map((node) => BotAccounts.read(node.botLog))
  const statuses = yield* cluster.look
  for (const [i, node] of nodes.entries()) {
    const status = statuses[i] ?? null
    const account = BotAccounts.around(before[i] ?? null, BotAccounts.read(node.botLog))
    if (status === null) return yield* new BenchError({ detail: `Node ${node.index + 1} does not tell its status.` })
    if (account === null) continue
    const player = status.players.find((one) => one.seat === account.seat)
    if (player !== undefined) settle(tally, status.name, account, player)
    const { inputsDisputed, regressions } = status.counters
    if (inputsDisputed > 0) tally.broken.push(`${status.name}: ${inputsDisputed} inputs disputed`)
    if (regressions > 0) tally.broken.push(`${status.name}: ${regressions} states shown after newer ones`)
  }
})

/** How many acknowledged inputs each node's bot has seen undone so far. */
export const undone = (cluster: BenchCluster): ReadonlyArray<number> =>
  cluster.nodes().map((node) => BotAccounts.read(node.botLog)?.undone ?? 0)

/** What healing has undone since: `losers` may have lost what they were told while they were cut off, nobody else. */
export const countUndone = (
  tally: Tally,
  cluster: BenchCluster,
  before: ReadonlyArray<number>,
  losers: ReadonlyArray<number>
): void => {
  for (const [place, now] of undone(cluster).entries()) {
    const more = now - (before[place] ?? 0)
    if (more <= 0) continue
    if (losers.includes(place)) tally.inputs.undone += more
    else {
      tally.inputs.lost += more
      tally.broken.push(`node ${place + 1}: ${more} acknowledged inputs were undone`)
    }
  }
}
