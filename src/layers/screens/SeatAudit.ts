/**
 * Watches over one seat that a screen of this node plays: that what it sent was applied once and in order, by the running
 * hash that comes with each view.
 */
import { type Acknowledged, follows, type Numbered } from "../../core/InputLedger.ts"
import { hash } from "../../core/StateHash.ts"
import { inputsPerMessageMax } from "../../protocol/Input.ts"

export class SeatAudit {
  /** Null until the first view that shows the seat. */
  private from: Acknowledged | null = null
  private pending: Array<Numbered> = []

  /** Whether these inputs may go on to the host: not if one contradicts what was sent under its number before. */
  sent(inputs: ReadonlyArray<Numbered>): boolean {
    const last = this.pending.at(-1)
    const first = this.pending[0]
    if (first !== undefined && last !== undefined) {
      for (const [number, input] of inputs) {
        const known = this.pending[number - first[0]]
        if (number >= first[0] && known !== undefined && hash(known[1]) !== hash(input)) return false
      }
      if (inputs[0]![0] > last[0] + 1) return false
    }
    for (const numbered of inputs) {
      const newest = this.pending.at(-1)
      if (newest === undefined ? numbered[0] > (this.from?.[0] ?? 0) : numbered[0] === newest[0] + 1) {
        if (this.pending.length < inputsPerMessageMax) this.pending.push(numbered)
      }
    }
    return true
  }

  /** Hears what a view says of the seat. False: some input was lost, doubled or changed. */
  viewed(to: Acknowledged): boolean {
    const from = this.from
    if (from !== null && to[0] <= from[0]) return to[0] < from[0] || to[1] === from[1]
    const first = this.pending[0]
    const agrees = from === null || (first !== undefined && first[0] === from[0] + 1 && follows(from, this.pending, to))
    this.from = to
    this.pending = this.pending.filter(([number]) => number > to[0])
    return agrees
  }

  /** Another lineage goes on: the seat stands where its next view says. */
  restart(): void {
    this.from = null
    this.pending = []
  }
}
