/** Which of the other end's data packets came, as far back as an ack tells. */
import { type Ack, ackSpanMax } from "./Chunks.ts"

export class Receipts {
  /** 1 where the packet came, by number modulo its length. */
  private readonly came = new Uint8Array(ackSpanMax)
  private largest = -1
  private largestAt = 0
  /** The other end wants to hear of nothing lower. */
  private awaited = 0
  /** Whether the last packet showed that one before it is missing, which is awaited. */
  gapped = false

  get any(): boolean {
    return this.largest >= 0
  }

  /** Notes a packet. False: it came before, or so long after others that nobody can tell. */
  note(number: number, awaited: number, nowMs: number): boolean {
    const { came, largest } = this
    this.gapped = false
    if (number <= largest - ackSpanMax) return false
    if (number > largest) {
      if (number - largest >= ackSpanMax) came.fill(0)
      else for (let n = largest + 1; n < number; n++) came[n % ackSpanMax] = 0
      this.gapped = number > Math.max(largest + 1, number - awaited)
      this.largest = number
      this.largestAt = nowMs
      this.awaited = Math.max(this.awaited, number - awaited)
    } else if (came[number % ackSpanMax] === 1) return false
    came[number % ackSpanMax] = 1
    return true
  }

  /** What to tell, with at most so many ranges. There must be `any`. */
  ack(next: number, rangesMax: number, nowMs: number): Omit<Ack, "_tag"> {
    const { came, largest } = this
    const missing: Array<readonly [number, number]> = []
    let lowest = Math.max(0, this.awaited, largest - ackSpanMax + 1)
    for (let n = largest - 1; n >= lowest; n--) {
      if (came[n % ackSpanMax] === 1) continue
      const to = n
      if (missing.length === rangesMax) {
        lowest = to + 1
        break
      }
      while (n > lowest && came[(n - 1) % ackSpanMax] === 0) n--
      missing.push([n, to])
    }
    return { largest, delayMs: nowMs - this.largestAt, next, lowest: Math.min(lowest, largest), missing }
  }
}
