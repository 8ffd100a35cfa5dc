import type { Operation, Outcome } from "./History.ts"

/** What `step` gives for an operation that cannot have ended so in that state. */
export const refused: unique symbol = Symbol("refused")

/**
 * What an object does when one operation comes after another, as pure functions: states are values that nobody changes.
 * A history over it is linearizable when each partition's is.
 */
export interface Model<Input, Output, State> {
  /** The state of a partition before any operation. */
  readonly initial: State
  /**
   * The state after the operation took effect; `refused` where it cannot have given its output in that state. One of
   * unknown outcome may have given anything.
   */
  readonly step: (state: State, input: Input, outcome: Outcome<Output>) => State | typeof refused
  /** Whether it leaves every state that it does not refuse as it is. */
  readonly reads: (input: Input, outcome: Outcome<Output>) => boolean
  /** Equal for equal states only, and different for different ones. */
  readonly key: (state: State) => string | number
  /** Operations of different partitions know nothing of one another's effects: each is checked by itself. */
  readonly partition: (input: Input) => string
  /** For people: what was asked and answered, in one line. */
  readonly show: (input: Input, outcome: Outcome<Output>) => string
}

/** For people: an operation, who asked for it and when, in one line. */
export const showOperation = <Input, Output, State>(
  model: Model<Input, Output, State>,
  { calledAt, endedAt, input, outcome, process }: Operation<Input, Output>
): string => `${model.show(input, outcome)} (process ${process}, ${calledAt}..${endedAt ?? ""})`
