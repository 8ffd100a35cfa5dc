/** A store of texts by key that are got, put and appended to. Each key is a partition. */
import type { Outcome } from "./History.ts"
import { type Model, refused } from "./Model.ts"

export type Input =
  | { readonly _tag: "get"; readonly key: string }
  | { readonly _tag: "put"; readonly key: string; readonly value: string }
  | { readonly _tag: "append"; readonly key: string; readonly value: string }

/** A get gives the text, "" before the first put or append; the others give null. */
export type Output = string | null

/** The text of one key. */
export type State = string

const step = (state: State, input: Input, outcome: Outcome<Output>): State | typeof refused => {
  switch (input._tag) {
    case "get":
      return outcome._tag === "unknown" || outcome.output === state ? state : refused
    case "put":
      return input.value
    case "append":
      return state + input.value
  }
}

const show = (input: Input, outcome: Outcome<Output>): string => {
  const known = outcome._tag === "ok"
  return input._tag === "get"
    ? `get ${input.key} → ${known ? JSON.stringify(outcome.output) : "?"}`
    : `${input._tag} ${input.key} ${JSON.stringify(input.value)}${known ? "" : " → ?"}`
}

export const model: Model<Input, Output, State> = {
  initial: "",
  step,
  reads: (input) => input._tag === "get",
  key: (state) => state,
  partition: (input) => input.key,
  show
}
