/**
 * Five real nodes on a LAN of network namespaces, once each: a host that is killed, a cable that is cut. What must hold at any speed fails the test; times are figures. `lan.long.test.ts` has the rest.
 */
import { strict as assert } from "node:assert"
import { describe, test } from "vitest"
import { stopwatch } from "../process/machine.ts"
import { Run } from "../process/nodes.ts"
import { bench, healedMax, interrupted, killedMax, longest, median, missing } from "./bench.ts"

if (missing !== null) console.log(`The tests on a LAN of network namespaces are skipped. ${missing}`)

describe.skipIf(missing !== null)("on a LAN", () => {
  test("hosts are replaced and a split heals; nothing is lost, and losers are told", async () => {
    const watching = stopwatch()
    const found = await bench("--scenario", "kill", "--scenario", "split", "--rounds", "1")
    for (const scenario of ["kill", "split"]) assert.ok(found.get(scenario)!.inputs.checked > 0)
    assert.equal(found.get("split")!.counts.losersTold, 2)
    watching.within("killed", median(found.get("kill"), "interregnumMs"), killedMax)
    watching.within("healed", longest(found.get("split"), "healingMs"), healedMax)
  })

  test("nothing of it is left after SIGHUP", () => interrupted("SIGHUP"))
})

describe("elsewhere", () => {
  test("hostless bench lan says what is missing", async () => {
    // Where everything is there, it is not found.
    const run = new Run(["bench", "lan"], { PATH: "/nowhere" })
    assert.equal((await run.end()).code, 1)
    assert.match(run.stderr, /root|iproute2|iptables/)
  })
})
