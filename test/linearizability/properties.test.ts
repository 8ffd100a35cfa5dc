/** The checker against objects that are truly atomic, and against trying every order. */
import { assert, describe, it } from "vitest"
import { fc } from "../setup/chance.ts"
import { isLinearizable } from "./bruteForce.ts"
import { check, describeVerdict } from "./check.ts"
import { any, atomic, keyValue, register, type Subject, withOutput } from "./histories.ts"
import { type Operation, upTo } from "./History.ts"

const small = { processes: 3, turnsMax: 18 }
const middling = { processes: 4, turnsMax: 60 }
const large = { processes: 6, turnsMax: 300 }
/** Some random histories of many unknown outcomes take very long, and may go without a verdict: one of twenty at most. */
const stepsMax = 50_000
const runs = 200

/** Fails unless the orders explain the history: they hold what they must, keep to time, and the object gives the same. */
const confirm = <Input, Output, State>(
  { make, model }: Subject<Input, Output, State>,
  operations: ReadonlyArray<Operation<Input, Output>>,
  orders: ReadonlyMap<string, ReadonlyArray<Operation<Input, Output>>>
): void => {
  const placed = new Set([...orders.values()].flat())
  for (const operation of operations) assert.isTrue(placed.has(operation) || operation.outcome._tag === "unknown")
  for (const [partition, order] of orders) {
    const object = make()
    let latestCall = -Infinity
    assert.strictEqual(new Set(order).size, order.length)
    for (const operation of order) {
      assert.include(operations, operation)
      assert.strictEqual(model.partition(operation.input), partition)
      assert.isAtLeast(operation.end, latestCall, "it had ended before one that is placed before it was called")
      latestCall = Math.max(latestCall, operation.call)
      const output = object.apply(operation.input)
      if (operation.outcome._tag === "ok") assert.strictEqual(operation.outcome.output, output)
    }
  }
}

/** The longest history from the start that has an order, by trying all, as the place of the first end that it lacks. */
const firstWrongEnd = <Input, Output, State>(
  { make }: Subject<Input, Output, State>,
  operations: ReadonlyArray<Operation<Input, Output>>
): number | undefined =>
  operations
    .map(({ end }) => end)
    .filter((end) => end < Infinity)
    .sort((a, b) => a - b)
    .find((end) => !isLinearizable(make, upTo(operations, end)))

const suite = <Input, Output, State>(name: string, subject: Subject<Input, Output, State>) =>
  describe(name, () => {
    it("accepts what an atomic object gave, with an order that explains it", () => {
      let operationsMost = 0
      let undecided = 0
      fc.assert(
        fc.property(atomic(subject, large), (operations) => {
          operationsMost = Math.max(operationsMost, operations.length)
          const verdict = check(subject.model, operations, { stepsMax })
          assert.notStrictEqual(verdict._tag, "not-linearizable", describeVerdict(subject.model, verdict))
          if (verdict._tag === "linearizable") confirm(subject, operations, verdict.orders)
          else undecided++
        }),
        { numRuns: runs }
      )
      assert.isAtMost(undecided, runs / 20)
      assert.isAbove(operationsMost, 60)
    })

    it("rejects what no object can have given, and names it", () => {
      let undecided = 0
      fc.assert(
        fc.property(atomic(subject, middling), fc.nat(), (operations, at) => {
          const known = operations.flatMap(({ input, outcome }, index) =>
            outcome._tag === "ok" && subject.impossible(input) !== null ? [index] : []
          )
          fc.pre(known.length > 0)
          const index = known[at % known.length]!
          const wrong = withOutput(operations, index, subject.impossible(operations[index]!.input))
          const verdict = check(subject.model, wrong, { stepsMax })
          assert.notStrictEqual(verdict._tag, "linearizable")
          if (verdict._tag !== "not-linearizable" || !verdict.failures[0].exact) return void undecided++
          assert.strictEqual(verdict.failures.length, 1)
          assert.strictEqual(verdict.failures[0].last, wrong[index])
          assert.deepStrictEqual(verdict.failures[0].unplaced, [wrong[index]])
        }),
        { numRuns: runs }
      )
      assert.isAtMost(undecided, runs / 20)
    })

    it("agrees with trying every order, where one output of an atomic object is changed", () => {
      const found = { linearizable: 0, "not-linearizable": 0, unknown: 0 }
      const changed = atomic(subject, small)
        .filter((operations) => operations.length <= 7 && operations.some(({ outcome }) => outcome._tag === "ok"))
        .chain((operations) => {
          const known = operations.flatMap(({ outcome }, index) => outcome._tag === "ok" ? [index] : [])
          return fc.constantFrom(...known).chain((index) =>
            subject.output(operations[index]!.input).map((output) => withOutput(operations, index, output))
          )
        })
      fc.assert(
        fc.property(changed, (operations) => {
          const verdict = check(subject.model, operations)
          found[verdict._tag]++
          assert.strictEqual(verdict._tag === "linearizable", isLinearizable(subject.make, operations))
        }),
        { numRuns: 2000 }
      )
      assert.isAbove(found["not-linearizable"], 100)
      assert.isAbove(found.linearizable, 100)
      assert.strictEqual(found.unknown, 0)
    })

    it("agrees with trying every order, whatever was given; and on where the history goes wrong", () => {
      const found = { linearizable: 0, "not-linearizable": 0, unknown: 0 }
      fc.assert(
        fc.property(any(subject), (operations) => {
          const verdict = check(subject.model, operations)
          found[verdict._tag]++
          assert.strictEqual(verdict._tag === "linearizable", isLinearizable(subject.make, operations))
          if (verdict._tag === "linearizable") confirm(subject, operations, verdict.orders)
          if (verdict._tag !== "not-linearizable") return
          assert.strictEqual(verdict.failures[0].last.end, firstWrongEnd(subject, operations))
          for (const { exact, prefix, unplaced } of verdict.failures) {
            assert.isTrue(exact && isLinearizable(subject.make, prefix))
            assert.isNotEmpty(unplaced)
          }
        }),
        { numRuns: 4000 }
      )
      assert.isAbove(found["not-linearizable"], 400)
      assert.isAbove(found.linearizable, 400)
      assert.strictEqual(found.unknown, 0)
    })

    it("is told rightly which operations only read, and which states are equal", () => {
      fc.assert(fc.property(fc.array(subject.input), subject.input, (before, input) => {
        const { model } = subject
        const unknown = { _tag: "unknown" } as const
        let state = model.initial
        for (const each of before) {
          const next = model.step(state, each, unknown)
          if (typeof next !== "symbol") state = next
        }
        const output = fc.sample(subject.output(input), 1)[0]!
        for (const outcome of [unknown, { _tag: "ok", output } as const]) {
          const next = model.step(state, input, outcome)
          if (typeof next === "symbol" || !model.reads(input, outcome)) continue
          assert.strictEqual(model.key(next), model.key(state))
        }
      }))
    })
  })

describe("the checker of linearizability", () => {
  suite("over a register", register)
  suite("over a key-value store", keyValue)
})
