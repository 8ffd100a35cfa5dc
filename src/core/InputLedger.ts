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

export class InputLedger {
  private acked: Acknowledged
  private pending: Array<Numbered> = []
  /** The newest input while `pending` is full: it has no number yet, so that a newer one may take its place. */
  private waiting: { readonly input: unknown } | null = null
  private sentNumber: number
  private sentAtMs = -Infinity
  private disputes = 0

  /** `max`: the most inputs kept without acknowledgement. `from`: what the view says of the seat when it is taken. */
  constructor(private readonly max: number, from: Acknowledged = nothingAcknowledged) {
    this.acked = from
    this.sentNumber = from[0]
  }

  /** The last acknowledged number and hash. */
  get acknowledged(): Acknowledged {
    return this.acked
  }

  /** How often an acknowledgement did not follow from what was sent. */
  get disputed(): number {
    return this.disputes
  }

  /**
   * Takes the next input. Its number, or null while too many are unacknowledged: then only the newest such input is kept,
   * and numbered as soon as there is room.
   */
  push(input: unknown): number | null {
    if (this.pending.length >= this.max) {
      this.waiting = { input }
      return null
    }
    return this.number(input)
  }

  private number(input: unknown): number {
    const last = this.pending.at(-1)
    const number = (last === undefined ? this.acked[0] : last[0]) + 1
    this.pending.push([number, input])
    return number
  }

  /**
   * Hears what a view says of the seat. After a dispute the view's word counts from here on; the newest input that was
   * not acknowledged is kept, under the next number, so that the player's hand still rules the seat.
   */
  acknowledge(to: Acknowledged): Verdict {
    if (to[0] < this.acked[0]) return "old"
    if (!follows(this.acked, this.pending, to)) {
      this.disputes++
      this.rebase(to)
      return "disputed"
    }
    this.pending.splice(0, to[0] - this.acked[0])
    this.acked = to
    if (this.waiting !== null && this.pending.length < this.max) {
      const { input } = this.waiting
      this.waiting = null
      this.number(input)
    }
    return "ok"
  }

  /** Another lineage goes on (a split healed): the seat stands where its view says. Keeps the newest input only. */
  rebase(to: Acknowledged): void {
    const newest = this.waiting ?? (this.pending.length > 0 ? { input: this.pending.at(-1)![1] } : null)
    this.acked = to
    this.pending = []
    this.waiting = null
    this.sentNumber = to[0]
    this.sentAtMs = -Infinity
    if (newest !== null) this.number(newest.input)
  }

  /** All inputs that no view has acknowledged, oldest first, numbered without gaps. */
  unacknowledged(): ReadonlyArray<Numbered> {
    return this.pending
  }

  /** Whether there is something to send: an input that never was, or one that has been waiting for its answer too long. */
  isDue(nowMs: number): boolean {
    const last = this.pending.at(-1)
    return last !== undefined && (last[0] > this.sentNumber || nowMs - this.sentAtMs >= sendAgainAfterMs)
  }

  /** The host has changed, or the connection: whatever is unacknowledged is due at once. */
  sendAgain(): void {
    this.sentAtMs = -Infinity
  }

  /** All unacknowledged inputs were sent just now. */
  sent(nowMs: number): void {
    const last = this.pending.at(-1)
    if (last === undefined) return
    this.sentNumber = last[0]
    this.sentAtMs = nowMs
  }
}
