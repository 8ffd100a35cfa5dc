/**
 * `npm run mutants [-- NAME...]` (`SEEDS=20` to look less far): looks for the first seed that catches each mutant, keeps
 * those in known.json, and writes the table of docs/how-it-is-tested.md.
 */
import { Effect } from "effect"
import { writeFileSync } from "node:fs"
import { availableParallelism } from "node:os"
import { promises } from "../../../src/simulation/Violation.ts"
import { write } from "../../mutation/table.ts"
import { worker } from "./build.ts"
import { keyOf, type Known, known, knownFile } from "./known.ts"
import { mutants } from "./mutants.ts"
import { firstSeeds, search, seedsMax } from "./search.ts"

const seeds = firstSeeds(Number(process.env["SEEDS"] ?? seedsMax))

const found: Record<string, Known> = { ...known() }
const asked = process.argv.slice(2)
const wanted = mutants.filter((mutant) => asked.length === 0 || asked.some((name) => mutant.lacks.includes(name)))

const keep = () => {
  const sorted = Object.entries(found).sort(([a], [b]) => a < b ? -1 : 1)
  writeFileSync(knownFile, `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`)
}

await Effect.runPromise(Effect.forEach(wanted, (mutant) =>
  Effect.gen(function*() {
    const key = keyOf(mutant)
    const script = yield* Effect.promise(() => worker(key, mutant.edits))
    const caught = yield* search(mutant, script, seeds).pipe(
      Effect.catchAll(({ message }) => Effect.as(Effect.sync(() => console.error(`${mutant.lacks}: ${message}`)), null))
    )
    console.log(
      `${mutant.lacks}: ${
        caught === null
          ? "NOT CAUGHT"
          : `seed ${caught.seed}, ${caught.finding.promise}: ${caught.finding.detail.slice(0, 160)}`
      }`
    )
    if (caught === null) delete found[key]
    else found[key] = { seed: caught.seed, promise: caught.finding.promise }
    keep()
  }), { concurrency: availableParallelism(), discard: true }))

write(
  "mutants: npm run mutants",
  mutants.map((mutant) => {
    const caught = found[keyOf(mutant)]
    return {
      lacks: mutant.lacks,
      caught: caught && { seed: caught.seed, promise: promises[caught.promise as keyof typeof promises] }
    }
  })
)
process.exitCode = mutants.every((mutant) => found[keyOf(mutant)] !== undefined) ? 0 : 1
