import type { Atomic } from "./Atomic.ts"
import type { Operation } from "./History.ts"

/**
 * Whether some order of the operations explains them, found by running the object through every order that time allows, with
 * and without those of unknown outcome. Knows neither models nor partitions nor shortcuts: for up to seven operations.
 */
export const isLinearizable = <Input, Output>(
  make: () => Atomic<Input, Output>,
  operations: ReadonlyArray<Operation<Input, Output>>
): boolean => {
  const explains = (order: ReadonlyArray<Operation<Input, Output>>): boolean => {
    const object = make()
    return order.every(({ input, outcome }) => {
      const output = object.apply(input)
      return outcome._tag === "unknown" || outcome.output === output
    })
  }
  const extend = (
    order: ReadonlyArray<Operation<Input, Output>>,
    left: ReadonlyArray<Operation<Input, Output>>
  ): boolean =>
    (left.every(({ outcome }) => outcome._tag === "unknown") && explains(order)) ||
    left.some((next) =>
      left.every((other) => next.call <= other.end) &&
      extend([...order, next], left.filter((other) => other !== next))
    )
  return extend([], operations)
}
