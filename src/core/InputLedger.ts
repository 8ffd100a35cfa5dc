/**
 * A screen's side of "an acknowledged input is applied exactly once": it numbers its inputs, keeps those that no view
 * has acknowledged, sends all of them until they are, and checks by the running hash what became of them.
 */
import { chain } from "./StateHash.ts"

/** `[number, input]`, as the session and the replication carry it. */
export type Numbered = readonly [number: number, input: unknown]

/** A seat's entry in the view: the last input applied, and the running hash of all that were. */
export type Acknowledged = readonly [number: number, hash: number]

/** `old`: an older view than one that was heard before. `disputed`: some input was lost, doubled, changed or not ours. */
export type Verdict = "ok" | "old" | "disputed"

/** Before the first input. */
const nothingAcknowledged: Acknowledged = [0, 0]

/** What is not acknowledged is sent again after so long. */
export const sendAgainAfterMs = 250

/** The running hash after one more input. */
export const chainInput = (hash: number, number: number, input: unknown): number => chain(chain(hash, number), input)

/**
 * Whether `to` follows from `from` when exactly the pending inputs up to its number were applied, each once and in
 * order. `pending` is numbered without gaps from `from` on.
 */
export const follows = (from: Acknowledged, pending: ReadonlyArray<Numbered>, to: Acknowledged): boolean => {
  const count = to[0] - from[0]
  if (count < 0 || count > pending.length) return false
  let hash = from[1]
  for (let i = 0; i < count; i++) {
    const [number, input] = pending[i]!
    hash = chainInput(hash, number, input)
  }
  return hash === to[1]
}

/** A seat's inputs that no view has acknowledged. */
export interface Ledger {
  /** The most inputs kept without acknowledgement. */
  readonly max: number
  /** The last acknowledged number and hash. */
  readonly acknowledged: Acknowledged
  /** Oldest first, numbered without gaps. */
  readonly pending: ReadonlyArray<Numbered>
  /** The newest input while `pending` is full: it has no number yet, so that a newer one may take its place. */
  readonly waiting: { readonly input: unknown } | null
  readonly sentNumber: number
  readonly sentAtMs: number
  /** How often an acknowledgement did not follow from what was sent. */
  readonly disputed: number
}

/** `max`: the most inputs kept without acknowledgement. `from`: what the view says of the seat when it is taken. */
export const make = (max: number, from: Acknowledged = nothingAcknowledged): Ledger => ({
  max,
  acknowledged: from,
  pending: [],
  waiting: null,
  sentNumber: from[0],
  sentAtMs: -Infinity,
  disputed: 0
})

const numbered = (ledger: Ledger, input: unknown): readonly [ledger: Ledger, number: number] => {
  const number = (ledger.pending.at(-1) ?? ledger.acknowledged)[0] + 1
  return [{ ...ledger, pending: [...ledger.pending, [number, input]] }, number]
}

/**
 * Takes the next input. Its number, or null while too many are unacknowledged: then only the newest such input is kept,
 * and numbered as soon as there is room.
 */
export const push = (ledger: Ledger, input: unknown): readonly [ledger: Ledger, number: number | null] =>
  ledger.pending.length >= ledger.max ? [{ ...ledger, waiting: { input } }, null] : numbered(ledger, input)

/**
 * Hears what a view says of the seat. After a dispute the view's word counts from here on; the newest input that was
 * not acknowledged is kept, under the next number, so that the player's hand still rules the seat.
 */
export const acknowledge = (ledger: Ledger, to: Acknowledged): readonly [ledger: Ledger, verdict: Verdict] => {
  const { acknowledged, pending, waiting } = ledger
  if (to[0] < acknowledged[0]) return [ledger, "old"]
  if (!follows(acknowledged, pending, to)) {
    return [rebase({ ...ledger, disputed: ledger.disputed + 1 }, to), "disputed"]
  }
  const rest = { ...ledger, acknowledged: to, pending: pending.slice(to[0] - acknowledged[0]) }
  const hasRoom = waiting !== null && rest.pending.length < ledger.max
  return [hasRoom ? numbered({ ...rest, waiting: null }, waiting.input)[0] : rest, "ok"]
}

/** Another lineage goes on (a split healed): the seat stands where its view says. Keeps the newest input only. */
export const rebase = (ledger: Ledger, to: Acknowledged): Ledger => {
  const last = ledger.pending.at(-1)
  const newest = ledger.waiting ?? (last === undefined ? null : { input: last[1] })
  const { disputed, max } = ledger
  const fresh = { ...make(max, to), disputed }
  return newest === null ? fresh : numbered(fresh, newest.input)[0]
}

/** All inputs that no view has acknowledged, to be sent; null where they were, and their answer is not overdue. */
export const due = (ledger: Ledger, nowMs: number): ReadonlyArray<Numbered> | null => {
  const { pending, sentAtMs, sentNumber } = ledger
  const last = pending.at(-1)
  return last !== undefined && (last[0] > sentNumber || nowMs - sentAtMs >= sendAgainAfterMs) ? pending : null
}

/** The host has changed, or the connection: whatever is unacknowledged is due at once. */
export const sendAgain = (ledger: Ledger): Ledger => ({ ...ledger, sentAtMs: -Infinity })

/** All unacknowledged inputs were sent just now. */
export const sent = (ledger: Ledger, nowMs: number): Ledger => {
  const last = ledger.pending.at(-1)
  return last === undefined ? ledger : { ...ledger, sentNumber: last[0], sentAtMs: nowMs }
}
