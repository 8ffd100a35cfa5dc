/**
 * The built program once through, in a few seconds: `.ci/run` does that with other Nodes than the one that runs the tests
 * (TEST_NODE).
 */
import { strict as assert } from "node:assert"
import { test } from "vitest"
import { agreed, Lan, run, settled, split, untilAll } from "./nodes.ts"

test("it tells its commands", async () => {
  const { code, stderr, stdout } = await run(["--help"])
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" })
  assert.match(stdout, /simulate/)
})

test("it simulates", async () => {
  const { code, stderr, stdout } = await run(["simulate", "--seed", "1", "--nodes", "3", "--duration", "5s"])
  assert.equal(code, 0, stderr)
  assert.match(stdout, /No promise was broken/)
})

test("two nodes play, and one goes on when the other is killed", async () => {
  const nodes = await new Lan().startAll(2)
  const { host, hostStatus, others } = split(nodes, await untilAll("bots at play", nodes, settled))
  const page = await fetch(others[0]!.page)
  assert.equal(page.status, 200)
  host.signal("SIGKILL")
  await untilAll(
    "the other to go on",
    others,
    (status, all) => agreed(status, all) && status.epoch! > hostStatus.epoch! && status.clock > hostStatus.clock
  )
  assert.equal(others[0]!.stderr, "")
})
