/** A property for each claim of the smoothing of remote objects. */
import { assert, describe, it } from "vitest"
import * as Course from "../../../src/core/smoothing/Course.ts"
import { type Method, RemoteObject } from "../../../src/core/smoothing/RemoteObject.ts"
import { SharedClock } from "../../../src/core/smoothing/SharedClock.ts"
import type { Point } from "../../../src/core/smoothing/Smoothing.ts"
import { fc } from "../../setup/chance.ts"

const frameMs = 1000 / 60

/** Arrivals of updates made every 100 ms: each late by so much, or never. */
const arrivals = fc.array(fc.option(fc.integer({ min: 0, max: 90 }), { freq: 6 }), { minLength: 20, maxLength: 80 })

/** Shows an object at 60 frames a second whose updates come like that; `at` is its place by its sender's clock. */
const watch = (
  method: Method,
  lates: ReadonlyArray<number | null>,
  at: (ms: number) => { readonly point: Point; readonly velocity: Point },
  frame: (shown: Point, nowMs: number, remote: RemoteObject) => void,
  stampOf: (ms: number) => number = (ms) => ms
): void => {
  const remote = new RemoteObject({ method })
  const comes = lates.flatMap((late, i) => late === null ? [] : [{ madeMs: i * 100, atMs: i * 100 + late }])
  comes.sort((a, b) => a.atMs - b.atMs)
  for (let now = 0; now < lates.length * 100; now += frameMs) {
    while (comes.length > 0 && comes[0]!.atMs <= now) {
      const { atMs, madeMs } = comes.shift()!
      remote.push({ stampMs: stampOf(madeMs), ...at(madeMs) }, Math.max(atMs, now - frameMs))
    }
    const shown = remote.sample(now)
    if (shown !== null) frame(shown, now, remote)
  }
}

const straight = (ms: number) => ({ point: [ms * 0.3, 100 - ms * 0.1], velocity: [300, -100] })

/** In a room of 800 by 400. */
const bouncing = (vx: number, vy: number) => (ms: number) => {
  const axis = (start: number, speed: number, size: number): readonly [number, number] => {
    const way = (((start + (speed * ms) / 1000) % (2 * size)) + 2 * size) % (2 * size)
    return way <= size ? [way, speed] : [2 * size - way, -speed]
  }
  const [x, y] = [axis(100, vx, 800), axis(50, vy, 400)]
  return { point: [x[0], y[0]], velocity: [x[1], y[1]] }
}

const distance = (a: Point, b: Point): number => Math.sqrt((a[0]! - b[0]!) ** 2 + (a[1]! - b[1]!) ** 2)

/** The course that figures are told of. */
const usual = { seconds: 120, updatesPerSecond: 10, lagMs: 100, jitterMs: 50, loss: 0.05, warmUpSeconds: 10 }

describe("interpolation", () => {
  it("shows only places where the object was, one after the other, and never hurries by more than a third", () => {
    fc.assert(fc.property(arrivals, (lates) => {
      let before: { readonly x: number; readonly nowMs: number } | null = null
      watch("interpolation", lates, straight, ([x, y], nowMs) => {
        assert.closeTo(y!, 100 - x! / 3, 1e-6)
        assert.isAtMost(x!, nowMs * 0.3 + 1e-6)
        if (before !== null) {
          assert.isAtLeast(x!, before.x)
          assert.isAtMost(x! - before.x, 0.3 * (nowMs - before.nowMs) * (4 / 3) + 1e-6)
        }
        before = { x: x!, nowMs }
      })
    }))
  })

  it("waits for longer where jitter is larger, within bounds, and for less when that is over", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), fc.infiniteStream(fc.nat({ max: 1000 })), (jitter, chance) => {
        const clock = new SharedClock()
        let now = 0
        const hear = (count: number, most: number): void => {
          for (let i = 0; i < count; i++) {
            now += 100
            clock.heard(now, now + 40 + (most * Number(chance.next().value)) / 1000)
          }
        }
        hear(100, jitter)
        const delay = clock.delayMs
        assert.isAtLeast(delay, 100 + jitter * 0.3)
        assert.isAtMost(delay, Math.min(500, 101 + jitter * 1.6))
        hear(600, 0)
        assert.closeTo(clock.delayMs, 100, 2)
      }),
      { numRuns: 40 }
    )
  })
})

