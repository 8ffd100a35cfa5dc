/**
 * `npm run mutants:raft [-- NAME...]`: looks for a seed that catches each mutant, from the known one and then from 1
 * on, keeps those in known.json, and writes the table of docs/how-it-is-tested.md.
 */
import { keyOf } from "../../../mutation/known.ts"
import { write } from "../../../mutation/table.ts"
import { simulation } from "./build.ts"
import { mutants } from "./mutants.ts"
import { allSeeds, search, seeds } from "./search.ts"

const asked = process.argv.slice(2)
seeds.retain(mutants)
for (const mutant of mutants) {
  if (asked.length > 0 && !asked.some((name) => mutant.lacks.includes(name))) continue
  const caught = search(await simulation(keyOf(mutant), mutant.edits), mutant, [
    seeds.of(mutant)?.seed ?? 1,
    ...allSeeds
  ])
  seeds.keep(mutant, caught && { seed: caught.seed, promise: caught.finding.promise })
  console.log(
    `${mutant.lacks}: ${
      caught === null
        ? "NOT CAUGHT"
        : `${caught.seed}, ${caught.finding.promise}: ${caught.finding.detail.slice(0, 120)}`
    }`
  )
}
write("mutants: npm run mutants:raft", mutants.map((mutant) => ({ lacks: mutant.lacks, caught: seeds.of(mutant) })))
process.exitCode = mutants.every((mutant) => seeds.of(mutant) !== undefined) ? 0 : 1
