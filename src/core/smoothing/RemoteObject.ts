/**
 * A remote object that moves smoothly although it is heard of ten times a second, late, unevenly and not always (row E7).
 *
 * Times are milliseconds: `nowMs` of the receiver's clock, which never goes back, `stampMs` of the sender's or relay's.
 */
import { Correction, type CorrectionSettings, defaultCorrection } from "./Correction.ts"
import { History, type Sample } from "./History.ts"
import { SharedClock } from "./SharedClock.ts"
import type { Point } from "./Smoothing.ts"

/**
 * `latest`: where it was last heard of. `extrapolation`: plus its speed times the age. `interpolation`: a little in the past,
 * between what was heard, as far back as the jitter asks for. `history`: extrapolation that turns and bounces as it did
 * before. `combined`: that, and what turns out wrong is led over without a jump.
 */
export const methods = ["latest", "extrapolation", "interpolation", "history", "combined"] as const
export type Method = (typeof methods)[number]

export interface RemoteObjectSettings {
  readonly method: Method
  /** Where it bounces along each axis, if that is known. Otherwise it is learned from bounces. */
  readonly walls?: ReadonlyArray<readonly [low: number, high: number]> | undefined
  readonly correction?: Partial<CorrectionSettings> | undefined
}

/** Longer than this without news, an object stays where it is. */
export const foreseenMsMax = 1_000

/** Who is behind is shown this much faster. */
const catchUp = 4 / 3

export class RemoteObject {
  /** How old the fastest news is when it comes: half of a round trip, say. Objects are shown where they are now by that. */
  lagMs = 0
  private readonly clock = new SharedClock()
  private readonly history: History
  private readonly correction: Correction
  private shownStampMs = -Infinity
  private shownAtMs = 0

  constructor(readonly settings: RemoteObjectSettings) {
    this.history = new History(settings.walls)
    this.correction = new Correction({ ...defaultCorrection, ...settings.correction })
  }

  /** How far in the past `interpolation` shows it, and how much later than the fastest news comes, in milliseconds. */
  get delayMs(): number {
    return this.clock.delayMs
  }

  get jitterMs(): number {
    return this.clock.jitterMs
  }

  /** It was heard of. What is older than what is known already is passed over. */
  push(sample: Sample, nowMs: number): void {
    const before = this.sample(nowMs)
    if (this.clock.heard(sample.stampMs, nowMs)) {
      this.history.restart()
      this.shownStampMs = -Infinity
    }
    if (!this.history.add(sample)) return
    const after = this.at(nowMs)
    if (before !== null && after !== null) this.correction.moved(before, after, nowMs)
  }

  /** Where to show it now; null before it was heard of. */
  sample(nowMs: number): Point | null {
    const point = this.at(nowMs)
    if (point === null || this.settings.method !== "combined") return point
    return this.correction.shown(point, nowMs)
  }

  private at(nowMs: number): Point | null {
    const newest = this.history.newest
    const clock = this.clock.at(nowMs)
    if (newest === undefined || clock === null) return null
    const stampMs = Math.min(clock + this.lagMs, newest.stampMs + foreseenMsMax)
    switch (this.settings.method) {
      case "latest":
        return newest.point
      case "extrapolation":
        return this.history.extrapolated(stampMs)
      case "interpolation":
        return this.history.interpolated(this.advanced(clock - this.clock.delayMs, newest.stampMs, nowMs))
      default:
        return this.history.predicted(stampMs)
    }
  }

  /** The moment that is shown: waits where nothing newer is known, never goes back, and catches up by a third at most. */
  private advanced(wantedMs: number, knownMs: number, nowMs: number): number {
    const passedMs = Math.max(0, nowMs - this.shownAtMs)
    const catchesUp = this.shownStampMs + passedMs * catchUp
    const isAdrift = wantedMs - catchesUp > foreseenMsMax
    this.shownAtMs = nowMs
    this.shownStampMs = Math.max(this.shownStampMs, Math.min(wantedMs, knownMs, isAdrift ? Infinity : catchesUp))
    return this.shownStampMs
  }
}
