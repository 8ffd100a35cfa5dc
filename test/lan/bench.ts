/** `hostless bench lan` for tests, run to its end; its report. */
import { Effect } from "effect"
import { strict as assert } from "node:assert"
import { spawnSync } from "node:child_process"
import type { Finding } from "../../src/programs/bench/lan/Finding.ts"
import * as LanNetwork from "../../src/programs/bench/lan/LanNetwork.ts"
import type { Report } from "../../src/programs/bench/lan/Report.ts"
import { eventually, figure, Run } from "../process/nodes.ts"

/** Why there can be no LAN of namespaces here, or null. */
export const missing = await Effect.runPromise(LanNetwork.missing)

const timeoutMs = 170_000

/** Generous bounds, in milliseconds: what takes longer on a machine that has time is broken, not slow. */
export const killedMax = 200
export const silentMax = 1_000
/** Promised. */
export const healedMax = 2_000

/** The findings by scenario; fails where a promise was broken. */
export const bench = async (...args: ReadonlyArray<string>): Promise<ReadonlyMap<string, Finding>> => {
  const run = new Run(["bench", "lan", "--json", ...args])
  const { code } = await run.end(timeoutMs).catch(async (late: unknown) => {
    // Asked to end, it takes its nodes and its network with it.
    run.signal("SIGINT")
    await run.ended
    throw late
  })
  assert.notEqual(run.stdout, "", run.stderr)
  const { findings } = JSON.parse(run.stdout) as Report
  for (const finding of findings) {
    for (const [name, { max, p50 }] of Object.entries(finding.distributions)) {
      figure(`${finding.scenario}, ${name}, median`, p50 ?? NaN)
      figure(`${finding.scenario}, ${name}, longest`, max ?? NaN)
    }
  }
  assert.deepEqual(findings.flatMap(({ broken, scenario }) => broken.map((what) => `${scenario}: ${what}`)), [])
  assert.equal(code, 0, run.stderr)
  return new Map(findings.map((finding) => [finding.scenario, finding]))
}

/** A measure's median, in milliseconds; fails where nothing was measured. */
export const median = (finding: Finding | undefined, name: string): number => {
  const p50 = finding?.distributions[name]?.p50 ?? null
  assert.ok(p50 !== null, `${name} was not measured`)
  return p50
}

export const longest = (finding: Finding | undefined, name: string): number => {
  const max = finding?.distributions[name]?.max ?? null
  assert.ok(max !== null, `${name} was not measured`)
  return max
}

/** Sends the signal while its network stands: nothing of that may be left. */
export const interrupted = async (signal: NodeJS.Signals): Promise<void> => {
  const run = new Run(["bench", "lan", "--scenario", "kill"])
  const prefix = `hl${run.child.pid!.toString(16)}`
  const made = () => {
    const { stdout } = spawnSync("ip", ["netns", "list"], { encoding: "utf8" })
    return stdout.split("\n").filter((line) => line.startsWith(prefix))
  }
  await eventually("the bridge and five namespaces", async () => made().length === 6 ? true : null)
  run.signal(signal)
  await run.end()
  assert.deepEqual(made(), [])
}
