/** The objects themselves, written without the models: they change in place and answer, one operation after the other. */
import type * as KeyValue from "./KeyValue.ts"
import type * as Register from "./Register.ts"

export interface Atomic<Input, Output> {
  readonly apply: (input: Input) => Output
}

export const register = (): Atomic<Register.Input, Register.Output> => {
  let value: number | null = null
  return {
    apply: (input) => {
      if (input._tag === "read") return value
      if (input._tag === "cas" && value !== input.from) return false
      value = input._tag === "cas" ? input.to : input.value
      return input._tag === "cas" ? true : null
    }
  }
}

export const keyValue = (): Atomic<KeyValue.Input, KeyValue.Output> => {
  const texts = new Map<string, string>()
  return {
    apply: (input) => {
      const text = texts.get(input.key) ?? ""
      if (input._tag === "get") return text
      texts.set(input.key, input._tag === "put" ? input.value : text + input.value)
      return null
    }
  }
}
