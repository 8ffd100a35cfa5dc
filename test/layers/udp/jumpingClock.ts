/**
 * A clock for whole suites in memory: as soon as nothing else is to be done, it jumps to the next timer. Unlike a
 * TestClock it needs no real time between two of them.
 */
import { Clock, Duration, Effect, Fiber } from "effect"

interface Timer {
  readonly at: bigint
  readonly ring: () => void
}

export class JumpingClock implements Clock.Clock {
  readonly [Clock.ClockTypeId]: Clock.ClockTypeId = Clock.ClockTypeId
  private now = 0n
  private readonly timers: Array<Timer> = []

  unsafeCurrentTimeMillis = () => Number(this.now / 1_000_000n)
  unsafeCurrentTimeNanos = () => this.now
  currentTimeMillis = Effect.sync(this.unsafeCurrentTimeMillis)
  currentTimeNanos = Effect.sync(this.unsafeCurrentTimeNanos)

  sleep(duration: Duration.Duration): Effect.Effect<void> {
    return Effect.async((resume) => {
      const timer = { at: this.now + Duration.unsafeToNanos(duration), ring: () => resume(Effect.void) }
      let i = this.timers.length
      while (i > 0 && this.timers[i - 1]!.at > timer.at) i--
      this.timers.splice(i, 0, timer)
      return Effect.sync(() => {
        const at = this.timers.indexOf(timer)
        if (at >= 0) this.timers.splice(at, 1)
      })
    })
  }

  /** Runs an effect on this clock; dies where it waits for what no timer will bring. */
  drive<A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    return Effect.gen(this, function*() {
      const fiber = yield* Effect.fork(Effect.withClock(effect, this))
      for (;;) {
        // Twice, since a task may be behind a timer of the scheduler's own.
        yield* idle
        yield* idle
        if (fiber.unsafePoll() !== null) return yield* Fiber.join(fiber)
        const next = this.timers.shift()
        if (next === undefined) return yield* Effect.dieMessage("everything waits, and nothing will come")
        if (next.at > this.now) this.now = next.at
        next.ring()
      }
    })
  }
}

const idle = Effect.async<void>((resume) => {
  setImmediate(() => setTimeout(() => resume(Effect.void), 0))
})
