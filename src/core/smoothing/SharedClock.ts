/**
 * The sender's clock as the receiver sees it: what comes through fastest tells by how much the two clocks differ, and how
 * much later the rest comes is the jitter. A sender or relay whose clock is another one from some moment on, since a new
 * host has taken over or the clock was set, is followed at once.
 */

/** What comes this much earlier or later than expected is of another clock. */
const otherClockMs = 1_000
/** Clocks drift apart: what came fastest long ago counts less and less, by this share of the time that passes. */
const driftShare = 0.001
/** Interpolation waits for so many times the jitter. */
const delayPerJitter = 1.5

export class SharedClock {
  private offsetMs: number | null = null
  private heardAtMs = 0
  /** How much later than the fastest stamps come, in milliseconds: rises soon, falls slowly. */
  jitterMs = 0
  private stampMs = -Infinity
  private period = 0

  /** `delayMsMin` and `delayMsMax` bound how far in the past interpolation shows objects. */
  constructor(private readonly delayMsMin = 20, private readonly delayMsMax = 500) {}

  /** A stamp has come. True: of another clock than those before. */
  heard(stampMs: number, nowMs: number): boolean {
    const offset = nowMs - stampMs
    const before = this.offsetMs
    const isOther = before !== null && Math.abs(offset - before) > otherClockMs
    if (before === null || isOther) {
      this.offsetMs = offset
      this.period = 0
    } else {
      this.offsetMs = Math.min(offset, before + driftShare * Math.max(0, nowMs - this.heardAtMs))
      const late = offset - this.offsetMs
      this.jitterMs += (late > this.jitterMs ? 0.3 : 0.02) * (late - this.jitterMs)
      const passed = stampMs - this.stampMs
      if (passed > 0 && passed < otherClockMs) {
        this.period = this.period === 0 ? passed : this.period + 0.2 * (passed - this.period)
      }
    }
    this.heardAtMs = nowMs
    this.stampMs = stampMs
    return isOther
  }

  /** What a stamp would say that is made now and comes as fast as the fastest; null before the first. */
  at(nowMs: number): number | null {
    return this.offsetMs === null ? null : nowMs - this.offsetMs
  }

  /** How far in the past interpolation shows objects, so that there is nearly always something after it. */
  get delayMs(): number {
    return Math.min(this.delayMsMax, Math.max(this.delayMsMin, this.period + delayPerJitter * this.jitterMs))
  }
}
