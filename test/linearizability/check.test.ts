/** Histories by hand, what the checker says of them, and the recorder that keeps them. */
import { assert, describe, it } from "vitest"
import { check, describeVerdict } from "./check.ts"
import { before, Recorder } from "./History.ts"
import * as KeyValue from "./KeyValue.ts"
import * as Register from "./Register.ts"

const read: Register.Input = { _tag: "read" }
const write = (value: number): Register.Input => ({ _tag: "write", value })
const cas = (from: number, to: number): Register.Input => ({ _tag: "cas", from, to })

const registers = () => new Recorder<Register.Input, Register.Output>()
type Registers = ReturnType<typeof registers>

/** One operation with nothing in between. */
const alone = (recorder: Registers, process: string, input: Register.Input, output: Register.Output): void =>
  recorder.ok(recorder.invoke(process, input), output)

const tagOf = (recorder: Registers) => check(Register.model, recorder.operations())._tag

describe("a register's history", () => {
  it("is linearizable when nothing has happened", () => assert.strictEqual(tagOf(registers()), "linearizable"))

  it("may have a read see a write that has not ended, and no later read go back", () => {
    const history = (second: number | null) => {
      const recorder = registers()
      const writing = recorder.invoke("A", write(1))
      alone(recorder, "B", read, 1)
      alone(recorder, "C", read, second)
      recorder.ok(writing, null)
      return recorder
    }
    assert.strictEqual(tagOf(history(1)), "linearizable")
    assert.strictEqual(tagOf(history(null)), "not-linearizable")
  })

  it("may have an operation of unknown outcome take effect late, or never, but once and not before its call", () => {
    const history = (...seen: ReadonlyArray<number>) => {
      const recorder = registers()
      alone(recorder, "A", write(1), null)
      recorder.unknown(recorder.invoke("B", write(2)))
      for (const value of seen) alone(recorder, "A", read, value)
      return recorder
    }
    assert.strictEqual(tagOf(history(1, 1, 1)), "linearizable")
    assert.strictEqual(tagOf(history(1, 1, 2)), "linearizable")
    assert.strictEqual(tagOf(history(2, 1)), "not-linearizable")
    const early = registers()
    alone(early, "A", read, 2)
    early.unknown(early.invoke("B", write(2)))
    assert.strictEqual(tagOf(early), "not-linearizable")
  })

  it("has no operation that failed", () => {
    const recorder = registers()
    recorder.fail(recorder.invoke("A", write(1)))
    assert.isEmpty(recorder.operations())
    alone(recorder, "B", read, 1)
    assert.strictEqual(tagOf(recorder), "not-linearizable")
  })

  it("has one winner where two compare and set the same value", () => {
    const recorder = registers()
    alone(recorder, "A", write(0), null)
    const calls = [recorder.invoke("A", cas(0, 1)), recorder.invoke("B", cas(0, 2))]
    for (const call of calls) recorder.ok(call, true)
    assert.strictEqual(tagOf(recorder), "not-linearizable")
  })

  it("that is wrong is told with the longest that is right and with what has no place, in words", () => {
    const recorder = registers()
    alone(recorder, "A", write(1), null)
    alone(recorder, "A", write(2), null)
    alone(recorder, "B", read, 1)
    alone(recorder, "A", read, 2)
    const operations = recorder.operations()
    const verdict = check(Register.model, operations)
    assert(verdict._tag === "not-linearizable")
    const [failure] = verdict.failures
    assert.strictEqual(failure.last, operations[2])
    assert.deepStrictEqual(failure.prefix, before(operations, operations[2]!.end))
    assert.deepStrictEqual(failure.order, operations.slice(0, 2))
    assert.deepStrictEqual(failure.unplaced, [operations[2]])
    assert.strictEqual(
      describeVerdict(Register.model, verdict),
      `register: not linearizable.
  The longest history from its start that is has 3 operations; it ceases to be with the end of
    read → 1 (process B, 4..5)
  The longest order found until then has 2 operations:
    write 1 (process A, 0..1)
    write 2 (process A, 2..3)
  and no place for
    read → 1 (process B, 4..5)`
    )
  })

  it("is right for longer than a search gets, where what had not ended might have gone otherwise", () => {
    const recorder = registers()
    alone(recorder, "A", write(0), null)
    const setting = recorder.invoke("B", cas(0, 1))
    alone(recorder, "A", read, 1)
    alone(recorder, "A", read, 1)
    recorder.ok(setting, false)
    const verdict = check(Register.model, recorder.operations())
    assert(verdict._tag === "not-linearizable")
    assert.deepStrictEqual(verdict.failures[0].last, recorder.operations()[1])
    assert.strictEqual(verdict.failures[0].prefix.length, 4)
  })
})

