import { assert, describe, it } from "vitest"
import {
  delayTicksMin,
  distance,
  extrapolationMsMax,
  FadingErrors,
  Smoothing
} from "../../../src/core/smoothing/Smoothing.ts"
import { fc } from "../../setup/chance.ts"

const tickMs = 1000 / 60
const speed = 2.5

/** An object that runs to and fro along x: clock → place. */
const truth = (clock: number): number => {
  const phase = (clock * speed) % 1000
  return phase < 500 ? phase : 1000 - phase
}

interface Arrival {
  readonly clock: number
  readonly atMs: number
}

/** Plays arrivals at 144 frames a second; calls back per frame. */
const play = (
  arrivals: ReadonlyArray<Arrival>,
  untilMs: number,
  frame: (x: number, nowMs: number, smoothing: Smoothing) => void
): Smoothing => {
  const smoothing = new Smoothing({ tickRate: 60, snapBeyond: 120 })
  const queue = [...arrivals].sort((a, b) => a.atMs - b.atMs)
  for (let now = queue[0]!.atMs; now < untilMs; now += 1000 / 144) {
    while (queue.length > 0 && queue[0]!.atMs <= now) {
      const { atMs, clock } = queue.shift()!
      smoothing.push(clock, { 1: [truth(clock), 7] }, atMs)
    }
    const point = smoothing.sample(now)[1]
    if (point !== undefined) frame(point[0]!, now, smoothing)
  }
  return smoothing
}

const jittered = fc.array(fc.record({ late: fc.integer({ min: 0, max: 40 }), lost: fc.integer({ min: 0, max: 9 }) }), {
  minLength: 60,
  maxLength: 240
})

describe("Smoothing", () => {
  it("moves without jumps and never ahead of time, however views jitter and get lost", () => {
    fc.assert(
      fc.property(jittered, (script) => {
        const arrivals = script.flatMap(({ late, lost }, clock) =>
          lost === 0 ? [] : [{ clock, atMs: clock * tickMs + late }]
        )
        if (arrivals.length === 0) return
        let before: number | null = null
        let clockBefore = -Infinity
        play(arrivals, script.length * tickMs, (x, nowMs, smoothing) => {
          const shown = smoothing.clock!
          assert.isTrue(shown >= clockBefore, "the shown time went back")
          clockBefore = shown
          // At full speed it runs 1.05 a frame at 144 frames a second; hurrying and the fading of errors come on top.
          if (before !== null && nowMs > 500) assert.isTrue(Math.abs(x - before) < 9, `jumped from ${before} to ${x}`)
          before = x
        })
      }),
      { numRuns: 60 }
    )
  })

  it("shows steady views with the least delay, and follows the truth at that distance", () => {
    const arrivals = Array.from({ length: 240 }, (_, clock) => ({ clock, atMs: clock * tickMs }))
    const smoothing = play(arrivals, 190 * tickMs, (x, nowMs, { clock }) => {
      if (nowMs > 1000) assert.approximately(x, truth(clock!), 1)
      if (nowMs > 1000) assert.approximately(clock!, nowMs / tickMs - delayTicksMin, 0.7)
    })
    assert.approximately(smoothing.delayTicks, delayTicksMin, 0.5)
  })

  it("waits longer where views jitter more, and less again when they do not", () => {
    // On one connection nothing overtakes: what is late holds up the rest.
    let latest = 0
    const arrivals = Array.from({ length: 1200 }, (_, clock) => {
      latest = Math.max(latest, clock * tickMs + (clock < 400 && clock % 7 === 0 ? 60 : 0))
      return { clock, atMs: latest }
    })
    let rough = 0
    const smoothing = play(arrivals, 1200 * tickMs, (_x, nowMs, { delayTicks }) => {
      if (nowMs < 400 * tickMs) rough = delayTicks
    })
    assert.isTrue(rough > 3, `only ${rough} ticks`)
    assert.isTrue(smoothing.delayTicks < rough / 2, `still ${smoothing.delayTicks} ticks`)
  })

  it("goes on for a bounded while without views, and glides on when a new host goes on from the same clock", () => {
    const pauseMs = 350
    const arrivals = Array.from({ length: 240 }, (_, clock) => ({
      clock,
      atMs: clock * tickMs + (clock > 100 ? pauseMs : 0)
    }))
    let before: number | null = null
    let farthest = 0
    play(arrivals, 230 * tickMs + pauseMs, (x, nowMs, { clock }) => {
      if (nowMs > 101 * tickMs && nowMs < 101 * tickMs + pauseMs) farthest = Math.max(farthest, clock!)
      if (before !== null && nowMs > 200) assert.isTrue(Math.abs(x - before) < 4, `jumped from ${before} to ${x}`)
      before = x
    })
    assert.isTrue(farthest > 100 && farthest <= 100 + extrapolationMsMax / tickMs + 0.001, `up to ${farthest}`)
  })

  it("is smooth again soon after the pause", () => {
    const arrivals = Array.from(
      { length: 300 },
      (_, clock) => ({ clock, atMs: clock * tickMs + (clock > 100 ? 350 : 0) })
    )
    play(arrivals, 290 * tickMs, (x, nowMs, { clock }) => {
      if (nowMs > 100 * tickMs + 350 + 1000) assert.approximately(x, truth(clock!), 1.5)
    })
  })

  it("puts what the rules moved far away there at once, and drops what is gone", () => {
    const smoothing = new Smoothing({ tickRate: 60, snapBeyond: 100 })
    for (let clock = 0; clock < 30; clock++) {
      smoothing.push(clock, clock < 20 ? { a: [0], b: [5] } : { a: [500] }, clock * tickMs)
      const { a, b } = smoothing.sample(clock * tickMs)
      assert.isTrue(a === undefined || a[0] === 0 || a[0] === 500, `between: ${a}`)
      if (clock >= 20) assert.isUndefined(b)
    }
  })

  it("passes over views that are not newer", () => {
    const smoothing = new Smoothing({ tickRate: 60, snapBeyond: 100 })
    smoothing.push(10, { a: [1] }, 0)
    smoothing.push(10, { a: [50] }, 1)
    smoothing.push(9, { a: [90] }, 2)
    assert.deepStrictEqual(smoothing.sample(3), { a: [1] })
  })
})

describe("FadingErrors", () => {
  it("keep what is shown where it was, and fade to nothing", () => {
    fc.assert(
      fc.property(fc.tuple(fc.integer({ min: -90, max: 90 }), fc.integer({ min: -90, max: 90 })), ([from, to]) => {
        const errors = new FadingErrors(200)
        errors.moved("a", [from], [to], 0)
        assert.approximately(errors.shown("a", [to], 0)[0]!, from, 1e-9)
        let apart = Math.abs(from - to)
        for (let now = 10; now <= 600; now += 10) {
          const next = distance(errors.shown("a", [to], now), [to])
          assert.isTrue(next <= apart)
          apart = next
        }
        assert.isTrue(apart < 0.1)
      })
    )
  })
})
