import { assert, describe, it } from "vitest"
import * as InputLedger from "../../src/core/InputLedger.ts"
import { type Acknowledged, chainInput, sendAgainAfterMs, type Verdict } from "../../src/core/InputLedger.ts"
import { fc } from "../setup/chance.ts"

/** A ledger as time goes on. */
class Ledger {
  private now: InputLedger.Ledger

  constructor(max: number, from?: Acknowledged) {
    this.now = InputLedger.make(max, from)
  }

  get disputed(): number {
    return this.now.disputed
  }

  push(input: unknown): number | null {
    const [next, number] = InputLedger.push(this.now, input)
    this.now = next
    return number
  }

  acknowledge(to: Acknowledged): Verdict {
    const [next, verdict] = InputLedger.acknowledge(this.now, to)
    this.now = next
    return verdict
  }

  rebase(to: Acknowledged): void {
    this.now = InputLedger.rebase(this.now, to)
  }

  unacknowledged(): ReadonlyArray<InputLedger.Numbered> {
    return this.now.pending
  }

  /** Whether all of them are. */
  isDue(nowMs: number): boolean {
    const due = InputLedger.due(this.now, nowMs)
    assert.isTrue(due === null || due === this.now.pending)
    return due !== null
  }

  sendAgain(): void {
    this.now = InputLedger.sendAgain(this.now)
  }

  sent(nowMs: number): void {
    this.now = InputLedger.sent(this.now, nowMs)
  }
}

/** A seat as a host keeps it: applies each input once, by number. */
class Seat {
  number = 0
  hash = 0
  readonly applied: Array<unknown> = []

  take(inputs: ReadonlyArray<readonly [number, unknown]>, most = 4): void {
    let left = most
    for (const [number, input] of inputs) {
      if (number !== this.number + 1 || left-- === 0) continue
      this.number = number
      this.hash = chainInput(this.hash, number, input)
      this.applied.push(input)
    }
  }

  get ack(): Acknowledged {
    return [this.number, this.hash]
  }
}

const direction = fc.record({ dx: fc.constantFrom(-1, 0, 1), dy: fc.constantFrom(-1, 0, 1) })

