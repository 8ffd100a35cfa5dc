/** Whatever keeps a promise, once taken out, is missed: by the seed that is known, or by another. */
import { Effect } from "effect"
import { assert, describe, it } from "vitest"
import { keyOf } from "../mutation/known.ts"
import { sliceOf } from "../setup/slice.ts"
import { worker } from "./mutants/build.ts"
import { seeds } from "./mutants/known.ts"
import { mutants } from "./mutants/mutants.ts"
import { firstSeeds, search, seedsMax } from "./mutants/search.ts"

const whole = worker("whole", [])

describe.concurrent("without", () => {
  for (const mutant of sliceOf(mutants, 4)) {
    it(mutant.lacks, async () => {
      const script = await worker(keyOf(mutant), mutant.edits)
      const expected = seeds.of(mutant)?.seed ?? 1
      const caught = await Effect.runPromise(search(mutant, script, [expected, ...firstSeeds(seedsMax)]))
      assert.isNotNull(caught, `not caught by ${seedsMax} seeds`)
      const { seed } = caught!
      if (seed !== expected) {
        console.warn(`${mutant.lacks}: caught by seed ${seed}; "npm run mutants" brings the table up to date`)
      }
      assert.isNull(await Effect.runPromise(search(mutant, await whole, [seed])))
    })
  }
})
