import { assert, describe, it } from "vitest"
import * as Random from "../../src/core/Random.ts"
import { fc } from "../setup/chance.ts"

const draw = <A>(
  random: Random.Random,
  count: number,
  next: (random: Random.Random) => readonly [A, Random.Random]
): ReadonlyArray<A> => {
  const drawn: Array<A> = []
  let state = random
  for (let index = 0; index < count; index++) {
    const [value, after] = next(state)
    drawn.push(value)
    state = after
  }
  return drawn
}

describe("Random", () => {
  it("is sfc32, as computed apart from this code", () => {
    assert.deepEqual(draw(Random.make(0), 4, Random.nextUint32), [1363572419, 145230303, 808754475, 4216505632])
    assert.deepEqual(draw(Random.make(1), 4, Random.nextUint32), [2012149540, 1872316204, 1707632675, 1779833415])
    assert.deepEqual(draw(Random.make(0xdeadbeef), 4, Random.nextUint32), [
      3267350604,
      3986441180,
      1591877757,
      2440477387
    ])
  })

  it("goes on the same after its state went over a wire", () => {
    fc.assert(fc.property(fc.integer(), fc.nat({ max: 50 }), (seed, before) => {
      let random = Random.make(seed)
      for (let index = 0; index < before; index++) random = Random.nextUint32(random)[1]
      for (const word of random) assert.isTrue(Number.isInteger(word) && word >= 0 && word <= 0xffffffff)
      const copy: Random.Random = JSON.parse(JSON.stringify(random))
      assert.deepEqual(draw(copy, 20, Random.nextUint32), draw(random, 20, Random.nextUint32))
    }))
  })

  it("never changes a state it was given", () => {
    const random = Object.freeze(Random.make(7))
    assert.deepEqual(Random.nextUint32(random), Random.nextUint32(random))
    assert.deepEqual(Random.nextInt(random, 10), Random.nextInt(random, 10))
  })

  it("gives integers of 0 ≤ n < below", () => {
    fc.assert(fc.property(fc.integer(), fc.integer({ min: 1, max: 0x100000000 }), (seed, below) => {
      for (const value of draw(Random.make(seed), 20, (random) => Random.nextInt(random, below))) {
        assert.isTrue(Number.isInteger(value) && value >= 0 && value < below)
      }
    }))
  })

  it("favours no integer where a plain modulo would", () => {
    // Of 3 × 2^30 the remainder would hit the lower third twice as often.
    const below = 3 * 0x40000000
    const drawn = draw(Random.make(11), 30_000, (random) => Random.nextInt(random, below))
    const thirds = [0, 0, 0]
    for (const value of drawn) thirds[Math.floor(value / 0x40000000)]!++
    // 10 000 each, standard deviation 82.
    for (const count of thirds) assert.isTrue(Math.abs(count - 10_000) < 410, `counts ${thirds}`)
  })

  it("spreads numbers and dice evenly", () => {
    const dice = new Array<number>(6).fill(0)
    for (const value of draw(Random.make(5), 60_000, (random) => Random.nextInt(random, 6))) dice[value]!++
    for (const count of dice) assert.isTrue(Math.abs(count - 10_000) < 460, `counts ${dice}`)
    const mean = draw(Random.make(6), 10_000, Random.nextUint32).reduce((sum, value) => sum + value, 0) / 10_000 /
      2 ** 32
    assert.isTrue(Math.abs(mean - 0.5) < 0.0145, `mean ${mean}`)
  })

  it("refuses bounds that it could not draw below", () => {
    for (const below of [0, -1, 1.5, 0x100000001, Number.NaN, Infinity]) {
      assert.throws(() => Random.nextInt(Random.make(0), below), RangeError)
    }
  })
})
