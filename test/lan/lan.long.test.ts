/**
 * Five real nodes on a LAN of network namespaces: whatever happens to hosts, cables and packets, several times.
 */
import { strict as assert } from "node:assert"
import { describe, test } from "vitest"
import { stopwatch } from "../process/machine.ts"
import { bench, healedMax, interrupted, killedMax, longest, median, missing, silentMax } from "./bench.ts"

if (missing !== null) console.log(`The tests on a LAN of network namespaces are skipped. ${missing}`)

describe.skipIf(missing !== null)("on a LAN", () => {
  test("hosts that are killed, stopped or unplugged are replaced, and nothing is lost", async () => {
    const watching = stopwatch()
    const found = await bench("--scenario", "kill", "--scenario", "silent", "--scenario", "power", "--rounds", "2")
    for (const scenario of ["kill", "silent", "power"]) assert.ok(found.get(scenario)!.inputs.checked > 0)
    watching.within("killed", median(found.get("kill"), "interregnumMs"), killedMax)
    watching.within("silent", median(found.get("silent"), "interregnumMs"), silentMax)
    watching.within("unplugged", median(found.get("power"), "interregnumMs"), silentMax)
  })

  test("a network that was cut is one again within 2 s; the larger side goes on, the smaller is told", async () => {
    const watching = stopwatch()
    const found = await bench("--scenario", "split", "--scenario", "one-way", "--rounds", "2")
    assert.equal(found.get("split")!.counts.losersTold, 4)
    watching.within("healed", longest(found.get("split"), "healingMs"), healedMax)
    watching.within("healed one way", longest(found.get("one-way"), "healingMs"), healedMax)
  })

  test("a follower's loose cable changes nothing for the others", async () => {
    const watching = stopwatch()
    const flapping = (await bench("--scenario", "flapping", "--rounds", "5")).get("flapping")!
    assert.equal(flapping.counts.falseTakeovers, 0)
    assert.ok(flapping.inputs.checked > 0)
    watching.within("healed", longest(flapping, "healingMs"), healedMax)
  })

  test("with a quorum a split undoes nothing that was acknowledged, on no side", async () => {
    const watching = stopwatch()
    const split = (await bench("--scenario", "split", "--rounds", "2", "--quorum")).get("split")!
    assert.ok(split.inputs.checked > 0)
    assert.deepEqual({ ...split.inputs, checked: 0 }, { checked: 0, lost: 0, doubled: 0, undone: 0 })
    assert.equal(split.counts.losersTold, 0)
    watching.within("healed", longest(split, "healingMs"), healedMax)
  })

  test("nobody takes the host for dead in a minute of lost packets and stalls", async () => {
    const [stalls] = (await bench("--scenario", "stalls", "--minutes", "1")).values()
    assert.equal(stalls!.counts.falseTakeovers, 0)
    assert.ok(stalls!.inputs.checked > 0)
  })

  test("nothing of it is left after SIGINT", () => interrupted("SIGINT"))
})
