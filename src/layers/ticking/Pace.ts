/** How evenly a host ticks, as a metric. */
import { Metric, MetricBoundaries } from "effect"

const boundsMs = [0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 8, 12, 16, 25, 50, 100, 250]

const deviation = Metric.histogram(
  "hostless_tick_deviation_seconds",
  MetricBoundaries.fromIterable(boundsMs.map((ms) => ms / 1_000)),
  "How much longer or shorter than the game's period the time between two ticks of this host was."
)

export class Pace {
  private lastMs: number | null = null

  constructor(private readonly periodMs: number) {}

  /** A tick begins; monotonic milliseconds. */
  ticked(nowMs: number): void {
    if (this.lastMs !== null) deviation.unsafeUpdate(Math.abs(nowMs - this.lastMs - this.periodMs) / 1_000, [])
    this.lastMs = nowMs
  }

  /** This node does not tick any more. */
  paused(): void {
    this.lastMs = null
  }
}
