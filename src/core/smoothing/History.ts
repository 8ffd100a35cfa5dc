/** The last samples of one object, and where it was, is and will be by them. */
import { length } from "./Correction.ts"
import type { Point } from "./Smoothing.ts"
import { Walls } from "./Walls.ts"

export interface Sample {
  /** The sender's clock. */
  readonly stampMs: number
  readonly point: Point
  /** Units per second, if the sender tells; otherwise it is taken from the samples. */
  readonly velocity?: Point | undefined
}

const kept = 32
/** Turning is foreseen for so long; then the object goes straight on. */
const turningMsMax = 200

export class History {
  private samples: Array<Sample> = []
  private readonly walls: Array<Walls>

  /** `walls`: where it bounces along each axis, where that is known. */
  constructor(walls: ReadonlyArray<readonly [low: number, high: number]> = []) {
    this.walls = walls.map((told) => new Walls(told))
  }

  get newest(): Sample | undefined {
    return this.samples.at(-1)
  }

  /** False: there is a newer one already. */
  add(sample: Sample): boolean {
    const before = this.newest
    if (before !== undefined && sample.stampMs <= before.stampMs) return false
    this.samples.push(sample)
    if (this.samples.length > kept) this.samples.shift()
    if (before !== undefined) this.learn(before, sample)
    return true
  }

  /** Of another clock: what was is not led over to what is. Walls stay. */
  restart(): void {
    this.samples = []
  }

  /** Between the samples before and after a moment, or where the first or last one is. */
  interpolated(stampMs: number): Point | null {
    const last = this.newest
    if (last === undefined || stampMs >= last.stampMs) return last?.point ?? null
    let after = this.samples.length - 1
    while (after > 0 && this.samples[after - 1]!.stampMs > stampMs) after--
    const to = this.samples[after]!
    const from = this.samples[after - 1]
    if (from === undefined) return to.point
    const share = (stampMs - from.stampMs) / (to.stampMs - from.stampMs)
    return to.point.map((value, axis) => from.point[axis]! + (value - from.point[axis]!) * share)
  }

  /** The newest position, plus its speed times its age. */
  extrapolated(stampMs: number): Point | null {
    const last = this.newest
    if (last === undefined) return null
    const speed = this.speedOf(this.samples.length - 1)
    return last.point.map((value, axis) => value + speed[axis]! * (stampMs - last.stampMs))
  }

  /** As `extrapolated`, but turning as it has turned lately, and bouncing where it has bounced before. */
  predicted(stampMs: number): Point | null {
    const last = this.newest
    if (last === undefined) return null
    const speed = this.speedOf(this.samples.length - 1)
    const ageMs = stampMs - last.stampMs
    const bend = this.bend()
    const bentMs = Math.min(ageMs, turningMsMax)
    return last.point.map((value, axis) => {
      const straight = value + speed[axis]! * ageMs
      const bent = bend === null ? 0 : bend[axis]! * bentMs * (ageMs - bentMs / 2)
      return this.walls[axis]?.folded(value, straight + bent) ?? straight + bent
    })
  }

  /** Units per millisecond. */
  private speedOf(index: number): Point {
    const sample = this.samples[index]!
    if (sample.velocity !== undefined) return sample.velocity.map((value) => value / 1000)
    const before = this.samples[index - 1]
    if (before === undefined) return sample.point.map(() => 0)
    const passed = sample.stampMs - before.stampMs
    return sample.point.map((value, axis) => (value - before.point[axis]!) / passed)
  }

  /** By how much the speed changes a millisecond, where it changes steadily: twice in nearly the same way. */
  private bend(): Point | null {
    const last = this.samples.length - 1
    if (last < 3) return null
    const between = (index: number): Point => {
      const passed = this.samples[index]!.stampMs - this.samples[index - 1]!.stampMs
      const [a, b] = [this.speedOf(index - 1), this.speedOf(index)]
      return b.map((value, axis) => (value - a[axis]!) / passed)
    }
    const [older, newer] = [between(last - 1), between(last)]
    const apart = length(newer.map((value, axis) => value - older[axis]!))
    return apart > 0.5 * length(newer) ? null : newer.map((value, axis) => (value + older[axis]!) / 2)
  }

  private learn(from: Sample, to: Sample): void {
    const passed = to.stampMs - from.stampMs
    // Walls are learned from what the sender tells of its speed; a speed from positions is none around a bounce.
    if (from.velocity === undefined || to.velocity === undefined) return
    for (let axis = 0; axis < to.point.length; axis++) {
      const walls = this.walls[axis] ??= new Walls()
      walls.learn(from.point[axis]!, from.velocity[axis]! / 1000, to.point[axis]!, to.velocity[axis]! / 1000, passed)
    }
  }
}