describe("a key-value store's history", () => {
  const history = (appends: number, got: string) => {
    const recorder = new Recorder<KeyValue.Input, KeyValue.Output>()
    for (const key of ["x", "y"]) {
      const calls = Array.from(
        { length: appends },
        (_, n) => recorder.invoke(n, { _tag: "append", key, value: String.fromCharCode(97 + n) })
      )
      for (const call of calls) recorder.ok(call, null)
      recorder.ok(recorder.invoke("reader", { _tag: "get", key }), key === "y" ? got : "cab")
    }
    return recorder.operations()
  }

  it("is checked key by key", () => {
    const right = check(KeyValue.model, history(3, "bca"))
    assert(right._tag === "linearizable")
    assert.sameMembers([...right.orders.keys()], ["x", "y"])
    const wrong = check(KeyValue.model, history(3, "bc"))
    assert(wrong._tag === "not-linearizable")
    assert.deepStrictEqual(wrong.failures.map(({ partition }) => partition), ["y"])
  })

  it("that takes too long is neither right nor wrong", () => {
    const verdict = check(KeyValue.model, history(14, "never"), { stepsMax: 100_000 })
    assert.strictEqual(verdict._tag, "unknown")
    assert.deepStrictEqual(verdict.undecided, ["x", "y"])
    assert.isBelow(verdict.steps, 300_000)
    assert.match(describeVerdict(KeyValue.model, verdict), /^Not clear after \d+ steps: x, y\.$/)
  })
})

describe("the recorder", () => {
  it("keeps what happened in order, with the times that its clock shows", () => {
    let now = 100
    const recorder = new Recorder<Register.Input, Register.Output>(() => now)
    const [first, second] = [recorder.invoke("A", write(1)), recorder.invoke("B", write(2))]
    recorder.invoke("C", read)
    now = 130
    recorder.ok(second, null)
    recorder.unknown(first)
    assert.deepStrictEqual(
      recorder.operations().map(({ call, calledAt, end, endedAt, outcome, process }) => ({
        process,
        outcome: outcome._tag,
        places: [call, end],
        times: [calledAt, endedAt]
      })),
      [
        { process: "A", outcome: "unknown", places: [0, Infinity], times: [100, null] },
        { process: "B", outcome: "ok", places: [1, 3], times: [100, 130] },
        { process: "C", outcome: "unknown", places: [2, Infinity], times: [100, null] }
      ]
    )
  })

  it("takes one ending of each call, and none of another's", () => {
    const recorder = registers()
    const call = recorder.invoke("A", read)
    recorder.ok(call, null)
    assert.throws(() => recorder.unknown(call), /has ended already/)
    assert.throws(() => registers().ok(call, null), /another recorder/)
  })

  it("goes with a checker that refuses times that run backwards", () => {
    const recorder = registers()
    alone(recorder, "A", read, null)
    const backwards = recorder.operations().map((operation) => ({ ...operation, end: operation.call }))
    assert.throws(() => check(Register.model, backwards), RangeError)
  })
})
