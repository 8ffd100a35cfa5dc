/**
 * Whatever keeps a promise, once taken out, is missed: each by the seed that is known to show it. Run here are those
 * whose file is not as it was when their seed was found. A change makes other runs of all seeds: one that shows nothing
 * any more is told, and `mutants.long.test.ts` looks for another.
 */
import { Effect } from "effect"
import { assert, describe, it } from "vitest"
import { keyOf } from "../mutation/known.ts"
import { worker } from "./mutants/build.ts"
import { seeds } from "./mutants/known.ts"
import { mutants } from "./mutants/mutants.ts"
import { search } from "./mutants/search.ts"

it("each mutant has a seed that is known, and no other has", () => {
  assert.sameMembers(Object.keys(seeds.read()), mutants.map(keyOf))
})

it("each finds its place in the sources", () => {
  for (const mutant of mutants) seeds.assertApplies(mutant)
})

const changed = mutants.filter(seeds.hasChanged)
if (changed.length > 0) {
  const whole = worker("whole", [])
  describe.concurrent("without", () => {
    for (const mutant of changed) {
      it(mutant.lacks, { timeout: 900_000 }, async () => {
        const tried = [seeds.of(mutant)!.seed]
        const caught = await Effect.runPromise(search(mutant, await worker(keyOf(mutant), mutant.edits), tried))
        if (caught === null) console.warn(`seed ${tried[0]} shows nothing without ${mutant.lacks}: npm run test:long`)
        assert.isNull(await Effect.runPromise(search(mutant, await whole, tried)))
      })
    }
  })
}
