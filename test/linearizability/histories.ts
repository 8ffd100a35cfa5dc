/** Random histories over a register and a key-value store. */
import { fc } from "../setup/chance.ts"
import * as Atomic from "./Atomic.ts"
import { type Call, type Operation, Recorder } from "./History.ts"
import * as KeyValue from "./KeyValue.ts"
import type { Model } from "./Model.ts"
import * as Register from "./Register.ts"

/** All that a test needs of a kind of object. */
export interface Subject<Input, Output, State> {
  readonly model: Model<Input, Output, State>
  readonly make: () => Atomic.Atomic<Input, Output>
  readonly input: fc.Arbitrary<Input>
  /** What such an operation might give, by its kind alone. */
  readonly output: (input: Input) => fc.Arbitrary<Output>
  /** What no such operation ever gives; null for one that gives nothing. */
  readonly impossible: (input: Input) => Output
}

const few = fc.integer({ min: 0, max: 2 })
const key = fc.constantFrom("x", "y")
const piece = fc.constantFrom("a", "b")

export const register: Subject<Register.Input, Register.Output, Register.State> = {
  model: Register.model,
  make: Atomic.register,
  input: fc.oneof(
    fc.record({ _tag: fc.constant("read" as const) }),
    fc.record({ _tag: fc.constant("write" as const), value: few }),
    fc.record({ _tag: fc.constant("cas" as const), from: few, to: few })
  ),
  output: ({ _tag }): fc.Arbitrary<Register.Output> =>
    _tag === "read" ? fc.option(few, { freq: 4 }) : _tag === "cas" ? fc.boolean() : fc.constant(null),
  impossible: ({ _tag }) => _tag === "read" ? 99 : null
}

export const keyValue: Subject<KeyValue.Input, KeyValue.Output, KeyValue.State> = {
  model: KeyValue.model,
  make: Atomic.keyValue,
  input: fc.oneof(
    { weight: 2, arbitrary: fc.record({ _tag: fc.constant("get" as const), key }) },
    { weight: 1, arbitrary: fc.record({ _tag: fc.constant("put" as const), key, value: piece }) },
    { weight: 1, arbitrary: fc.record({ _tag: fc.constant("append" as const), key, value: piece }) }
  ),
  output: ({ _tag }): fc.Arbitrary<KeyValue.Output> =>
    _tag === "get" ? fc.constantFrom("", "a", "b", "ab", "ba") : fc.constant(null),
  impossible: ({ _tag }) => _tag === "get" ? "never" : null
}

/** One turn of one process: what it asks if it is free, and how what it asked goes on if it is not. */
interface Turn<Input> {
  readonly process: number
  readonly input: Input
  /** Of twenty: 0 and 1 give up on it, before or after it takes effect. */
  readonly fate: number
}

interface Asked<Input, Output> {
  readonly call: Call
  readonly input: Input
  answer: { readonly output: Output } | null
}

/**
 * What processes see of an object that is truly atomic. An operation is called, takes effect and ends in three turns, among
 * which others have theirs. One that is given up may take effect in a later turn, or never; some fail without effect.
 */
const played = <Input, Output>(
  make: () => Atomic.Atomic<Input, Output>,
  turns: ReadonlyArray<Turn<Input>>
): ReadonlyArray<Operation<Input, Output>> => {
  const object = make()
  const recorder = new Recorder<Input, Output>()
  const asked = new Map<number, Asked<Input, Output>>()
  const givenUp: Array<Input> = []
  for (const { fate, input, process } of turns) {
    const now = asked.get(process)
    if (now === undefined) {
      asked.set(process, { call: recorder.invoke(process, input), input, answer: null })
      if (fate === 2 && givenUp.length > 0) object.apply(givenUp.shift()!)
    } else if (fate < 2) {
      asked.delete(process)
      if (now.answer === null && fate === 1) recorder.fail(now.call)
      else recorder.unknown(now.call)
      if (now.answer === null && fate === 0) givenUp.push(now.input)
    } else if (now.answer === null) now.answer = { output: object.apply(now.input) }
    else {
      asked.delete(process)
      recorder.ok(now.call, now.answer.output)
    }
  }
  return recorder.operations()
}

/** A history of an atomic object. */
export const atomic = <Input, Output, State>(
  { input, make }: Subject<Input, Output, State>,
  { processes, turnsMax }: { readonly processes: number; readonly turnsMax: number }
): fc.Arbitrary<ReadonlyArray<Operation<Input, Output>>> =>
  fc
    .array(fc.record({ process: fc.nat({ max: processes - 1 }), input, fate: fc.nat({ max: 19 }) }), {
      maxLength: turnsMax,
      size: "max"
    })
    .map((turns) => played(make, turns))

/** A history of up to seven operations that anything may have given. */
export const any = <Input, Output, State>(
  { input, output }: Subject<Input, Output, State>
): fc.Arbitrary<ReadonlyArray<Operation<Input, Output>>> =>
  fc
    .array(
      input.chain((input) =>
        fc.record({
          input: fc.constant(input),
          output: output(input),
          isKnown: fc.integer({ min: 0, max: 4 }).map((n) => n > 0),
          call: fc.nat({ max: 14 }),
          length: fc.integer({ min: 1, max: 6 })
        })
      ),
      { minLength: 1, maxLength: 7, size: "max" }
    )
    .map((asked) =>
      asked.map(({ call, input, isKnown, length, output }, process): Operation<Input, Output> => ({
        process,
        input,
        outcome: isKnown ? { _tag: "ok", output } : { _tag: "unknown" },
        call,
        end: isKnown ? call + length : Infinity,
        calledAt: call,
        endedAt: isKnown ? call + length : null
      }))
    )

/** The history with another output of one operation. */
export const withOutput = <Input, Output>(
  operations: ReadonlyArray<Operation<Input, Output>>,
  index: number,
  output: Output
): ReadonlyArray<Operation<Input, Output>> =>
  operations.map((operation, at) => at === index ? { ...operation, outcome: { _tag: "ok", output } } : operation)
