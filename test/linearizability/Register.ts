/** One register that is read, written, and compared and set. */
import type { Outcome } from "./History.ts"
import { type Model, refused } from "./Model.ts"

export type Input =
  | { readonly _tag: "read" }
  | { readonly _tag: "write"; readonly value: number }
  | { readonly _tag: "cas"; readonly from: number; readonly to: number }

/** A read gives the value, null before the first write; a write null; a compare-and-set whether it has set. */
export type Output = number | boolean | null

export type State = number | null

const step = (state: State, input: Input, outcome: Outcome<Output>): State | typeof refused => {
  switch (input._tag) {
    case "read":
      return outcome._tag === "unknown" || outcome.output === state ? state : refused
    case "write":
      return input.value
    case "cas": {
      const matches = state === input.from
      if (outcome._tag === "ok" && outcome.output !== matches) return refused
      return matches ? input.to : state
    }
  }
}

const show = (input: Input, outcome: Outcome<Output>): string => {
  const known = outcome._tag === "ok"
  switch (input._tag) {
    case "read":
      return `read → ${known ? outcome.output : "?"}`
    case "write":
      return `write ${input.value}${known ? "" : " → ?"}`
    case "cas":
      return `cas ${input.from} to ${input.to} → ${known ? (outcome.output === true ? "set" : "not set") : "?"}`
  }
}

export const model: Model<Input, Output, State> = {
  initial: null,
  step,
  reads: (input, outcome) => input._tag === "read" || (outcome._tag === "ok" && outcome.output === false),
  key: (state) => state ?? "null",
  partition: () => "register",
  show
}
