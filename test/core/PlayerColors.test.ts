import { assert, describe, it } from "vitest"
import { playerColors, unlike } from "../../src/core/PlayerColors.ts"

describe("players' colours", () => {
  it("are as many as there are seats at most, and all different", () => {
    assert.strictEqual(new Set(playerColors).size, 16)
  })

  it("stay as they were wished for where nobody has them, ours or not", () => {
    assert.strictEqual(unlike("#123456", new Set(playerColors)), "#123456")
    assert.strictEqual(unlike(playerColors[3]!, new Set(["#123456"])), playerColors[3])
  })

  it("differ, whatever is wished for, as long as there is one left", () => {
    for (const wished of [...playerColors, "#123456"]) {
      const taken = new Set<string>()
      for (let n = 0; n < 16; n++) taken.add(unlike(wished, taken))
      assert.strictEqual(taken.size, 16)
    }
  })

  it("are shared only where none is left", () => {
    assert.strictEqual(unlike(playerColors[7]!, new Set(playerColors)), playerColors[7])
  })
})
