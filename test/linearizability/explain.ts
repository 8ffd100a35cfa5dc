/** Why a history is not linearizable: up to where it is, and what has no place then. */
import { before, type Operation, upTo } from "./History.ts"
import { type Model, showOperation } from "./Model.ts"
import { type Found, search } from "./search.ts"

/** Why a partition is not linearizable. */
export interface Failure<Input, Output> {
  readonly partition: string
  /** The longest history from the start that is linearizable: all that happened before `last.end`. */
  readonly prefix: ReadonlyArray<Operation<Input, Output>>
  /** The operation with whose end it ceases to be. */
  readonly last: Operation<Input, Output>
  /** False where the steps did not suffice to be sure: then `prefix` is linearizable, and perhaps a longer one is. */
  readonly exact: boolean
  /** Up to and with that end, an order of as many operations of known outcome as were ever placed. */
  readonly order: ReadonlyArray<Operation<Input, Output>>
  /** The operations, ended by then, that have no place in that order. Never empty. */
  readonly unplaced: ReadonlyArray<Operation<Input, Output>>
}

/**
 * Finds the first end with which a history that has no order has none, among the ends from the one reached on: a history
 * that is wrong stays so whatever follows. The end reached is nearly always the one; it is not where an operation that had
 * not ended by then could have given something else than it gave.
 *
 * @param part one partition's operations, in the order of their calls
 * @param whole what a search found that answers "no"
 */
export const explain = <Input, Output, State>(
  model: Model<Input, Output, State>,
  partition: string,
  part: ReadonlyArray<Operation<Input, Output>>,
  whole: Found,
  stepsMax: number
): { readonly failure: Failure<Input, Output>; readonly steps: number } => {
  const ends = part.filter(({ end }) => end >= whole.reached && end < Infinity).sort((a, b) => a.end - b.end)
  let steps = 0
  /** The first end that is not known to be right, and the first that is known to be wrong. */
  let low = 0
  let high = ends.length - 1
  let middle = 0
  let wrong: Found | null = null
  while (wrong === null || low < high) {
    const found = search(model, upTo(part, ends[middle]!.end), stepsMax - steps)
    steps += found.steps
    if (found.answer === "unknown") return { failure: failureOf(partition, part, ends[0]!, whole.order, false), steps }
    if (found.answer === "yes") low = middle + 1
    else {
      high = middle
      wrong = found
    }
    middle = (low + high) >>> 1
  }
  const last = ends[high]!
  return { failure: failureOf(partition, upTo(part, last.end), last, wrong.order, true), steps }
}

const failureOf = <Input, Output>(
  partition: string,
  part: ReadonlyArray<Operation<Input, Output>>,
  last: Operation<Input, Output>,
  order: ReadonlyArray<number>,
  exact: boolean
): Failure<Input, Output> => {
  const placed = new Set(order)
  return {
    partition,
    prefix: before(part, last.end),
    last,
    exact,
    order: order.map((index) => part[index]!),
    unplaced: part.filter(({ end }, index) => end <= last.end && !placed.has(index))
  }
}

/** How many operations of an order are shown, the last ones. */
const shownMax = 12

/** The failure in words, several lines. */
export const describeFailure = <Input, Output, State>(
  model: Model<Input, Output, State>,
  { exact, last, order, partition, prefix, unplaced }: Failure<Input, Output>
): string => {
  const show = (operation: Operation<Input, Output>): string => `    ${showOperation(model, operation)}`
  const left = order.length - shownMax
  return [
    `${partition}: not linearizable.`,
    `  ${
      exact ? "The longest history from its start that is" : "A history from its start that is"
    } has ${prefix.length} operations; it ceases to be with the end of`,
    show(last),
    `  The longest order found until then has ${order.length} operations${
      left > 0 ? `, of which the last ${shownMax}` : ""
    }:`,
    ...order.slice(-shownMax).map(show),
    "  and no place for",
    ...unplaced.map(show)
  ].join("\n")
}
