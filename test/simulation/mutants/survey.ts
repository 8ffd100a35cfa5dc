/**
 * `npm run mutants [-- NAME...]` (`SEEDS=20` to look less far): looks for a seed that catches each mutant, from the
 * known one and then from 1 on, keeps those in known.json, and writes the table of docs/how-it-is-tested.md.
 */
import { Effect } from "effect"
import { availableParallelism } from "node:os"
import { promises } from "../../../src/simulation/Violation.ts"
import { keyOf } from "../../mutation/known.ts"
import { write } from "../../mutation/table.ts"
import { worker } from "./build.ts"
import { seeds } from "./known.ts"
import { mutants } from "./mutants.ts"
import { firstSeeds, search, seedsMax } from "./search.ts"

const tried = firstSeeds(Number(process.env["SEEDS"] ?? seedsMax))

const asked = process.argv.slice(2)
const wanted = mutants.filter((mutant) => asked.length === 0 || asked.some((name) => mutant.lacks.includes(name)))
seeds.retain(mutants)

await Effect.runPromise(Effect.forEach(wanted, (mutant) =>
  Effect.gen(function*() {
    const script = yield* Effect.promise(() => worker(keyOf(mutant), mutant.edits))
    const known = seeds.of(mutant)?.seed
    const caught = yield* search(mutant, script, known === undefined ? tried : [known, ...tried]).pipe(
      Effect.catchAll(({ message }) => Effect.as(Effect.sync(() => console.error(`${mutant.lacks}: ${message}`)), null))
    )
    seeds.keep(mutant, caught && { seed: caught.seed, promise: caught.finding.promise })
    console.log(
      `${mutant.lacks}: ${
        caught === null
          ? "NOT CAUGHT"
          : `seed ${caught.seed}, ${caught.finding.promise}: ${caught.finding.detail.slice(0, 160)}`
      }`
    )
  }), { concurrency: availableParallelism(), discard: true }))

write(
  "mutants: npm run mutants",
  mutants.map((mutant) => {
    const caught = seeds.of(mutant)
    return {
      lacks: mutant.lacks,
      caught: caught && { seed: caught.seed, promise: promises[caught.promise as keyof typeof promises] }
    }
  })
)
process.exitCode = mutants.every((mutant) => seeds.of(mutant) !== undefined) ? 0 : 1
