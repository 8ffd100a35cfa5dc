/**
 * Whether a history is linearizable: whether every operation can be thought to take effect at one moment between its call
 * and its end, such that each gives what the model says.
 */
import { describeFailure, explain, type Failure } from "./explain.ts"
import type { Operation } from "./History.ts"
import type { Model } from "./Model.ts"
import { search } from "./search.ts"

export type Verdict<Input, Output> =
  & {
    /** Calls that were looked at. */
    readonly steps: number
    /** The partitions of which it is not clear; none where the history is linearizable. */
    readonly undecided: ReadonlyArray<string>
  }
  & (
    | {
      readonly _tag: "linearizable"
      /** Per partition an order that explains it: all operations of known outcome, and of the others those that take effect. */
      readonly orders: ReadonlyMap<string, ReadonlyArray<Operation<Input, Output>>>
    }
    | {
      readonly _tag: "not-linearizable"
      /** Partitions that have no order, the one that is wrong first to begin with; no more are looked for than come cheap. */
      readonly failures: readonly [Failure<Input, Output>, ...ReadonlyArray<Failure<Input, Output>>]
    }
    /** No partition was found wrong, and for some the steps did not suffice. */
    | { readonly _tag: "unknown" }
  )

export interface Options {
  /** Calls to look at per partition, and as many again to explain a failure. Some million take a second. */
  readonly stepsMax: number
}

export const defaults: Options = { stepsMax: 5_000_000 }

/** All partitions are tried with so few steps first, so that one that is easily found wrong saves the others the search. */
const firstSteps = 20_000
const moreSteps = 16

/**
 * Checks each partition by itself. Never hangs: "unknown" when some partition takes more steps than allowed and none is
 * found wrong. The same history gets the same verdict everywhere.
 */
export const check = <Input, Output, State>(
  model: Model<Input, Output, State>,
  operations: ReadonlyArray<Operation<Input, Output>>,
  options: Partial<Options> = {}
): Verdict<Input, Output> => {
  const { stepsMax } = { ...defaults, ...options }
  const orders = new Map<string, ReadonlyArray<Operation<Input, Output>>>()
  const failures: Array<Failure<Input, Output>> = []
  let undecided = [...partitions(model, operations)]
  let steps = 0
  for (let limit = firstSteps;; limit *= moreSteps) {
    const tried = undecided
    undecided = []
    for (const [partition, part] of tried) {
      const found = search(model, part, Math.min(limit, stepsMax))
      steps += found.steps
      if (found.answer === "yes") orders.set(partition, found.order.map((index) => part[index]!))
      else if (found.answer === "unknown") undecided.push([partition, part])
      else {
        const explained = explain(model, partition, part, found, stepsMax)
        steps += explained.steps
        failures.push(explained.failure)
      }
    }
    if (failures.length > 0 || undecided.length === 0 || limit >= stepsMax) break
  }
  const [first, ...others] = failures.sort((a, b) => a.last.end - b.last.end)
  const rest = { steps, undecided: undecided.map(([partition]) => partition) }
  if (first !== undefined) return { _tag: "not-linearizable", failures: [first, ...others], ...rest }
  return undecided.length > 0 ? { _tag: "unknown", ...rest } : { _tag: "linearizable", orders, ...rest }
}

/** Each partition's operations, in the order of their calls. */
const partitions = <Input, Output, State>(
  model: Model<Input, Output, State>,
  operations: ReadonlyArray<Operation<Input, Output>>
): ReadonlyMap<string, ReadonlyArray<Operation<Input, Output>>> => {
  const parts = new Map<string, Array<Operation<Input, Output>>>()
  for (const operation of operations.toSorted((a, b) => a.call - b.call)) {
    const partition = model.partition(operation.input)
    const part = parts.get(partition)
    if (part === undefined) parts.set(partition, [operation])
    else part.push(operation)
  }
  return parts
}

/** The verdict in words: for a failure what has no place, and where. */
export const describeVerdict = <Input, Output, State>(
  model: Model<Input, Output, State>,
  verdict: Verdict<Input, Output>
): string => {
  switch (verdict._tag) {
    case "linearizable":
      return "Linearizable."
    case "not-linearizable":
      return verdict.failures.map((failure) => describeFailure(model, failure)).join("\n\n")
    case "unknown":
      return `Not clear after ${verdict.steps} steps: ${verdict.undecided.join(", ")}.`
  }
}
