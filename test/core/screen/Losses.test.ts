/** What thin clients tell of what is taken back on their screens. */
import { assert, describe, it } from "vitest"
import * as Losses from "../../../src/core/screen/Losses.ts"
import { lossToldWithinMs } from "../../../src/core/screen/Losses.ts"

/** A screen whose clock is moved by hand. */
const scene = () => {
  let nowMs = 0
  let losses = Losses.none
  const told: Array<number> = []
  return {
    losses: {
      told: () => losses = Losses.told(losses, nowMs),
      setBack: (clock: number) => losses = Losses.setBack(losses, clock, nowMs),
      reset: () => losses = Losses.none
    },
    told,
    pass: (ms: number) => {
      nowMs += ms
      const [rest, clock] = Losses.due(losses, nowMs)
      losses = rest
      if (clock !== null) told.push(clock)
    }
  }
}

describe("what is taken back", () => {
  it("is told by the client where no server tells it in time, once", () => {
    const { losses, pass, told } = scene()
    losses.setBack(100)
    pass(lossToldWithinMs - 1)
    assert.isEmpty(told)
    pass(1)
    pass(lossToldWithinMs)
    assert.deepEqual(told, [100])
  })

  it("is left to the server that tells it, before or after it is seen", () => {
    const { losses, pass, told } = scene()
    losses.told()
    losses.setBack(100)
    pass(2 * lossToldWithinMs)
    losses.setBack(200)
    losses.told()
    pass(2 * lossToldWithinMs)
    assert.isEmpty(told)
  })

  it("is told each time: a word for what was seen before is none for what comes after", () => {
    const { losses, pass, told } = scene()
    losses.setBack(100)
    pass(400)
    losses.told()
    losses.setBack(80)
    pass(lossToldWithinMs)
    assert.deepEqual(told, [80])
  })

  it("is no matter any more when another room is watched", () => {
    const { losses, pass, told } = scene()
    losses.setBack(100)
    losses.reset()
    pass(lossToldWithinMs)
    assert.isEmpty(told)
  })
})
