/** Whatever keeps a promise of Raft, once taken out, is missed: by the seed that is known, or by another. */
import { assert, describe, it } from "vitest"
import { keyOf } from "../../mutation/known.ts"
import { simulation } from "./mutants/build.ts"
import { mutants } from "./mutants/mutants.ts"
import { allSeeds, search, seeds } from "./mutants/search.ts"
import { run } from "./simulation/run.ts"

describe("the Raft core without", () => {
  for (const mutant of mutants) {
    it(mutant.lacks, async () => {
      const expected = seeds.of(mutant)?.seed ?? 1
      const caught = search(await simulation(keyOf(mutant), mutant.edits), mutant, [expected, ...allSeeds])
      assert.isNotNull(caught, "no seed catches it")
      const { seed } = caught!
      if (seed !== expected) {
        console.warn(`${mutant.lacks}: caught by seed ${seed}; "npm run mutants:raft" brings the table up to date`)
      }
      assert.isNull(run(seed, mutant.duel).finding)
    })
  }
})
