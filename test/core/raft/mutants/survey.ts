/**
 * `npm run mutants:raft [-- NAME...]`: looks for the first seed that catches each mutant, keeps those in known.json, and
 * writes the table of docs/how-it-is-tested.md.
 */
import { writeFileSync } from "node:fs"
import { write } from "../../../mutation/table.ts"
import { simulation } from "./build.ts"
import { mutants } from "./mutants.ts"
import { keyOf, type Known, known, knownFile, search } from "./search.ts"

const found: Record<string, Known> = { ...known() }
const asked = process.argv.slice(2)
const keys = new Set(mutants.map(keyOf))
for (const key of Object.keys(found)) if (!keys.has(key)) delete found[key]

for (const mutant of mutants) {
  if (asked.length > 0 && !asked.some((name) => mutant.lacks.includes(name))) continue
  const key = keyOf(mutant)
  const caught = search(await simulation(key, mutant.edits), mutant)
  console.log(
    `${mutant.lacks}: ${
      caught === null
        ? "NOT CAUGHT"
        : `${caught.seed}, ${caught.finding.promise}: ${caught.finding.detail.slice(0, 120)}`
    }`
  )
  if (caught === null) delete found[key]
  else found[key] = { seed: caught.seed, promise: caught.finding.promise }
  const sorted = Object.entries(found).sort(([a], [b]) => a < b ? -1 : 1)
  writeFileSync(knownFile, `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`)
}
write("mutants: npm run mutants:raft", mutants.map((mutant) => ({ lacks: mutant.lacks, caught: found[keyOf(mutant)] })))
process.exitCode = mutants.every((mutant) => found[keyOf(mutant)] !== undefined) ? 0 : 1
