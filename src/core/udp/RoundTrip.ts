/**
 * The measured round trip, and the retransmission timer that follows from it (RFC 6298), with bounds for a LAN. Every
 * data packet has a number of its own, so no sample is ambiguous.
 */

/** The timer's bounds, and where it begins, in milliseconds. RFC 6298 has 1 s for the first and the last. */
export const timeoutMsMin = 20
export const timeoutMsMax = 500
export const timeoutMsFirst = 100

const gain = 1 / 8
const varianceGain = 1 / 4
const reorderingMax = 8
/** How fast more reordering than usual is forgotten, a sample. */
const reorderingDecay = 1 / 512
/** How exactly time-outs are kept. */
const granularityMs = 1

export class RoundTrip {
  /** Null before the first sample. */
  smoothedMs: number | null = null
  private varianceMs = 0
  /** How many times more reordering than usual there is. */
  private reordering = 1

  sample(ms: number): void {
    this.reordering += (1 - this.reordering) * reorderingDecay
    if (this.smoothedMs === null) {
      this.smoothedMs = ms
      this.varianceMs = ms / 2
      return
    }
    this.varianceMs += varianceGain * (Math.abs(this.smoothedMs - ms) - this.varianceMs)
    this.smoothedMs += gain * (ms - this.smoothedMs)
  }

  /** A packet that counted as lost had only been overtaken. */
  overtaken(): void {
    this.reordering = Math.min(reorderingMax, this.reordering + 1)
  }

  /** The retransmission timer after so many time-outs in a row. */
  timeoutMs(backoff: number): number {
    const ms = this.smoothedMs === null
      ? timeoutMsFirst
      : Math.max(timeoutMsMin, this.smoothedMs + Math.max(granularityMs, 4 * this.varianceMs))
    return Math.min(timeoutMsMax, ms * 2 ** Math.min(backoff, 16))
  }

  /**
   * How long after its sending a packet counts as lost when a later one was received (RFC 8985's and RFC 9002's time
   * threshold, which grows where that was wrong): packets that overtake one another are no loss.
   */
  get reorderingMs(): number {
    const { smoothedMs, varianceMs } = this
    if (smoothedMs === null) return timeoutMsFirst
    return smoothedMs + this.reordering * Math.max(granularityMs, smoothedMs / 8, varianceMs)
  }
}
