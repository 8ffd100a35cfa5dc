/**
 * Lets so many of each kind pass a second; of what comes faster the newest waits and passes when its time has come
 * (row E5). Used by senders for themselves, and by the relay for senders that do not.
 */
interface Turn<A> {
  nextAtMs: number
  held: { readonly value: A } | null
}

export class KindGate<A> {
  private readonly turns = new Map<string, Turn<A>>()

  /** `kindsMax`: kinds beyond are refused. `perSecond` may be changed at any time. */
  constructor(private readonly kindsMax: number, public perSecond: number) {}

  /** True: it passes now. False: it waits, in the place of what waited. Null: there are too many kinds. */
  offer(kind: string, value: A, nowMs: number): boolean | null {
    let turn = this.turns.get(kind)
    if (turn === undefined) {
      if (this.turns.size >= this.kindsMax) this.forget(nowMs)
      if (this.turns.size >= this.kindsMax) return null
      turn = { nextAtMs: nowMs, held: null }
      this.turns.set(kind, turn)
    }
    if (turn.held === null && nowMs >= turn.nextAtMs) {
      turn.nextAtMs = this.next(turn.nextAtMs, nowMs)
      return true
    }
    turn.held = { value }
    return false
  }

  /** What waited and whose time has come. */
  due(nowMs: number): ReadonlyArray<{ readonly kind: string; readonly value: A }> {
    const due: Array<{ readonly kind: string; readonly value: A }> = []
    for (const [kind, turn] of this.turns) {
      if (turn.held === null || nowMs < turn.nextAtMs) continue
      due.push({ kind, value: turn.held.value })
      turn.held = null
      turn.nextAtMs = this.next(turn.nextAtMs, nowMs)
    }
    return due
  }

  /** When something that waits has its time; null while nothing waits. */
  get nextDueMs(): number | null {
    let earliest: number | null = null
    for (const { held, nextAtMs } of this.turns.values()) {
      if (held !== null && (earliest === null || nextAtMs < earliest)) earliest = nextAtMs
    }
    return earliest
  }

  /** A turn that was missed by less than its length is not lost, so that timers that come late cost no rate. */
  private next(dueMs: number, nowMs: number): number {
    const periodMs = 1000 / this.perSecond
    return Math.max(dueMs + periodMs, nowMs + periodMs / 2)
  }

  private forget(nowMs: number): void {
    for (const [kind, { held, nextAtMs }] of this.turns) {
      if (held === null && nextAtMs < nowMs) this.turns.delete(kind)
    }
  }
}
