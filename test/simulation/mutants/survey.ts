/**
 * `npm run mutants [-- NAME...]` (`SEEDS=20` to look less far): looks for the first seed that catches each mutant, keeps
 * those in known.json, and writes the table of docs/how-it-is-tested.md.
 */
import { Effect } from "effect"
import { readFileSync, writeFileSync } from "node:fs"
import { availableParallelism } from "node:os"
import { join } from "node:path"
import * as Workers from "../../../src/programs/simulate/Workers.ts"
import { worker } from "./build.ts"
import { keyOf, type Known, known, knownFile, table } from "./known.ts"
import { type Mutant, mutants } from "./mutants.ts"

/** What is not caught within so many seeds is not caught. */
const seedsMax = Number(process.env["SEEDS"] ?? 200)
const docs = join(import.meta.dirname, "..", "..", "..", "docs", "how-it-is-tested.md")

const survey = (mutant: Mutant, script: string) =>
  Effect.scoped(Effect.gen(function*() {
    const one = yield* Workers.start(mutant.setup, script)
    for (let seed = 1; seed <= seedsMax; seed++) {
      const answer = yield* one.ask({ _tag: "run", seed: String(seed), trace: null })
      // Such as one that ran out of memory: nothing that a promise says, so it does not count.
      if (answer._tag === "broken") {
        console.error(`${mutant.lacks}: seed ${seed}: ${answer.detail}`)
        return null
      }
      if (answer._tag === "ran" && answer.finding !== null) {
        return { seed, promise: answer.finding.promise as string, detail: answer.finding.detail }
      }
    }
    return null
  }))

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
    const caught = yield* survey(mutant, script)
    console.log(
      `${mutant.lacks}: ${
        caught === null ? "NOT CAUGHT" : `seed ${caught.seed}, ${caught.promise}: ${caught.detail.slice(0, 160)}`
      }`
    )
    if (caught === null) delete found[key]
    else found[key] = { seed: caught.seed, promise: caught.promise }
    keep()
  }), { concurrency: availableParallelism(), discard: true }))

const text = readFileSync(docs, "utf8")
const parts = /^([\s\S]*<!-- mutants: npm run mutants -->\n)[\s\S]*(\n<!-- end -->[\s\S]*)$/.exec(text)
if (parts !== null) writeFileSync(docs, `${parts[1]}\n${table(found)}\n${parts[2]}`)
process.exitCode = mutants.every((mutant) => found[keyOf(mutant)] !== undefined) ? 0 : 1
