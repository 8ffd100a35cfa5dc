/**
 * Smooth motion of remote objects out of views that come with jitter, are skipped now and then, and pause while a new
 * host is found (rows E7 and F4).
 *
 * Objects are shown a little in the past, between two views that are there (interpolation). How far in the past follows
 * the jitter that is measured: never less than `delayTicksMin`. When views stay away an object goes on as it moved, ever
 * slower, for a bounded time, and waits there (extrapolation). What turns out to be elsewhere glides there, it does not jump, unless it is
 * farther away than anything moves.
 *
 * Times are passed in, in milliseconds of a clock that never goes back. The shown time never goes back either.
 */

/** Where something is, in as many dimensions as its game has. */
export type Point = ReadonlyArray<number>

/** Objects by name; a seat's own object is named by its number. */
export type Points = { readonly [name: string]: Point }

export interface SmoothingSettings {
  readonly tickRate: number
  /** What is farther from where it was shown is put there at once: it was moved by the rules, not by running. */
  readonly snapBeyond: number
}

/** The least and the most that objects are shown in the past. */
export const delayTicksMin = 1.5
const delayTicksMax = 10

/** For how long, at most, objects go on without views; they cover half of what they would at full speed. */
export const extrapolationMsMax = 120

/** An error is halved in so long. */
const halfLifeMs = 45

/** Views that are later than this after the one before tell of a pause, not of jitter. */
const pauseTicks = 6

/** Farther than this from where it should be, the shown time is set instead of hurried or slowed. */
const adriftTicks = 30

const samplesMax = 64

interface Sample {
  readonly clock: number
  readonly points: Points
}

/** How far apart two points are along the axis on which they are farthest apart. */
export const distance = (a: Point, b: Point): number => {
  let most = 0
  for (let axis = 0; axis < Math.max(a.length, b.length); axis++) {
    most = Math.max(most, Math.abs((a[axis] ?? 0) - (b[axis] ?? 0)))
  }
  return most
}

const mix = (a: Point, b: Point, share: number): Point =>
  a.map((value, axis) => value + ((b[axis] ?? value) - value) * share)

/** Errors that fade: what is shown stays where it is when the truth turns out to be elsewhere, and glides there. */
export class FadingErrors {
  private errors: Record<string, Point> = {}
  private atMs = -Infinity

  constructor(private readonly snapBeyond: number) {}

  /** The truth about an object changed from `before` to `after` (both without errors). */
  moved(name: string, before: Point, after: Point, nowMs: number): void {
    this.fade(nowMs)
    const standing = this.errors[name]
    const error = before.map((value, axis) => value - (after[axis] ?? value) + (standing?.[axis] ?? 0))
    if (error.every((value) => Math.abs(value) <= this.snapBeyond)) this.errors[name] = error
    else delete this.errors[name]
  }

  /** Where to show an object that is at `point`. */
  shown(name: string, point: Point, nowMs: number): Point {
    this.fade(nowMs)
    const error = this.errors[name]
    return error === undefined ? point : point.map((value, axis) => value + (error[axis] ?? 0))
  }

  forget(name: string): void {
    delete this.errors[name]
  }

  private fade(nowMs: number): void {
    const passed = nowMs - this.atMs
    this.atMs = nowMs
    if (!(passed > 0)) return
    const left = 0.5 ** (passed / halfLifeMs)
    for (const name of Object.keys(this.errors)) {
      const error = this.errors[name]!.map((value) => value * left)
      if (error.every((value) => Math.abs(value) < 0.05)) delete this.errors[name]
      else this.errors[name] = error
    }
  }
}

export class Smoothing {
  private readonly tickMs: number
  private readonly errors: FadingErrors
  private samples: Array<Sample> = []
  /** By how much the fastest view since the last pause came after its clock, in milliseconds. */
  private offsetMs = Infinity
  private arrivedAtMs = -Infinity
  private jitterMs = 0
  /** The clock whose state is shown, between two ticks; null before the first view. Never goes back within a lineage. */
  clock: number | null = null
  private shownAtMs = 0

  constructor(private readonly settings: SmoothingSettings) {
    this.tickMs = 1000 / settings.tickRate
    this.errors = new FadingErrors(settings.snapBeyond)
  }

  /** How far in the past objects are shown, in ticks, when views come. */
  get delayTicks(): number {
    return Math.min(delayTicksMax, Math.max(delayTicksMin, 0.5 + (1.5 * this.jitterMs) / this.tickMs))
  }

