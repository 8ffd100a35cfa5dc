/**
 * The Raft core under random schedules: what must hold after every step does, and once the faults are over, the cluster
 * goes on. Two files play half of the seeds each, beside each other. `RAFT_SCHEDULES=100000` plays more than the usual
 * number, `RAFT_FIRST=5000` begins at another seed.
 */
import { assert, describe, it } from "vitest"
import { often } from "../../../setup/often.ts"
import type { Counts } from "./Machine.ts"
import { run } from "./run.ts"

const schedules = Number(process.env["RAFT_SCHEDULES"] ?? often(3_000, 20_000))
const first = Number(process.env["RAFT_FIRST"] ?? 1)
const halves = 2
/** Each in a test of its own, so that a worker answers in between. */
const parts = 10

const kinds: ReadonlyArray<keyof Counts> = [
  "commits",
  "elections",
  "restarts",
  "lostWrites",
  "restores",
  "configurations",
  "reads",
  "lostReads",
  "truncations",
  "refusals"
]

/** Called where tests are described. `half`: 0 or 1. */
export const playHalf = (half: number): void => {
  describe(`the Raft core under random schedules, half ${half + 1} of ${halves}`, () => {
    const totals = new Map<string, number>()
    const seedOf = (part: number) => first + Math.floor((half * parts + part) * schedules / (halves * parts))
    for (let part = 0; part < parts; part++) {
      it(`keeps its promises, seeds ${seedOf(part)} to ${seedOf(part + 1) - 1}`, { timeout: 3_600_000 }, () => {
        for (let seed = seedOf(part); seed < seedOf(part + 1); seed++) {
          const { counts, finding } = run(seed)
          if (finding !== null) assert.fail(`seed ${seed}: ${finding.promise}: ${finding.detail}`)
          for (const [name, count] of Object.entries(counts)) totals.set(name, (totals.get(name) ?? 0) + count)
        }
      })
    }

    it("has met all that it is about", () => {
      for (const kind of kinds) assert.isAbove(totals.get(kind) ?? 0, 0, kind)
    })

    it("plays a seed the same way each time", () => {
      for (let seed = seedOf(0); seed < seedOf(0) + 10; seed++) assert.deepEqual(run(seed), run(seed))
    })
  })
}
