/** Whether what a screen has sent for its seat was applied once and in order, as far as the views tell. */
import { assert, describe, it } from "vitest"
import { type Acknowledged, chainInput, type Numbered } from "../../../src/core/InputLedger.ts"
import { SeatAudit } from "../../../src/layers/screens/SeatAudit.ts"
import { inputsPerMessageMax } from "../../../src/protocol/Input.ts"

const input = (number: number) => ({ dx: number % 2 })
const numbered = (from: number, to: number): ReadonlyArray<Numbered> =>
  Array.from({ length: to - from + 1 }, (_, i) => [from + i, input(from + i)] as const)
/** What a view says when the inputs up to a number were applied, each once. */
const applied = (to: number): Acknowledged => [
  to,
  numbered(1, to).reduce((hash, [number, input]) => chainInput(hash, number, input), 0)
]

describe("a seat's audit", () => {
  it("agrees as long as what was sent is what was applied, however it is sent again and acknowledged", () => {
    const audit = new SeatAudit()
    assert.isTrue(audit.viewed(applied(0)))
    assert.isTrue(audit.sent(numbered(1, 3)))
    assert.isTrue(audit.viewed(applied(2)))
    // Again, with what is acknowledged by now.
    assert.isTrue(audit.sent(numbered(1, 5)))
    assert.isTrue(audit.viewed(applied(4)))
    assert.isTrue(audit.viewed(applied(4)))
    assert.isTrue(audit.sent(numbered(5, 6)))
    assert.isTrue(audit.viewed(applied(6)))
    assert.isTrue(audit.sent(numbered(7, 7)))
    assert.isTrue(audit.viewed(applied(7)))
  })

  it("begins with the first view, whatever was applied before it watched", () => {
    const audit = new SeatAudit()
    assert.isTrue(audit.sent(numbered(4, 5)))
    assert.isTrue(audit.viewed([4, 77]))
    assert.isTrue(audit.viewed([5, chainInput(77, 5, input(5))]))
  })

  it("disagrees where an input was lost, doubled or changed, and goes on from there", () => {
    const wrong: ReadonlyArray<Acknowledged> = [
      [2, applied(1)[1]],
      [1, applied(2)[1]],
      [2, chainInput(applied(1)[1], 2, { dx: 9 })],
      [4, applied(4)[1]]
    ]
    for (const to of wrong) {
      const audit = new SeatAudit()
      audit.viewed(applied(0))
      audit.sent(numbered(1, 3))
      assert.isFalse(audit.viewed(to), `${to}`)
      assert.isTrue(audit.viewed(to), "it is said once")
    }
  })

  it("disagrees where the hash changes under the same number", () => {
    const audit = new SeatAudit()
    audit.viewed(applied(0))
    audit.sent(numbered(1, 1))
    assert.isTrue(audit.viewed(applied(1)))
    assert.isFalse(audit.viewed([1, 5]))
  })

  it("takes no word of an older view for a dispute", () => {
    const audit = new SeatAudit()
    audit.viewed(applied(0))
    audit.sent(numbered(1, 2))
    audit.viewed(applied(2))
    assert.isTrue(audit.viewed(applied(1)))
  })

  it("disagrees where more was applied than was sent, or what was sent does not follow on", () => {
    const audit = new SeatAudit()
    audit.viewed(applied(0))
    assert.isFalse(audit.viewed(applied(1)), "nothing was sent")
    const late = new SeatAudit()
    late.viewed(applied(0))
    late.sent(numbered(2, 3))
    assert.isFalse(late.viewed([2, numbered(2, 3).reduce((hash, [n, one]) => chainInput(hash, n, one), 0)]))
  })

  it("lets nothing through that contradicts what was sent under its number, nor what leaves a gap", () => {
    const audit = new SeatAudit()
    audit.viewed(applied(3))
    assert.isTrue(audit.sent(numbered(4, 6)))
    assert.isFalse(audit.sent([[5, { dx: 9 }]]))
    assert.isFalse(audit.sent([[6, input(6)], [7, input(7)], [5, { dx: 9 }]]))
    assert.isFalse(audit.sent(numbered(8, 9)))
    assert.isTrue(audit.sent(numbered(6, 8)))
    // What is acknowledged is nobody's contradiction any more.
    assert.isTrue(audit.sent([[3, { dx: 9 }], [4, input(4)]]))
  })

  it("keeps no more than one message may carry", () => {
    const audit = new SeatAudit()
    audit.viewed(applied(0))
    audit.sent(numbered(1, inputsPerMessageMax))
    audit.sent([[inputsPerMessageMax + 1, input(1)]])
    // What was not kept can be anything.
    assert.isTrue(audit.sent([[inputsPerMessageMax + 1, input(2)]]))
    assert.isFalse(audit.sent([[inputsPerMessageMax, { dx: 9 }]]))
  })

  it("begins anew where another lineage goes on", () => {
    const audit = new SeatAudit()
    audit.viewed(applied(0))
    audit.sent(numbered(1, 3))
    audit.restart()
    assert.isTrue(audit.viewed([2, 123]))
    assert.isTrue(audit.sent([[3, { dx: 9 }]]), "what was sent in the other one does not count")
    assert.isTrue(audit.viewed([3, chainInput(123, 3, { dx: 9 })]))
  })
})
