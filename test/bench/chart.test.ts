import { assert, describe, it } from "vitest"
import { draw, type Panel, roundUp } from "../../bench/frames/Chart.ts"
import { fc } from "../setup/chance.ts"

const panel: Panel = {
  title: "Commit & <more>",
  labels: ["none", "30/s", "60/s"],
  lines: [{ name: "one", values: [1, null, 4] }, { name: "two", values: [2, 3, 0] }]
}

/** Where the circles of a line stand, by colour. */
const heights = (svg: string, color: string): ReadonlyArray<number> =>
  [...svg.matchAll(new RegExp(`cy="([\\d.]+)" r="3" fill="${color}"`, "g"))].map(([, y]) => Number(y))

describe("a chart", () => {
  it("ends its axis at a round value, never below the highest and never far above", () => {
    assert.deepStrictEqual([0.03, 1, 1.2, 2.4, 3, 7, 10, 260].map(roundUp), [0.05, 1, 2, 2.5, 5, 10, 10, 500])
    fc.assert(fc.property(fc.double({ min: 1e-6, max: 1e9, noNaN: true }), (value) => {
      assert.isTrue(roundUp(value) >= value * (1 - 1e-6) && roundUp(value) <= value * 2.5)
    }))
  })

  it("puts higher values higher up, leaves gaps, and names its lines", () => {
    const svg = draw([panel])
    const one = heights(svg, "#d9480f")
    const two = heights(svg, "#1c7ed6")
    assert.lengthOf(one, 2)
    assert.lengthOf(two, 3)
    assert.isTrue(one[0]! > one[1]!)
    assert.isTrue(two[1]! < two[0]! && two[0]! < two[2]!)
    for (const name of [">one<", ">two<", ">30/s<"]) assert.include(svg, name)
  })

  it("writes what it is given as text", () => {
    assert.include(draw([panel]), "Commit &amp; &lt;more>")
  })
})