describe("extrapolation", () => {
  it("is right for what moves straight on, however late and rare its news, for as long as it is foreseen", () => {
    fc.assert(fc.property(arrivals, (some) => {
      // The first, on time, tells how the clocks differ.
      const lates = [0, ...some]
      watch("extrapolation", lates, straight, (shown, nowMs) => {
        const isKnown = lates.some((late, i) => late !== null && i * 100 + late <= nowMs && i * 100 > nowMs - 900)
        // Between two that are on time the clocks may drift apart by a thousandth.
        if (isKnown) assert.isAtMost(distance(shown, straight(nowMs).point), 0.32 * (1 + nowMs / 1000))
      })
    }))
  })
})

describe("prediction by history", () => {
  it("knows walls after it has seen an object bounce twice, and is right until the next lost update", () => {
    fc.assert(
      fc.property(fc.integer({ min: 250, max: 500 }), fc.integer({ min: 150, max: 400 }), (vx, vy) => {
        const at = bouncing(vx, vy)
        const lates = Array.from({ length: 300 }, () => 0)
        let [plain, learned] = [0, 0]
        for (const method of ["extrapolation", "history"] as const) {
          watch(method, lates, at, (shown, nowMs) => {
            if (nowMs < 20_000) return
            const error = distance(shown, at(nowMs).point)
            if (method === "history") learned += error
            else plain += error
          })
        }
        assert.isBelow(learned, plain / 2)
      }),
      { numRuns: 20 }
    )
  })

  it("learns no walls from what turns anywhere", () => {
    for (const seed of [1, 2, 3]) {
      const figures = (method: Method) => Course.run({ ...usual, motion: "walker", method, seed })
      assert.isAtMost(figures("history").meanError, figures("extrapolation").meanError)
    }
  })
})

describe("both combined", () => {
  const jumps = (lates: ReadonlyArray<number | null>, stampOf?: (ms: number) => number): number => {
    const [vx, vy] = [320, 210]
    let before: Point | null = null
    let most = 0
    watch("combined", lates, bouncing(vx, vy), (shown) => {
      if (before !== null) {
        most = Math.max(most, distance(shown, before) - (Math.sqrt(vx * vx + vy * vy) * frameMs) / 1000)
      }
      before = shown
    }, stampOf)
    return most
  }

  it("never jumps by more than 3 a frame beyond the object's own speed, whatever comes when", () => {
    fc.assert(fc.property(arrivals, (lates) => {
      assert.isAtMost(jumps(lates), 3)
    }))
  })

  it("nor when its sender's clock is another one from some moment on, and it is right again soon", () => {
    fc.assert(fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: 20, max: 40 }), (shift, from) => {
      const lates = Array.from({ length: 80 }, () => 0)
      const stampOf = (ms: number): number => ms < from * 100 ? ms : ms + shift
      assert.isAtMost(jumps(lates, stampOf), 3)
      watch("combined", lates, straight, (shown, nowMs) => {
        if (nowMs > from * 100 + 2_000) assert.isAtMost(distance(shown, straight(nowMs).point), 10)
      }, stampOf)
    }))
  })

  it("at 10 updates a second, 100 ms lag, 50 ms jitter and 5 % loss has at most half of plain extrapolation's error", () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const figures = (method: Method) => Course.run({ ...usual, motion: "ball", method, seed })
      const [plain, combined] = [figures("extrapolation"), figures("combined")]
      assert.isAtMost(combined.meanError, plain.meanError / 2)
      assert.isAtMost(combined.maxJump, 3)
    }
  })
})
