/**
 * Whether a screen's connection to a node is still of use: it must open in time, and something must be heard of it. Looked at
 * from time to time; who looks much too late was stopped itself, and gives the node another chance.
 */

/** In milliseconds. */
export interface Times {
  /** An attempt that takes longer has failed. */
  readonly openMsMax: number
  /** A node that has said nothing for longer is gone. */
  readonly silentMsMax: number
  /** How often a node is asked that would say nothing otherwise; null: never. */
  readonly pingEveryMs: number | null
  readonly lookEveryMs: number
  /** Who looks later than `lookEveryMs` by more than this was stopped itself. */
  readonly stalledMs: number
}

export interface KeepAlive {
  readonly isOpen: boolean
  readonly lookedAtMs: number
  /** The node has nothing to answer for before. */
  readonly grantedAtMs: number
  readonly heardAtMs: number
  readonly pingedAtMs: number
  /** Does not ask, so that the node thinks that nobody is there. */
  readonly isQuiet: boolean
}

export const dialing = (nowMs: number): KeepAlive => ({
  isOpen: false,
  lookedAtMs: nowMs,
  grantedAtMs: nowMs,
  heardAtMs: nowMs,
  pingedAtMs: -Infinity,
  isQuiet: false
})

export const opened = (alive: KeepAlive, nowMs: number): KeepAlive => ({ ...alive, isOpen: true, grantedAtMs: nowMs })

/** Something came. */
export const heard = (alive: KeepAlive, nowMs: number): KeepAlive => ({ ...alive, heardAtMs: nowMs })

/** What is to be done now: `no answer` and `silent` are why the connection is of no use any more. */
export type Finding = "ping" | "no answer" | "silent" | null

export const look = (
  before: KeepAlive,
  times: Times,
  nowMs: number
): readonly [alive: KeepAlive, finding: Finding] => {
  const isLate = nowMs - before.lookedAtMs > times.lookEveryMs + times.stalledMs
  const alive = { ...before, lookedAtMs: nowMs, grantedAtMs: isLate ? nowMs : before.grantedAtMs }
  if (!alive.isOpen) return [alive, nowMs - alive.grantedAtMs > times.openMsMax ? "no answer" : null]
  if (nowMs - Math.max(alive.heardAtMs, alive.grantedAtMs) > times.silentMsMax) return [alive, "silent"]
  const asks = times.pingEveryMs !== null && !alive.isQuiet && nowMs - alive.pingedAtMs >= times.pingEveryMs
  return asks ? [{ ...alive, pingedAtMs: nowMs }, "ping"] : [alive, null]
}

/** The wait before the next attempt, after so many in a row that failed. */
export const againAfterMs = (
  failures: number,
  { first, max }: { readonly first: number; readonly max: number }
): number => Math.min(max, first * 1.5 ** failures)
