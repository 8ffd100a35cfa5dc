/** What the suites hold, over whichever test runner: a failure is Node's `AssertionError`. */
import { strict } from "node:assert"

const holds = (value: boolean, what: string): void => strict.ok(value, what)

export const assert = {
  strictEqual: <A>(actual: A, expected: NoInfer<A>): void => strict.equal(actual, expected),
  deepStrictEqual: <A>(actual: A, expected: NoInfer<A>): void => strict.deepEqual(actual, expected),
  isTrue: (value: boolean): void => strict.equal(value, true),
  isFalse: (value: boolean): void => strict.equal(value, false),
  isUndefined: (value: unknown): void => strict.equal(value, undefined),
  lengthOf: (list: ReadonlyArray<unknown>, length: number): void => strict.equal(list.length, length),
  isAtLeast: (value: number, least: number): void => holds(value >= least, `${value} is less than ${least}`),
  isAtMost: (value: number, most: number): void => holds(value <= most, `${value} is more than ${most}`)
}