describe("InputLedger", () => {
  it("gets every input applied once and in order, whatever is lost, doubled or late on the way", () => {
    const step = fc.record({
      input: fc.option(direction, { nil: undefined }),
      sent: fc.boolean(),
      twice: fc.boolean(),
      answered: fc.boolean(),
      late: fc.integer({ min: 0, max: 3 })
    })
    fc.assert(fc.property(fc.array(step, { maxLength: 120 }), (script) => {
      const ledger = new Ledger(64)
      const seat = new Seat()
      const acks: Array<Acknowledged> = []
      const wanted: Array<unknown> = []
      const answer = (ack: Acknowledged): void => {
        assert.notStrictEqual(ledger.acknowledge(ack), "disputed")
      }
      for (const { answered, input, late, sent, twice } of script) {
        if (input !== undefined && ledger.push(input) !== null) wanted.push(input)
        const message = [...ledger.unacknowledged()]
        if (sent && message.length > 0) seat.take(message)
        if (twice && message.length > 0) seat.take(message)
        acks.push(seat.ack)
        if (answered) answer(acks[Math.max(0, acks.length - 1 - late)]!)
      }
      for (let i = 0; i < 200 && ledger.unacknowledged().length > 0; i++) {
        seat.take([...ledger.unacknowledged()])
        answer(seat.ack)
      }
      assert.deepStrictEqual(seat.applied, wanted)
      assert.strictEqual(ledger.disputed, 0)
    }))
  })

  it("finds every input that was left out, doubled, changed or made up", () => {
    fc.assert(
      fc.property(
        fc.array(direction, { minLength: 1, maxLength: 20 }),
        fc.nat(),
        fc.constantFrom("left out", "doubled", "changed", "made up"),
        (inputs, at, what) => {
          const ledger = new Ledger(64)
          for (const input of inputs) ledger.push(input)
          const where = at % inputs.length
          const applied = inputs.flatMap((input, index): ReadonlyArray<unknown> =>
            index !== where || what === "made up" ?
              [input]
              : what === "left out" ?
              []
              : what === "doubled" ?
              [input, input]
              : [{ ...input, dx: input.dx === 0 ? 1 : 0 }]
          )
          if (what === "made up") applied.push({ dx: 0, dy: 0 })
          const hash = applied.reduce<number>((before, input, index) => chainInput(before, index + 1, input), 0)
          const verdict = ledger.acknowledge([applied.length, hash])
          // Left out at the end, and not yet applied, look the same: rightly.
          const notYet = what === "left out" &&
            inputs.slice(where).every((input) => JSON.stringify(input) === JSON.stringify(inputs[where]))
          assert.strictEqual(verdict, notYet ? "ok" : "disputed")
        }
      )
    )
  })

  it("keeps a bounded number, and of what there is no room for the newest only", () => {
    const ledger = new Ledger(3)
    assert.deepStrictEqual([1, 2, 3, 4, 5].map((input) => ledger.push(input)), [1, 2, 3, null, null])
    assert.deepStrictEqual(ledger.unacknowledged(), [[1, 1], [2, 2], [3, 3]])
    const hash = chainInput(0, 1, 1)
    assert.strictEqual(ledger.acknowledge([1, hash]), "ok")
    assert.deepStrictEqual(ledger.unacknowledged(), [[2, 2], [3, 3], [4, 5]])
  })

  it("goes on from a seat's own history", () => {
    const seat = new Seat()
    seat.take([[1, "a"], [2, "b"]])
    const ledger = new Ledger(64, seat.ack)
    assert.strictEqual(ledger.push("c"), 3)
    seat.take(ledger.unacknowledged())
    assert.strictEqual(ledger.acknowledge(seat.ack), "ok")
    assert.strictEqual(ledger.acknowledge([2, 1]), "old")
  })

  it("sends new inputs at once, unanswered ones after a while, and all of them to a new host", () => {
    const ledger = new Ledger(64)
    assert.isFalse(ledger.isDue(0))
    ledger.push("a")
    assert.isTrue(ledger.isDue(0))
    ledger.sent(0)
    assert.isFalse(ledger.isDue(sendAgainAfterMs - 1))
    assert.isTrue(ledger.isDue(sendAgainAfterMs))
    ledger.sent(sendAgainAfterMs)
    ledger.sendAgain()
    assert.isTrue(ledger.isDue(sendAgainAfterMs + 1))
  })

  it("after a dispute or in another lineage goes on from there, with what the player wants now", () => {
    const ledger = new Ledger(64)
    ledger.push("a")
    ledger.push("b")
    ledger.sent(0)
    assert.strictEqual(ledger.acknowledge([2, 12345]), "disputed")
    assert.deepStrictEqual(ledger.unacknowledged(), [[3, "b"]])
    ledger.rebase([1, 77])
    assert.deepStrictEqual(ledger.unacknowledged(), [[2, "b"]])
    assert.isTrue(ledger.isDue(1))
  })

  it("of a full ledger, where another lineage goes on, keeps the very newest input, once", () => {
    const ledger = new Ledger(2)
    for (const input of ["a", "b", "c", "d"]) ledger.push(input)
    ledger.rebase([7, 1])
    assert.deepStrictEqual(ledger.unacknowledged(), [[8, "d"]])
    assert.strictEqual(ledger.acknowledge([8, chainInput(1, 8, "d")]), "ok")
    assert.isEmpty(ledger.unacknowledged())
  })

  it("is due at once with an input that was never sent, and again after a while", () => {
    const ledger = new Ledger(8)
    assert.isFalse(ledger.isDue(0))
    ledger.push("a")
    assert.isTrue(ledger.isDue(0))
    ledger.sent(0)
    assert.isFalse(ledger.isDue(sendAgainAfterMs - 1))
    assert.isTrue(ledger.isDue(sendAgainAfterMs))
    ledger.push("b")
    assert.isTrue(ledger.isDue(1))
  })
})
