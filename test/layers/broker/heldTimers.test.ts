import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { HeldTimers } from "../../../src/layers/broker/HeldTimers.ts"

const due = (timers: HeldTimers, ms: number) => Effect.async<void>((done) => timers.after(ms, () => done(Effect.void)))

describe("time that can stand still", () => {
  it.live("goes on from where it stood, and runs what was due meanwhile", () =>
    Effect.gen(function*() {
      const timers = new HeldTimers()
      assert.strictEqual(timers.nowMs(), timers.nowMs(), "it stands still at first")
      timers.release()
      yield* due(timers, 1)
      timers.hold()
      const heldAt = timers.nowMs()
      let ran = false
      timers.after(1, () => ran = true)
      yield* Effect.sleep(20)
      assert.isFalse(ran)
      assert.strictEqual(timers.nowMs(), heldAt)
      timers.release()
      assert.isTrue(ran)
      assert.isBelow(timers.nowMs() - heldAt, 20)
      timers.close()
    }))
})
