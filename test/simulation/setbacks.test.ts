/** The oracle for what screens see go back. */
import { assert, describe, it } from "vitest"
import { Setbacks } from "../../src/simulation/oracles/Setbacks.ts"
import type { SimulatedProcess } from "../../src/simulation/SimulatedProcess.ts"

const screen = { name: "P1.1", isUp: true, process: { isRunning: true } } as unknown as SimulatedProcess

const scene = () => {
  const at = { ms: 0 }
  return { at, setbacks: new Setbacks(() => at.ms) }
}

describe("what a screen saw go back", () => {
  it("is overdue a second later, once", () => {
    const { at, setbacks } = scene()
    setbacks.saw(screen, "its clock go back")
    at.ms = 1_000
    assert.isEmpty(setbacks.overdue())
    at.ms = 1_001
    assert.lengthOf(setbacks.overdue(), 1)
    assert.isEmpty(setbacks.overdue())
  })

  it("is told before, after or in the moment in which it is seen", () => {
    const { at, setbacks } = scene()
    setbacks.lost(screen)
    at.ms = 100
    setbacks.saw(screen, "told before")
    setbacks.saw(screen, "told after")
    at.ms = 200
    setbacks.lost(screen)
    setbacks.saw(screen, "told in this moment, and seen by another fiber")
    at.ms = 2_000
    assert.isEmpty(setbacks.overdue())
  })

  it("is not told by a word of an earlier moment that was for something else", () => {
    const { at, setbacks } = scene()
    setbacks.saw(screen, "one")
    at.ms = 200
    setbacks.lost(screen)
    at.ms = 201
    setbacks.saw(screen, "another")
    at.ms = 2_000
    assert.deepEqual(setbacks.overdue(), ["a screen of P1.1 saw another, and was not told"])
  })
})
