/** Virtual time: fast, in order, the same for the same seed, and closed to the real world. */
import { Cause, Clock, Deferred, Effect, Exit, Fiber, Queue, Random, Ref, Schedule } from "effect"
import { assert, describe, it } from "vitest"
import { LeakError } from "../../src/simulation/time/Leaks.ts"
import { MachineClock } from "../../src/simulation/time/VirtualClock.ts"
import { RestlessError } from "../../src/simulation/time/VirtualScheduler.ts"
import * as VirtualTime from "../../src/simulation/time/VirtualTime.ts"

/** Which of ten fibers that could go on did, in order. */
const race = Effect.gen(function*() {
  const order: Array<number> = []
  yield* Effect.forEach(
    Array.from({ length: 10 }, (_, i) => i),
    (i) => Effect.zipRight(Effect.sleep("1 second"), Effect.sync(() => void order.push(i))),
    { concurrency: "unbounded", discard: true }
  )
  return order
})

describe("virtual time", () => {
  it("passes only when nothing is left to do, and then at once", () => {
    const began = performance.now()
    const elapsed = VirtualTime.runSync(
      Effect.gen(function*() {
        const before = yield* Clock.currentTimeMillis
        const ticks = yield* Ref.make(0)
        const fiber = yield* Effect.fork(Effect.repeat(Ref.update(ticks, (n) => n + 1), Schedule.fixed("1 second")))
        yield* Effect.sleep("1 hour")
        yield* Fiber.interrupt(fiber)
        // What is due at the end itself may come before or after that.
        assert.approximately(yield* Ref.get(ticks), 3_600, 1)
        return (yield* Clock.currentTimeMillis) - before
      }),
      { timeLimit: "2 hours" }
    )
    assert.strictEqual(elapsed, 3_600_000)
    assert.isBelow(performance.now() - began, 20_000)
  })

  it("runs time-outs, races, queues and deferreds as real time does", () =>
    VirtualTime.runSync(Effect.gen(function*() {
      assert.strictEqual((yield* Effect.timeoutOption(Effect.never, "5 minutes"))._tag, "None")
      const queue = yield* Queue.bounded<number>(2)
      const producer = yield* Effect.fork(Effect.forEach([1, 2, 3, 4], (n) => queue.offer(n)))
      yield* Effect.sleep("1 second")
      for (const n of [1, 2, 3, 4]) assert.strictEqual(yield* queue.take, n)
      yield* Fiber.join(producer)
      const done = yield* Deferred.make<string>()
      yield* Effect.fork(Effect.delay(Deferred.succeed(done, "late"), "1 day").pipe(Effect.timeoutOption("1 minute")))
      const first = Effect.raceFirst(Deferred.await(done), Effect.as(Effect.sleep("2 minutes"), "sooner"))
      assert.strictEqual(yield* first, "sooner")
    })))

  it("gives the same run for the same seed, and others for others", () => {
    const runs = [1, 1, 2, 3].map((seed) => VirtualTime.runSync(race, { seed }).join(" "))
    assert.strictEqual(runs[0], runs[1])
    assert.isAbove(new Set(runs).size, 2)
    assert.strictEqual(VirtualTime.runSync(race, { order: "fifo" }).join(" "), "0 1 2 3 4 5 6 7 8 9")
  })

  it("gives chance by seed too, and no other", () => {
    const chance = Effect.gen(function*() {
      return [yield* Random.next, yield* Random.nextInt, Math.random(), Date.now(), performance.now()]
    })
    assert.deepStrictEqual(VirtualTime.runSync(chance, { seed: 5 }), VirtualTime.runSync(chance, { seed: 5 }))
    assert.notDeepEqual(VirtualTime.runSync(chance, { seed: 5 }), VirtualTime.runSync(chance, { seed: 6n }))
    assert.isAbove(Date.now(), 1_600_000_000_000, "the real clock is back")
  })

  it("gives failures and defects as an exit, and interrupts what still runs", () => {
    let interrupted = false
    const exit = VirtualTime.runExit(Effect.gen(function*() {
      yield* Effect.forkScoped(Effect.onInterrupt(Effect.never, () => Effect.sync(() => (interrupted = true))))
      yield* Effect.sleep(1)
      return yield* Effect.fail("no")
    }))
    assert.isTrue(Exit.isFailure(exit) && Cause.squash(exit.cause) === "no")
    assert.isTrue(interrupted)
    assert.throws(() => VirtualTime.runSync(Effect.die(new Error("oh"))), "oh")
  })
})

