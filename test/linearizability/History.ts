/**
 * What clients saw of a shared object: which operations they began, and how each ended. Who tests a service makes one
 * recorder for a run, tells it of every operation, and hands its operations to `check`.
 */

/** How an operation ended, as its client knows it. */
export type Outcome<Output> =
  /** It took effect once, between its call and its end, and gave this. */
  | { readonly _tag: "ok"; readonly output: Output }
  /** It takes effect once at any time after its call, or never: a time-out, a lost link, no answer yet. */
  | { readonly _tag: "unknown" }

export const unknown: Outcome<never> = { _tag: "unknown" }
export const ok = <Output>(output: Output): Outcome<Output> => ({ _tag: "ok", output })

/**
 * One operation of a history. `call` and `end` are places in it: one operation was over before another began when its end
 * is less than the other's call. The two that are equal count as overlapping.
 */
export interface Operation<Input, Output> {
  /** Who asked; for people only. */
  readonly process: string | number
  readonly input: Input
  readonly outcome: Outcome<Output>
  readonly call: number
  /** Greater than `call`; Infinity where the outcome is unknown. */
  readonly end: number
  /** By the recorder's clock; for people only. */
  readonly calledAt: number
  /** By the recorder's clock; null where the outcome is unknown. */
  readonly endedAt: number | null
}

/** What `invoke` gives and each of the three endings takes, once. */
export interface Call {
  readonly place: number
}

interface Open<Input, Output> {
  readonly process: string | number
  readonly input: Input
  readonly call: number
  readonly calledAt: number
  ending: { readonly outcome: Outcome<Output> | "failed"; readonly end: number; readonly endedAt: number | null } | null
}

/**
 * Keeps calls and endings in the order in which it is told of them, which must be the order in which they happened: it is
 * for clients in one process, under virtual time or the wall clock. A process may have several operations open at a time.
 */
export class Recorder<Input, Output> {
  readonly #calls = new Map<Call, Open<Input, Output>>()
  #places = 0

  /** @param now the time to show to people; without it, the places in the history */
  constructor(private readonly now?: () => number) {}

  /** An operation is about to be asked for. Without an ending its outcome stays unknown. */
  invoke(process: string | number, input: Input): Call {
    const place = this.#places++
    const call: Call = { place }
    this.#calls.set(call, { process, input, call: place, calledAt: this.now?.() ?? place, ending: null })
    return call
  }

  /** The operation took effect and gave this. */
  ok(call: Call, output: Output): void {
    this.#end(call, ok(output))
  }

  /** The operation did not take effect and never will: it is no part of the history. If in doubt, `unknown`. */
  fail(call: Call): void {
    this.#end(call, "failed")
  }

  /** The client gave up: the operation may take effect later, or never. */
  unknown(call: Call): void {
    this.#end(call, unknown)
  }

  /** All operations but the failed ones, in the order of their calls. Those still open are of unknown outcome. */
  operations(): ReadonlyArray<Operation<Input, Output>> {
    return [...this.#calls.values()].flatMap(({ ending, ...began }): ReadonlyArray<Operation<Input, Output>> => {
      if (ending === null) return [{ ...began, outcome: unknown, end: Infinity, endedAt: null }]
      const { end, endedAt, outcome } = ending
      return outcome === "failed" ? [] : [{ ...began, outcome, end, endedAt }]
    })
  }

  #end(call: Call, outcome: Outcome<Output> | "failed"): void {
    const open = this.#calls.get(call)
    if (open === undefined) throw new Error(`operation ${call.place} is of another recorder`)
    if (open.ending !== null) throw new Error(`operation ${call.place} of process ${open.process} has ended already`)
    const place = this.#places++
    open.ending = outcome !== "failed" && outcome._tag === "unknown"
      ? { outcome, end: Infinity, endedAt: null }
      : { outcome, end: place, endedAt: this.now?.() ?? place }
  }
}

/**
 * The history as it was known once all until a place had happened, that place included: operations called later are
 * missing, and those that ended later are of unknown outcome.
 */
export const upTo = <Input, Output>(
  operations: ReadonlyArray<Operation<Input, Output>>,
  place: number
): ReadonlyArray<Operation<Input, Output>> =>
  operations
    .filter(({ call }) => call <= place)
    .map((operation) => operation.end <= place ? operation : stillOpen(operation))

/** The same, that place not included. */
export const before = <Input, Output>(
  operations: ReadonlyArray<Operation<Input, Output>>,
  place: number
): ReadonlyArray<Operation<Input, Output>> =>
  operations
    .filter(({ call }) => call < place)
    .map((operation) => operation.end < place ? operation : stillOpen(operation))

const stillOpen = <Input, Output>(operation: Operation<Input, Output>): Operation<Input, Output> => ({
  ...operation,
  outcome: unknown,
  end: Infinity,
  endedAt: null
})
