/** Looks for a seed that catches a mutant. */
import { Effect } from "effect"
import type { Ran } from "../../../src/programs/simulate/Protocol.ts"
import * as Workers from "../../../src/programs/simulate/Workers.ts"
import type { Mutant } from "./mutants.ts"

/** What is not caught within so many seeds is not caught. */
export const seedsMax = 200

export interface Caught {
  readonly seed: number
  readonly finding: NonNullable<Ran["finding"]>
}

/**
 * The first of these seeds under which this build breaks a promise, or null. Fails when a run ends by itself, out of
 * memory for one: that is nothing that a promise says.
 */
export const search = (mutant: Mutant, script: string, seeds: Iterable<number>): Effect.Effect<Caught | null, Error> =>
  Effect.scoped(Effect.gen(function*() {
    const one = yield* Workers.start(mutant.setup, script)
    for (const seed of seeds) {
      const answer = yield* one.ask({ _tag: "run", seed: String(seed), trace: null })
      if (answer._tag !== "ran") return yield* Effect.fail(new Error(`seed ${seed}: ${JSON.stringify(answer)}`))
      if (answer.finding !== null) return { seed, finding: answer.finding }
    }
    return null
  }))

/** From 1 on. */
export const firstSeeds = (many: number): ReadonlyArray<number> => Array.from({ length: many }, (_, i) => i + 1)
