/**
 * Runs Effect programs in virtual time: a Clock over a heap of timers, a Scheduler that runs fibers' tasks in a seeded
 * order until none is left and then jumps to the next timer, and seeded Random. The same seed gives the same run on every
 * machine. Synchronous: nothing that runs in it may wait for the real world, and what tries to is found.
 */
import {
  Cause,
  Clock,
  Context,
  Duration,
  Effect,
  Exit,
  Fiber,
  FiberId,
  FiberRef,
  Option,
  Random,
  type Scope
} from "effect"
import { Chance } from "./Chance.ts"
import * as Leaks from "./Leaks.ts"
import { AnyClock, VirtualClock } from "./VirtualClock.ts"
import { type Order, VirtualProcess, VirtualScheduler } from "./VirtualScheduler.ts"

export interface Options {
  /** 0 to 2^64 - 1. Default: 1. */
  readonly seed?: number | bigint
  /** Which of the fibers that could go on does. Default: `seeded`. */
  readonly order?: Order
  /** How much virtual time may pass before the effect must have ended. Default: one hour. */
  readonly timeLimit?: Duration.DurationInput
  /** Called whenever nothing is left to do at a moment, before time jumps on. What it throws ends the run. */
  readonly onRest?: (moment: Moment) => void
}

/** Where a run stands. */
export interface Moment {
  /** Virtual milliseconds since its beginning. */
  readonly elapsedMs: number
  /** Tasks run so far. */
  readonly tasks: number
  /** Timers that are set. */
  readonly timers: number
}

/** The effect waits for something that does not come: nothing can run any more, and no timer is set. Or the time is up. */
export class StuckError extends Error {
  override readonly name = "StuckError"
}

/** The clock that a run goes by; for what simulates machines whose clocks differ. */
export const clock: Effect.Effect<VirtualClock> = Effect.clockWith((found) =>
  found instanceof VirtualClock ? Effect.succeed(found) : Effect.dieMessage("this does not run in virtual time")
)

/** A process of its own, to pause and crash: run an effect on it by `Effect.withScheduler`. */
export const process: Effect.Effect<VirtualProcess> = Effect.flatMap(
  FiberRef.get(FiberRef.currentScheduler),
  (scheduler) =>
    scheduler instanceof VirtualScheduler
      ? Effect.sync(() => new VirtualProcess(scheduler))
      : Effect.dieMessage("this does not run in virtual time, or on a process already")
)

/**
 * The effect's exit.
 *
 * @throws StuckError, RestlessError (tasks never end although no time passes) or LeakError, which are mistakes of the
 *   program and no outcome of it; and whatever `onRest` throws.
 */
export const runExit = <A, E>(effect: Effect.Effect<A, E, Scope.Scope>, options: Options = {}): Exit.Exit<A, E> => {
  const chance = new Chance(BigInt(options.seed ?? 1))
  const scheduler = new VirtualScheduler(chance.stream("scheduler"), options.order ?? "seeded")
  const time = new VirtualClock()
  const limit = Duration.toMillis(options.timeLimit ?? Duration.hours(1)) * 1e6
  const { onRest } = options
  const [random, crypto] = [chance.stream("Math.random"), chance.stream("crypto")]
  const world = {
    beganMs: time.unsafeCurrentTimeMillis(),
    nowMs: () => runningOn(time).unsafeCurrentTimeMillis(),
    elapsedMs: () => runningOn(time).elapsedMs,
    monotonicNanos: () => runningOn(time).unsafeCurrentTimeNanos(),
    random: () => random.float(),
    entropy: () => crypto.uint32()
  }
  const before = new Set(Effect.runSync(Fiber.roots))
  const body = (check: () => void): Exit.Exit<A, E> => {
    const fiber = Effect.runFork(
      Effect.scoped(effect).pipe(
        Effect.withClock(time),
        Effect.withRandom(Random.make(chance.stream("Random").randomSeed()))
      ),
      { scheduler }
    )
    for (;;) {
      scheduler.drain()
      check()
      onRest?.({ elapsedMs: time.elapsedMs, tasks: scheduler.count, timers: time.timers.size })
      const exit = fiber.unsafePoll()
      if (exit !== null) return exit
      if (!time.jump(limit)) throw new StuckError(whyStuck(time, limit))
    }
  }
  try {
    return Leaks.watched(world, body)
  } finally {
    for (const fiber of Effect.runSync(Fiber.roots)) if (!before.has(fiber)) bury(fiber)
  }
}

/** The clock of the machine whose fiber runs at this moment; the run's own where there is none. */
const runningOn = (time: VirtualClock): AnyClock => {
  const fiber = Fiber.getCurrentFiber()
  if (Option.isNone(fiber)) return time
  const found = Context.get(fiber.value.currentDefaultServices, Clock.Clock)
  return found instanceof AnyClock ? found : time
}

/**
 * A fiber of a run that is over, or of a process that crashed, never goes on. Effect keeps every root fiber that has not
 * ended, with all that hangs on it: so it ends, as far as that goes, without a step of its own.
 */
const bury = (fiber: Fiber.RuntimeFiber<unknown, unknown>): void => {
  const { setExitValue } = fiber as { readonly setExitValue?: (exit: Exit.Exit<never>) => void }
  setExitValue?.call(fiber, Exit.interrupt(FiberId.none))
}

const whyStuck = (time: VirtualClock, limit: number): string =>
  time.timers.nextAt() === null || time.timers.nextAt() === Number.POSITIVE_INFINITY
    ? "the program waits for something that does not come: no fiber can go on, and no timer is set"
    : `the program had not ended after ${limit / 1e6} ms of virtual time`

/**
 * What the effect gives.
 *
 * @throws what the effect fails with, and as `runExit`.
 */
export const runSync = <A, E>(effect: Effect.Effect<A, E, Scope.Scope>, options: Options = {}): A => {
  const exit = runExit(effect, options)
  if (Exit.isSuccess(exit)) return exit.value
  throw Cause.squash(exit.cause)
}
