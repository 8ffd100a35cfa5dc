/**
 * Five real nodes on a LAN of network namespaces: what must hold whatever happens to hosts, cables and packets. Bounds of
 * time are wide enough for a busy machine, but for what is promised; `hostless bench lan` measures.
 */
import { strict as assert } from "node:assert"
import { spawnSync } from "node:child_process"
import { describe, test } from "vitest"
import { eventually, Run } from "../process/nodes.ts"
import { bench, longest, median, missing } from "./bench.ts"

/** Milliseconds. What takes longer is broken, not slow. */
const killedMax = 200
const silentMax = 1_000
/** Promised. */
const healedMax = 2_000

if (missing !== null) console.log(`The tests on a LAN of network namespaces are skipped. ${missing}`)

// Where this machine has no time for them, nodes take each other for dead: what fails once is tried again.
describe.skipIf(missing !== null)("on a LAN", { retry: 2, timeout: 180_000 }, () => {
  test("hosts that are killed, stopped or unplugged are replaced, and nothing is lost", async () => {
    const found = await bench("--scenario", "kill", "--scenario", "silent", "--scenario", "power", "--rounds", "2")
    assert.ok(median(found.get("kill"), "interregnumMs") < killedMax)
    assert.ok(median(found.get("silent"), "interregnumMs") < silentMax)
    assert.ok(median(found.get("power"), "interregnumMs") < silentMax)
    for (const scenario of ["kill", "silent", "power"]) assert.ok(found.get(scenario)!.inputs.checked > 0)
  })

  test("a network that was cut is one again within 2 s; the larger side goes on, the smaller is told", async () => {
    const found = await bench("--scenario", "split", "--scenario", "one-way", "--rounds", "2")
    assert.ok(longest(found.get("split"), "healingMs") < healedMax)
    assert.ok(longest(found.get("one-way"), "healingMs") < healedMax)
    assert.equal(found.get("split")!.counts.losersTold, 4)
  })

  test("a follower's loose cable changes nothing for the others", async () => {
    const flapping = (await bench("--scenario", "flapping", "--rounds", "5")).get("flapping")!
    assert.equal(flapping.counts.falseTakeovers, 0)
    assert.ok(longest(flapping, "healingMs") < healedMax)
    assert.ok(flapping.inputs.checked > 0)
  })

  test("with a quorum a split undoes nothing that was acknowledged, on no side", async () => {
    const split = (await bench("--scenario", "split", "--rounds", "2", "--quorum")).get("split")!
    assert.ok(longest(split, "healingMs") < healedMax)
    assert.ok(split.inputs.checked > 0)
    assert.deepEqual({ ...split.inputs, checked: 0 }, { checked: 0, lost: 0, doubled: 0, undone: 0 })
    assert.equal(split.counts.losersTold, 0)
  })

  test("nobody takes the host for dead in a minute of lost packets and stalls", async () => {
    const [stalls] = (await bench("--scenario", "stalls", "--minutes", "1")).values()
    assert.equal(stalls!.counts.falseTakeovers, 0)
    assert.ok(stalls!.inputs.checked > 0)
  })

  for (const signal of ["SIGINT", "SIGHUP"] as const) {
    test(`nothing of it is left after ${signal}`, async () => {
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
    })
  }
})

describe("elsewhere", () => {
  test("hostless bench lan says what is missing", async () => {
    // Where everything is there, it is not found.
    const run = new Run(["bench", "lan"], { PATH: "/nowhere" })
    assert.equal((await run.end()).code, 1)
    assert.match(run.stderr, /root|iproute2|iptables/)
  })
})
