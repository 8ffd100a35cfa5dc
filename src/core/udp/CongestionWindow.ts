/**
 * How many packets with contents may be under way: slow start, then one more per round trip, and a third less after a
 * round in which more than a share of them was lost (AIMD; RFC 5681, in packets). A little loss is rather chance than
 * congestion on a LAN, and so is any below a floor.
 */

export const windowMin = 32
export const windowMax = 256
/** The share of a round that may be lost by chance. */
const lossShare = 1 / 10
/** What is left of the window after a round with more. */
const decrease = 0.7

export class CongestionWindow {
  private window = windowMin
  private threshold = windowMax
  /** The round is over with the first packet from this number on. */
  private roundEnds = 0
  private received = 0
  private lost = 0

  get size(): number {
    return Math.floor(this.window)
  }

  /**
   * What became of some packets, the newest of which has this number; `next` is the number of the next one to be sent.
   * `limited`: more would have been sent, had it been allowed.
   */
  settled(
    { limited, lost, newest, next, received }: {
      readonly received: number
      readonly lost: number
      readonly newest: number
      readonly next: number
      readonly limited: boolean
    }
  ): void {
    this.received += received
    this.lost += lost
    if (limited && this.lost === 0) {
      this.window = Math.min(
        windowMax,
        this.window + (this.window < this.threshold ? received : received / this.window)
      )
    }
    if (newest < this.roundEnds) return
    if (this.lost > 0 && limited) this.threshold = this.window
    if (this.lost > lossShare * (this.lost + this.received)) {
      this.window = Math.max(windowMin, this.window * decrease)
      this.threshold = this.window
    } else if (limited) this.window = Math.min(windowMax, this.window + 1)
    this.roundEnds = next
    this.received = 0
    this.lost = 0
  }
}
