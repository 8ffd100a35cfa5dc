/** The experiment on frames and Raft, cut short: every figure is there, and the chart is drawn. */
import { strict as assert } from "node:assert"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { test } from "vitest"
import { temporaryDirectory } from "./nodes.ts"
import * as Studies from "./studies.ts"

interface Row {
  readonly fps: number
  readonly raft: string | null
  readonly failed: number
  readonly commitMs: { readonly samples: number; readonly p50: number | null }
  readonly electionMs: { readonly samples: number; readonly p50: number | null }
  readonly frameOffMs: { readonly samples: number; readonly p99: number | null }
}

test("measures commits, elections and frames, with Raft beside the game loop and in its own thread", async () => {
  const chart = join(temporaryDirectory(), "chart.svg")
  const { code, stdout } = await Studies.study(
    ["raft-frames", "--fps", "60", "--seconds", "1", "--elections", "1", "--json", "--chart", chart]
  )
  const rows: ReadonlyArray<Row> = JSON.parse(stdout)
  assert.deepEqual([code, rows.map(({ raft }) => raft)], [0, [null, "same thread", "own thread"]])
  for (const { commitMs, electionMs, failed, fps, frameOffMs, raft } of rows) {
    assert.equal(fps, 60)
    assert.equal(failed, 0)
    assert.ok(frameOffMs.samples > 15, `${frameOffMs.samples} frames`)
    if (raft === null) continue
    assert.ok(commitMs.samples > 5, `${commitMs.samples} commits`)
    assert.equal(electionMs.samples, 1)
    assert.ok(electionMs.p50! > 50, "nobody is elected as soon as a leader falls silent")
  }
  assert.match(readFileSync(chart, "utf8"), /^<svg .*Raft in its own thread.*<\/svg>\n$/s)
})