  /** A view's objects. Views that are not newer than one that was there are passed over. */
  push(clock: number, points: Points, nowMs: number): void {
    const newest = this.samples.at(-1)
    if (newest !== undefined && clock <= newest.clock) return
    this.measure(clock, nowMs)
    const before = this.clock === null ? null : this.at(this.clock)
    this.samples.push({ clock, points })
    if (this.samples.length > samplesMax) this.samples.shift()
    if (before === null || this.clock === null) return
    const after = this.at(this.clock)
    for (const name of Object.keys(after)) {
      const was = before[name]
      if (was !== undefined && distance(was, after[name]!) > 0) this.errors.moved(name, was, after[name]!, nowMs)
    }
  }

  /** Another lineage goes on: what was is not led over to what is. */
  restart(): void {
    this.samples = []
    this.offsetMs = Infinity
    this.arrivedAtMs = -Infinity
    this.clock = null
  }

  sample(nowMs: number): Points {
    this.advance(nowMs)
    if (this.clock === null) return {}
    const points = this.at(this.clock)
    const shown: Record<string, Point> = {}
    for (const name of Object.keys(points)) shown[name] = this.errors.shown(name, points[name]!, nowMs)
    return shown
  }

  private measure(clock: number, nowMs: number): void {
    const offset = nowMs - clock * this.tickMs
    if (nowMs - this.arrivedAtMs > pauseTicks * this.tickMs) this.offsetMs = offset
    this.arrivedAtMs = nowMs
    // Clocks drift apart: the fastest view of long ago counts less and less.
    this.offsetMs = Math.min(offset, this.offsetMs + 0.01 * this.tickMs)
    const late = offset - this.offsetMs
    this.jitterMs += (late > this.jitterMs ? 0.3 : 0.01) * (late - this.jitterMs)
  }

  private advance(nowMs: number): void {
    const newest = this.samples.at(-1)
    if (newest === undefined) return
    const wanted = (nowMs - this.offsetMs) / this.tickMs - this.delayTicks
    const farthest = newest.clock + extrapolationMsMax / this.tickMs
    const passed = Math.max(0, nowMs - this.shownAtMs) / this.tickMs
    this.shownAtMs = nowMs
    if (this.clock === null) this.clock = Math.min(wanted, newest.clock)
    else if (wanted - this.clock > adriftTicks) this.clock = wanted
    else {
      // Hurried or slowed by at most a third.
      const behind = wanted - this.clock - passed
      this.clock += passed * (1 + Math.max(-0.33, Math.min(0.33, behind * 0.1)))
    }
    this.clock = Math.min(this.clock, farthest)
  }

  /** Where objects are at a clock, as far as the views tell. What the newest view does not hold is gone. */
  private at(clock: number): Points {
    const newest = this.samples.at(-1)!
    if (clock >= newest.clock) return this.extrapolated(clock, newest)
    let after = this.samples.length - 1
    while (after > 0 && this.samples[after - 1]!.clock > clock) after--
    const to = this.samples[after]!
    const from = this.samples[after - 1]
    const points: Record<string, Point> = {}
    for (const name of Object.keys(newest.points)) {
      // What appeared later than this clock is shown where it appeared.
      const b = to.points[name] ?? this.firstOf(name, after)
      const a = from?.points[name] ?? b
      const share = from === undefined ? 1 : (clock - from.clock) / (to.clock - from.clock)
      points[name] = distance(a, b) > this.settings.snapBeyond ? b : mix(a, b, share)
    }
    return points
  }

  private firstOf(name: string, from: number): Point {
    return this.samples.slice(from).find(({ points }) => points[name] !== undefined)?.points[name] ?? []
  }

  private extrapolated(clock: number, newest: Sample): Points {
    const before = this.samples.at(-2)
    const most = extrapolationMsMax / this.tickMs
    const ahead = Math.min(most, clock - newest.clock)
    // Speed falls evenly to nothing at `most`.
    const covered = ahead - (ahead * ahead) / (2 * most)
    if (before === undefined || covered === 0) return newest.points
    const points: Record<string, Point> = {}
    for (const name of Object.keys(newest.points)) {
      const b = newest.points[name]!
      const a = before.points[name] ?? b
      points[name] = distance(a, b) > this.settings.snapBeyond
        ? b
        : mix(a, b, 1 + covered / (newest.clock - before.clock))
    }
    return points
  }
}
