import { assert, describe, test } from "vitest"
import * as Trend from "../../src/programs/bench/Trend.ts"
import { fc } from "../setup/chance.ts"

const measure: Trend.Measure = { name: "heap", metric: "heap_bytes", unit: "KiB", per: 1024, growthMax: 2 }

const verdictOf = (values: ReadonlyArray<number>, fromMinutes = 0): Trend.Verdict => {
  const series = Trend.series([measure])
  for (const [i, value] of values.entries()) series.add(i / 6, new Map([["heap_bytes", value * 1024]]))
  return series.verdicts(fromMinutes)[0]!
}

describe("a trend", () => {
  test("is the slope of a straight line, and the noise around it does not matter much", () => {
    fc.assert(
      fc.property(fc.double({ min: -5, max: 5, noNaN: true }), fc.integer({ min: 3, max: 200 }), (perMinute, count) => {
        const noise = [0.1, -0.1]
        const found = verdictOf(Array.from({ length: count }, (_, i) => 100 + perMinute * i / 6 + noise[i % 2]!))
        assert.closeTo(found.perMinute, perMinute, 1)
      })
    )
  })

  test("is growth when it adds up to more than is allowed", () => {
    assert.isTrue(verdictOf(Array.from({ length: 60 }, (_, i) => 100 + (i % 2))).flat)
    assert.isTrue(verdictOf(Array.from({ length: 60 }, (_, i) => 100 - i)).flat)
    assert.isTrue(verdictOf(Array.from({ length: 60 }, (_, i) => 100 + i * 0.03)).flat)
    assert.isFalse(verdictOf(Array.from({ length: 60 }, (_, i) => 100 + i * 0.04)).flat)
  })

  test("leaves the beginning out, and what was never told", () => {
    const warm = Array.from({ length: 60 }, (_, i) => i < 12 ? 50 + i * 4 : 100)
    assert.isFalse(verdictOf(warm).flat)
    const later = verdictOf(warm, 2)
    assert.isTrue(later.flat)
    assert.deepEqual([later.samples, later.first, later.last, later.most], [48, 100, 100, 100])
    assert.deepEqual(Trend.series([measure]).verdicts(0), [])
  })

  test("of one sample is flat", () => {
    assert.isTrue(verdictOf([100]).flat)
  })
})
