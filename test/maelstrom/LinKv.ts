/** The workload lin-kv as a model: a store of values by key that are read, written, and compared and set. */
import type { Outcome } from "../linearizability/History.ts"
import { type Model, refused } from "../linearizability/Model.ts"

/** Keys and values as JSON texts. */
export type Input =
  | { readonly type: "read"; readonly key: string }
  | { readonly type: "write"; readonly key: string; readonly value: string }
  | { readonly type: "cas"; readonly key: string; readonly from: string; readonly to: string }

/** A read gives the value. A key without one is `absent` to a read and a cas; one with another `differs` to a cas. */
export type Output =
  | { readonly _tag: "value"; readonly value: string }
  | { readonly _tag: "done" }
  | { readonly _tag: "absent" }
  | { readonly _tag: "differs" }

/** The value of one key, null before the first write. */
export type State = string | null

const answerOf = (state: State, input: Input): Output => {
  if (input.type === "write") return { _tag: "done" }
  if (state === null) return { _tag: "absent" }
  if (input.type === "read") return { _tag: "value", value: state }
  return { _tag: state === input.from ? "done" : "differs" }
}

const isSame = (a: Output, b: Output): boolean =>
  a._tag === b._tag && (a._tag !== "value" || b._tag !== "value" || a.value === b.value)

const step = (state: State, input: Input, outcome: Outcome<Output>): State | typeof refused => {
  const answer = answerOf(state, input)
  if (outcome._tag === "ok" && !isSame(answer, outcome.output)) return refused
  if (answer._tag !== "done") return state
  return input.type === "write" ? input.value : input.type === "cas" ? input.to : state
}

const show = (input: Input, outcome: Outcome<Output>): string => {
  const { key, type, ...rest } = input
  const output = outcome._tag === "ok" ? outcome.output : null
  const told = output === null ? "?" : output._tag === "value" ? output.value : output._tag
  return `${type} ${key} ${Object.values(rest).join(" → ")}: ${told}`
}

export const model: Model<Input, Output, State> = {
  initial: null,
  step,
  reads: ({ type }, outcome) => type === "read" || (outcome._tag === "ok" && outcome.output._tag !== "done"),
  key: (state) => state ?? "absent",
  partition: ({ key }) => key,
  show
}
