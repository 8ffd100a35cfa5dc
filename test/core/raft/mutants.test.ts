/**
 * Whatever keeps a promise of Raft, once taken out, is missed: each by the seed that is known to show it. Run here are
 * those whose file is not as it was when their seed was found. A change of the core or of the simulation makes other runs
 * of all seeds: one that shows nothing any more is told, and `mutants.long.test.ts` looks for another.
 */
import { assert, describe, it } from "vitest"
import { keyOf } from "../../mutation/known.ts"
import { simulation } from "./mutants/build.ts"
import { mutants } from "./mutants/mutants.ts"
import { search, seeds } from "./mutants/search.ts"
import { run } from "./simulation/run.ts"

it("each mutant has a seed that is known, and no other has", () => {
  assert.sameMembers(Object.keys(seeds.read()), mutants.map(keyOf))
})

it("each finds its place in the sources", () => {
  for (const mutant of mutants) seeds.assertApplies(mutant)
})

const changed = mutants.filter(seeds.hasChanged)
if (changed.length > 0) {
  describe("the Raft core without", () => {
    for (const mutant of changed) {
      it(mutant.lacks, { timeout: 600_000 }, async () => {
        const { seed } = seeds.of(mutant)!
        if (search(await simulation(keyOf(mutant), mutant.edits), mutant, [seed]) === null) {
          console.warn(`seed ${seed} shows nothing without ${mutant.lacks}: npm run test:long`)
        }
        assert.isNull(run(seed, mutant.duel).finding)
      })
    }
  })
}
