/**
 * The Raft core under random schedules: what must hold after every step does, and once the faults are over, the cluster
 * goes on. `RAFT_SCHEDULES=10000` plays more than the usual number, `RAFT_FIRST=5000` begins at another seed.
 */
import { assert, describe, it } from "vitest"
import type { Counts } from "./simulation/Machine.ts"
import { run } from "./simulation/run.ts"

const schedules = Number(process.env["RAFT_SCHEDULES"] ?? 3_000)
const first = Number(process.env["RAFT_FIRST"] ?? 1)
/** Each in a test of its own, so that a worker answers in between. */
const parts = 10

describe("the Raft core under random schedules", () => {
  const totals = new Map<string, number>()
  for (let part = 0; part < parts; part++) {
    const from = first + Math.floor(part * schedules / parts)
    const to = first + Math.floor((part + 1) * schedules / parts)
    it(`keeps its promises, seeds ${from} to ${to - 1}`, { timeout: 3_600_000 }, () => {
      for (let seed = from; seed < to; seed++) {
        const { counts, finding } = run(seed)
        if (finding !== null) assert.fail(`seed ${seed}: ${finding.promise}: ${finding.detail}`)
        for (const [name, count] of Object.entries(counts)) totals.set(name, (totals.get(name) ?? 0) + count)
      }
    })
  }

  it("has met all that it is about", () => {
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
    for (const kind of kinds) assert.isAbove(totals.get(kind) ?? 0, 0, kind)
  })

  it("plays a seed the same way each time", () => {
    for (let seed = first; seed < first + 10; seed++) assert.deepEqual(run(seed), run(seed))
  })
})
