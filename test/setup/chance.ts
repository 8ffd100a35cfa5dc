/**
 * Chance in tests: the same in every run of `npm test`, so that it never refuses a change for an old fault. The long tests
 * set another seed for each run, and print it; `TEST_SEED=… npx vitest run FILE` plays such a run again.
 */
import * as FastCheck from "effect/FastCheck"
import * as fc from "fast-check"
import { source } from "../../src/core/Random.ts"

export const testSeed = Number(process.env["TEST_SEED"] ?? 1)

/** From 0 up to, but not including, 1. Each name has a sequence of its own. */
export const chanceOf = (name: string): () => number =>
  source([...name].reduce((sum, char) => (Math.imul(sum, 31) + char.charCodeAt(0)) | 0, testSeed))

// Effect brings a version of its own, which makes values of schemas.
fc.configureGlobal({ seed: testSeed })
FastCheck.configureGlobal({ seed: testSeed })
export { FastCheck, fc }
