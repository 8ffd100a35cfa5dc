/**
 * Reads bots' logs, and compares what they sent and were acknowledged with what a room's state says was applied.
 */
import { readFileSync } from "node:fs"
import { chainInput } from "../../core/InputLedger.ts"
import type { Status } from "../../protocol/Status.ts"

type Player = Status["players"][number]

export interface Account {
  readonly seat: number
  /** The last acknowledged number. */
  readonly acknowledged: number
  /** How many acknowledgements the bot found wrong. */
  readonly disputed: number
  /** How many acknowledged inputs were undone when a split healed; in earlier seats, too. */
  readonly undone: number
  /** The running hash after each number, 0 first. */
  readonly chain: ReadonlyArray<number>
}

interface Line {
  readonly _tag: string
  readonly seat: number
  readonly number: number
  readonly input: unknown
  readonly hash: number
  readonly verdict: string
}

/**
 * The account of a bot's present seat, or null when it never had one. A bot that is seated anew (its node had played
 * alone before it met the others, and that room gave way) begins a new account. One that keeps its seat, but in another
 * lineage, goes on from what that one has of it. A torn last line is passed over.
 */
export const read = (file: string): Account | null => {
  let undone = 0
  let account: { seat: number; acknowledged: number; disputed: number; chain: Array<number> } | null = null
  for (const text of readFileSync(file, "utf8").split("\n")) {
    let line: Line
    try {
      line = JSON.parse(text)
    } catch {
      continue
    }
    if (line._tag === "seated") {
      account = { seat: line.seat, acknowledged: 0, disputed: 0, chain: [0] }
    }
    if (account === null || account.seat !== line.seat) continue
    if (line._tag === "input" && line.number === account.chain.length) {
      account.chain.push(chainInput(account.chain.at(-1)!, line.number, line.input))
    } else if (line._tag === "rebased") {
      undone += Math.max(0, account.acknowledged - line.number)
      account.acknowledged = line.number
      account.chain.length = line.number
      account.chain.push(line.hash)
    } else if (line._tag === "acknowledged") {
      account.acknowledged = Math.max(account.acknowledged, line.number)
      if (line.verdict === "disputed") account.disputed++
    }
  }
  return account && { ...account, undone }
}

export interface Verdict {
  readonly checked: number
  /** Acknowledged, but not in the surviving state. */
  readonly lost: number
  /** Applied other than sent: twice, out of order, or changed. */
  readonly doubled: number
}

/** One bot's account against the state of its seat. */
export const compare = (account: Account, player: Player): Verdict => ({
  checked: account.acknowledged,
  lost: Math.max(0, account.acknowledged - player.lastInput),
  doubled: account.disputed + (account.chain[player.lastInput] === player.inputHash ? 0 : 1)
})

/**
 * The account to compare a state with that was looked at between two readings of the log: what was acknowledged before it,
 * and what was sent by then. Null where the bot was seated anew, or lost something, meanwhile.
 */
export const around = (before: Account | null, after: Account | null): Account | null =>
  before === null || after === null || before.seat !== after.seat || before.undone !== after.undone
    ? null
    : { ...after, acknowledged: before.acknowledged }
