/** Whatever keeps a promise, once taken out, is missed: each by the seed that was found to show it. */
import { Effect } from "effect"
import { assert, describe, it } from "vitest"
import type { Ran } from "../../src/programs/simulate/Protocol.ts"
import * as Workers from "../../src/programs/simulate/Workers.ts"
import { worker } from "./mutants/build.ts"
import { keyOf, known } from "./mutants/known.ts"
import { type Mutant, mutants } from "./mutants/mutants.ts"

const run = (mutant: Mutant, script: string, seed: number): Promise<Ran> =>
  Effect.runPromise(Effect.scoped(Effect.gen(function*() {
    const one = yield* Workers.start(mutant.setup, script)
    const answer = yield* one.ask({ _tag: "run", seed: String(seed), trace: null })
    if (answer._tag !== "ran") throw new Error(JSON.stringify(answer))
    return answer
  })))

const whole = worker("whole", [])

it("every seed that is known is a mutant's", () => {
  const keys = mutants.map(keyOf)
  for (const key of Object.keys(known())) assert.include(keys, key)
})

describe.concurrent("without", () => {
  for (const mutant of mutants) {
    const caught = known()[keyOf(mutant)]
    // The table of docs/how-it-is-tested.md says which ones are not caught yet.
    if (caught === undefined) continue
    it(mutant.lacks, { timeout: 120_000 }, async () => {
      const lacking = await run(mutant, await worker(keyOf(mutant), mutant.edits), caught.seed)
      assert.strictEqual(lacking.finding?.promise, caught.promise)
      const complete = await run(mutant, await whole, caught.seed)
      assert.isNull(complete.finding)
    })
  }
})
