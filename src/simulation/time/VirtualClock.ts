/** A Clock on which time passes only when a simulation says so, and the clocks of machines that differ from it. */
import { Clock, Duration, Effect } from "effect"
import { type Timer, Timers } from "./Timers.ts"

/** Where virtual time begins: 2001-09-09T01:46:40Z, so that nothing mistakes it for no time. In nanoseconds. */
const beginning = 1_000_000_000_000 * 1_000_000
/** The monotonic clock begins elsewhere than the wall clock, as on a real machine. */
const bootedAt = beginning - 1_000_000_000_000

const nanosOf = (duration: Duration.Duration): number =>
  Duration.isFinite(duration) ? Math.ceil(Duration.toMillis(duration) * 1e6) : Number.POSITIVE_INFINITY

export abstract class AnyClock implements Clock.Clock {
  readonly [Clock.ClockTypeId]: Clock.ClockTypeId = Clock.ClockTypeId
  /** Its own milliseconds since the simulation began; monotonic. */
  abstract get elapsedMs(): number
  abstract unsafeCurrentTimeMillis(): number
  abstract unsafeCurrentTimeNanos(): bigint
  /** Fires after so much of this clock's own time. */
  protected abstract after(duration: Duration.Duration, fire: () => void): () => boolean

  readonly currentTimeMillis = Effect.sync(() => this.unsafeCurrentTimeMillis())
  readonly currentTimeNanos = Effect.sync(() => this.unsafeCurrentTimeNanos())

  sleep(duration: Duration.Duration): Effect.Effect<void> {
    return Effect.async<void>((resume) => {
      const cancel = this.after(duration, () => resume(Effect.void))
      return Effect.sync(cancel)
    })
  }
}

/** The simulation's own time. */
export class VirtualClock extends AnyClock {
  readonly timers = new Timers()
  /** Nanoseconds since the simulation began. */
  elapsedNanos = 0

  get elapsedMs(): number {
    return this.elapsedNanos / 1e6
  }

  unsafeCurrentTimeMillis(): number {
    return Math.floor((beginning + this.elapsedNanos) / 1e6)
  }

  unsafeCurrentTimeNanos(): bigint {
    return BigInt(beginning - bootedAt) + BigInt(this.elapsedNanos)
  }

  protected after(duration: Duration.Duration, fire: () => void): () => boolean {
    return this.at(this.elapsedNanos + nanosOf(duration), fire)
  }

  /** Fires at this time, in nanoseconds since the beginning. Returns what cancels it. */
  at(nanos: number, fire: () => void): () => boolean {
    const timer: Timer = this.timers.add(Math.ceil(nanos), fire)
    return () => this.timers.cancel(timer)
  }

  /** Jumps to the next timer and fires it; false when there is none before `untilNanos`. */
  jump(untilNanos: number): boolean {
    const at = this.timers.nextAt()
    if (at === null || at > untilNanos || at === Number.POSITIVE_INFINITY) return false
    if (at > this.elapsedNanos) this.elapsedNanos = at
    this.timers.take()!()
    return true
  }
}

/**
 * A machine's clock: it runs a little fast or slow (`driftPpm`, parts per million), and its wall clock may be set
 * (`step`); its monotonic clock never jumps.
 */
export class MachineClock extends AnyClock {
  private wallOffsetMs = 0

  constructor(private readonly truth: VirtualClock, readonly driftPpm: number) {
    super()
  }

  private get rate(): number {
    return 1 + this.driftPpm / 1e6
  }

  private ownNanos(): number {
    return Math.floor(this.truth.elapsedNanos * this.rate)
  }

  get elapsedMs(): number {
    return this.ownNanos() / 1e6
  }

  /** Sets the wall clock forward, or back. */
  step(ms: number): void {
    this.wallOffsetMs += ms
  }

  unsafeCurrentTimeMillis(): number {
    return Math.floor(beginning / 1e6 + this.ownNanos() / 1e6 + this.wallOffsetMs)
  }

  unsafeCurrentTimeNanos(): bigint {
    return BigInt(beginning - bootedAt) + BigInt(this.ownNanos())
  }

  protected after(duration: Duration.Duration, fire: () => void): () => boolean {
    return this.truth.at(this.truth.elapsedNanos + Math.ceil(nanosOf(duration) / this.rate), fire)
  }
}
