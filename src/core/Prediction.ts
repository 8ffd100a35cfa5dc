/**
 * A player's own seat, shown where it will be when the host has applied what the player wants: from the newest view on,
 * with the inputs that no view has acknowledged yet, each at the tick for which it was meant (row F4).
 *
 * The predicted time runs ahead of the newest view by the lead: as many ticks as an input takes to be applied and shown.
 * It goes on while there is no host, at first at full pace, then ever slower and for a bounded time, since a host that
 * comes back has not played those ticks. When a view tells otherwise, the difference fades instead of showing at once.
 */
import { FadingErrors, type Point, type Points } from "./smoothing/Smoothing.ts"

export interface PredictionSettings<View> {
  readonly tickRate: number
  readonly seat: number
  /** A game's `predict` (see games/Game): the view one tick later, as far as this seat is concerned. */
  readonly predict: (view: View, inputs: ReadonlyArray<unknown>) => View
  /** What of a view is shown as predicted: the seat's objects, or all that `predict` moves. */
  readonly points: (view: View) => Points
  /** As in Smoothing. */
  readonly snapBeyond: number
  /** How far the predicted time may be ahead of the lead while no view comes, in milliseconds; by default `aheadMsMax`. */
  readonly aheadMsMax?: number | undefined
}

/** The predicted time is at most so far ahead of the newest view, in milliseconds of play. */
export const aheadMsMax = 750

/** Without views for so long, the predicted time slows down; after the second it stands still. */
export const slowAfterMs = 250
const standAfterMs = 1500

/** The lead is learned within these bounds. */
const leadTicksMax = 30
const leadTicksFirst = 2

interface Wanted {
  readonly number: number
  readonly input: unknown
  /** The predicted tick that it first counts for. */
  readonly tick: number
}

export class Prediction<View> {
  private readonly tickMs: number
  private readonly errors: FadingErrors
  /** The newest view and its clock. */
  private base: { readonly view: View; readonly clock: number; readonly atMs: number } | null = null
  private acknowledged = 0
  private wanted: Array<Wanted> = []
  /** The predicted time in ticks, and the view at its whole part. */
  private time = 0
  private timeAtMs = 0
  private tick = 0
  private current: View | null = null
  private next: View | null = null
  private leadTicks = leadTicksFirst

  constructor(private readonly settings: PredictionSettings<View>) {
    this.tickMs = 1000 / settings.tickRate
    this.errors = new FadingErrors(settings.snapBeyond)
  }

  /** How many ticks an input takes from the hand to the screen, as far as is known. */
  get lead(): number {
    return this.leadTicks
  }

  /** The player wants something: counts from the next predicted tick on. */
  want(number: number, input: unknown, nowMs: number): void {
    const before = this.exact()
    this.wanted.push({ number, input, tick: this.tick + 1 })
    this.next = null
    // The tick is under way already: it does not start again elsewhere.
    this.glide(before, nowMs)
  }

  /** A newer view: the seat's inputs up to `acknowledged` are in it. */
  push(view: View, clock: number, acknowledged: number, nowMs: number): void {
    this.advanceTime(nowMs)
    if (this.current !== null) this.stepTo(Math.floor(this.time))
    // As of now: what has moved since it was shown last has not moved by mistake.
    const before = this.exact()
    this.learn(clock, acknowledged)
    this.acknowledged = Math.max(this.acknowledged, acknowledged)
    this.wanted = this.wanted.filter(({ number }) => number > acknowledged)
    const first = this.base === null
    this.base = { view, clock, atMs: nowMs }
    const off = clock + this.leadTicks - this.time
    // Small differences of pace are evened out, a pause is not.
    this.time = first || Math.abs(off) > 6 ? clock + this.leadTicks : Math.max(clock, this.time + off * 0.1)
    this.replay()
    this.glide(before, nowMs)
  }

  private glide(before: Points, nowMs: number): void {
    const after = this.exact()
    for (const name of Object.keys(after)) {
      const was = before[name]
      if (was !== undefined) this.errors.moved(name, was, after[name]!, nowMs)
    }
  }

  /** Another lineage goes on, or another seat's story: nothing of what was wanted counts. */
  restart(): void {
    this.base = null
    this.current = null
    this.next = null
    this.wanted = []
    this.acknowledged = 0
  }

  /** The predicted view (whole ticks), and where to show the seat's objects now; null before the first view. */
  sample(nowMs: number): { readonly view: View; readonly points: Points } | null {
    if (this.base === null || this.current === null) return null
    this.advanceTime(nowMs)
    this.stepTo(Math.floor(this.time))
    const exact = this.exact()
    const shown: Record<string, Point> = {}
    for (const name of Object.keys(exact)) shown[name] = this.errors.shown(name, exact[name]!, nowMs)
    return { view: this.current, points: shown }
  }

  /** Where the seat's objects are at the predicted time, between its tick and the next. */
  private exact(): Points {
    if (this.current === null) return {}
    this.next ??= this.settings.predict(this.current, this.inputsOf(this.tick + 1))
    const from = this.settings.points(this.current)
    const to = this.settings.points(this.next)
    const share = Math.max(0, Math.min(1, this.time - this.tick))
    const points: Record<string, Point> = {}
    for (const name of Object.keys(from)) {
      const target = to[name] ?? from[name]!
      points[name] = from[name]!.map((value, axis) => value + ((target[axis] ?? value) - value) * share)
    }
    return points
  }

  private advanceTime(nowMs: number): void {
    const passed = Math.max(0, nowMs - this.timeAtMs)
    this.timeAtMs = nowMs
    if (this.base === null) return
    const silent = nowMs - this.base.atMs
    const pace = Math.max(0, Math.min(1, (standAfterMs - silent) / (standAfterMs - slowAfterMs)))
    const aheadMs = this.settings.aheadMsMax ?? aheadMsMax
    const farthest = this.base.clock + this.leadTicks + aheadMs / this.tickMs
    this.time = Math.min(farthest, this.time + (Math.min(passed, 250) * pace) / this.tickMs)
  }

  /** Inputs that were applied later or earlier than they were predicted for tell the lead. */
  private learn(clock: number, acknowledged: number): void {
    const gap = this.base === null ? Infinity : clock - this.base.clock
    if (gap > 2) return
    for (const { number, tick } of this.wanted) {
      if (number > acknowledged) break
      const late = Math.max(-4, Math.min(4, clock - tick))
      this.leadTicks = Math.max(0.5, Math.min(leadTicksMax, this.leadTicks + late * 0.2))
    }
  }

  private replay(): void {
    const { clock, view } = this.base!
    const target = Math.floor(this.time)
    // After a pause the host applies at once what was meant for ticks that it did not play.
    this.wanted = this.wanted.map((wanted) => wanted.tick > target + 1 ? { ...wanted, tick: target + 1 } : wanted)
    this.current = view
    this.tick = clock
    this.next = null
    this.stepTo(target)
  }

  private stepTo(target: number): void {
    while (this.tick < target) {
      this.current = this.next ?? this.settings.predict(this.current!, this.inputsOf(this.tick + 1))
      this.next = null
      this.tick++
    }
  }

  /** The inputs that count first at this tick: what is overdue counts at the first tick after the view. */
  private inputsOf(tick: number): ReadonlyArray<unknown> {
    const first = tick === this.base!.clock + 1
    return this.wanted.filter((one) => one.tick === tick || (first && one.tick < tick)).map(({ input }) => input)
  }
}
