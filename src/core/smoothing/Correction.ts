/**
 * Leads over from where an object was shown to where it turns out to be: half of the way in each half-life, but never
 * faster than a bound, so that nothing jumps. What is too far away was moved by the rules and is put there at once.
 */
import type { Point } from "./Smoothing.ts"

export interface CorrectionSettings {
  /** The fastest that an error is corrected, in units per second, beyond the object's own speed. */
  readonly perSecondMax: number
  readonly halfLifeMs: number
  /** An error that is larger is not led over. */
  readonly snapBeyond: number
}

/** 150 units a second are 2.5 in each of 60 frames. */
export const defaultCorrection: CorrectionSettings = { perSecondMax: 150, halfLifeMs: 45, snapBeyond: Infinity }

export class Correction {
  private error: Point | null = null
  private atMs = 0

  constructor(private readonly settings: CorrectionSettings = defaultCorrection) {}

  /** It was shown at `before`, and turns out to be at `after`. */
  moved(before: Point, after: Point, nowMs: number): void {
    const error = before.map((value, axis) => value - after[axis]!)
    this.error = length(error) > this.settings.snapBeyond ? null : error
    this.atMs = nowMs
  }

  /** Where to show it. */
  shown(point: Point, nowMs: number): Point {
    this.fade(nowMs)
    const { error } = this
    return error === null ? point : point.map((value, axis) => value + error[axis]!)
  }

  private fade(nowMs: number): void {
    const passedMs = nowMs - this.atMs
    if (this.error === null || !(passedMs > 0)) return
    this.atMs = nowMs
    const { halfLifeMs, perSecondMax } = this.settings
    const size = length(this.error)
    const wanted = size * (1 - 0.5 ** (passedMs / halfLifeMs))
    const left = size - Math.min(wanted, (perSecondMax * passedMs) / 1000)
    this.error = left < 0.01 ? null : this.error.map((value) => (value * left) / size)
  }
}

export const length = (vector: Point): number => Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0))