describe("a mistake of the program", () => {
  it("is to wait for what does not come", () => {
    assert.throws(() => VirtualTime.runSync(Effect.never), VirtualTime.StuckError)
    assert.throws(
      () => VirtualTime.runSync(Effect.forever(Effect.sleep("1 minute"))),
      VirtualTime.StuckError,
      "had not ended after 3600000 ms"
    )
  })

  it("is to go on for ever without time passing", () => {
    assert.throws(() => VirtualTime.runSync(Effect.forever(Effect.yieldNow())), RestlessError)
  })

  const leaks: ReadonlyArray<readonly [string, Effect.Effect<unknown, unknown>]> = [
    ["setTimeout", Effect.sync(() => setTimeout(() => {}, 0))],
    ["setImmediate", Effect.async<void>((resume) => void setImmediate(() => resume(Effect.void)))],
    ["a promise", Effect.promise(() => Promise.resolve(1))],
    ["an async function", Effect.tryPromise(async () => 1)],
    ["queueMicrotask", Effect.sync(() => queueMicrotask(() => {}))]
  ]
  for (const [name, leak] of leaks) {
    it(`is ${name}, which the real world ends`, () => {
      assert.throws(() => VirtualTime.runSync(Effect.zipRight(leak, Effect.sleep("1 second"))), LeakError)
    })
  }

  it("is a run within a run", () => {
    assert.throws(() => VirtualTime.runSync(Effect.sync(() => VirtualTime.runSync(Effect.void))), LeakError)
  })
})

describe("a process in virtual time", () => {
  /** Ticks each millisecond, on a process of its own. */
  const ticking = Effect.gen(function*() {
    const process = yield* VirtualTime.process
    const state = { ticks: 0, ended: false }
    const fiber = yield* Effect.ensuring(
      Effect.repeat(Effect.sync(() => state.ticks++), Schedule.spaced("1 millis")),
      Effect.sync(() => (state.ended = true))
    ).pipe(Effect.withScheduler(process), Effect.forkDaemon)
    yield* Effect.sleep("10 millis")
    return { process, state, fiber }
  })

  it("does nothing while it is paused, and then goes on", () =>
    VirtualTime.runSync(Effect.gen(function*() {
      const { process, state } = yield* ticking
      process.pause()
      const before = state.ticks
      yield* Effect.sleep("1 second")
      assert.strictEqual(state.ticks, before)
      process.resume()
      yield* Effect.sleep("10 millis")
      assert.isAbove(state.ticks, before + 5)
    })))

  it("runs no finalizer when it crashes, and nothing ever again", () =>
    VirtualTime.runSync(Effect.gen(function*() {
      const { fiber, process, state } = yield* ticking
      process.crash()
      const before = state.ticks
      fiber.unsafeInterruptAsFork(yield* Effect.fiberId)
      yield* Effect.sleep("1 second")
      assert.strictEqual(state.ticks, before)
      assert.isFalse(state.ended)
    })))

  it("may crash before any task", () =>
    VirtualTime.runSync(Effect.gen(function*() {
      const { process, state } = yield* ticking
      let crashed = false
      process.crashBefore(5, () => {
        crashed = true
        process.crash()
      })
      const before = state.ticks
      yield* Effect.sleep("1 second")
      assert.isTrue(crashed)
      assert.isAtMost(state.ticks, before + 5)
    })))
})

describe("a run that is over", () => {
  it("leaves nothing behind that Effect keeps", () => {
    const before = Effect.runSync(Fiber.roots).length
    VirtualTime.runSync(Effect.gen(function*() {
      const process = yield* VirtualTime.process
      yield* Effect.forkDaemon(Effect.withScheduler(Effect.forever(Effect.sleep("1 second")), process))
      yield* Effect.sleep("10 seconds")
      process.crash()
    }))
    assert.throws(() => VirtualTime.runSync(Effect.never))
    assert.strictEqual(Effect.runSync(Fiber.roots).length, before)
  })
})

describe("a machine's clock", () => {
  it("runs fast or slow, and its sleeps with it; only the wall clock may be set", () =>
    VirtualTime.runSync(
      Effect.gen(function*() {
        const truth = yield* VirtualTime.clock
        const fast = new MachineClock(truth, 1_000)
        const [wall, monotonic] = [fast.unsafeCurrentTimeMillis(), fast.unsafeCurrentTimeNanos()]
        yield* Effect.withClock(Effect.sleep("1000 seconds"), fast)
        assert.approximately(truth.elapsedMs, 999_001, 1)
        assert.approximately(fast.unsafeCurrentTimeMillis() - wall, 1_000_000, 1)
        fast.step(-60_000)
        assert.approximately(fast.unsafeCurrentTimeMillis() - wall, 940_000, 1)
        assert.approximately(Number(fast.unsafeCurrentTimeNanos() - monotonic) / 1e6, 1_000_000, 1)
      })
    ))
})
