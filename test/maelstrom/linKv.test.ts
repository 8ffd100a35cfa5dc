/** Real processes stay linearizable while their network is bad and their leaders go, and serve again when it is whole. */
import { strict as assert } from "node:assert"
import { test } from "vitest"
import { check, describeVerdict } from "../linearizability/check.ts"
import { ok } from "../linearizability/History.ts"
import { eventually, figure, sleep } from "../process/nodes.ts"
import { Clients } from "./Clients.ts"
import { model } from "./LinKv.ts"
import { fair, Workbench } from "./Workbench.ts"

/** Longer than the others take to elect another leader. */
const splitMs = 900
const calmMs = 300

const leaderOtherThan = (workbench: Workbench, before: string): Promise<string> =>
  eventually(`a leader other than ${before}`, async () => workbench.leader === before ? null : workbench.leader, {
    everyMs: 10,
    timeoutMs: 5_000
  })

test("five nodes on a bad network, whose leaders are cut off and killed", async () => {
  const workbench = new Workbench(5, ["--tick-ms", "20"])
  await workbench.init()
  await workbench.ready()
  assert.notEqual(workbench.leader, "")
  const clients = new Clients(workbench)
  const stopped = new AbortController()
  const running = clients.run(20, stopped.signal)
  workbench.weather = { delayMsMax: 20, loss: 0.03 }

  // The leader alone, then with one that still hears it, then it stays with the majority.
  for (const [withLeader, sides] of [[0, "a minority"], [1, "a minority"], [2, "the majority"]] as const) {
    const { leader } = workbench
    const followers = workbench.names.filter((name) => name !== leader)
    workbench.split([leader, ...followers.slice(0, withLeader)], followers.slice(withLeader))
    await sleep(splitMs)
    if (sides === "a minority") await leaderOtherThan(workbench, leader)
    workbench.heal()
    await sleep(calmMs)
  }
  const killed = workbench.leader
  await workbench.kill(killed)
  await leaderOtherThan(workbench, killed)
  await sleep(splitMs)

  workbench.weather = fair
  await workbench.ready()
  stopped.abort()
  await running
  await workbench.end()

  const { counts } = workbench
  assert.ok(counts.cut > 50 && counts.lost > 50 && counts.delayed > 500, `what went wrong: ${JSON.stringify(counts)}`)
  const { seen } = clients
  for (const answer of ["read_ok", "write_ok", "cas_ok", "error 20", "error 22"]) {
    assert.ok((seen.get(answer) ?? 0) >= 3, `${answer} is rare: ${JSON.stringify([...seen])}`)
  }
  const operations = clients.history.operations()
  figure("operations in the history", operations.length, "")
  const verdict = check(model, operations)
  assert.equal(verdict._tag, "linearizable", describeVerdict(model, verdict))

  // Were one read wrong, it would be seen.
  const read = operations.findLast(({ input, outcome }) => input.type === "read" && outcome._tag === "ok")!
  const wrong = { ...read, outcome: ok({ _tag: "value", value: "never written" } as const) }
  const other = check(model, operations.map((operation) => operation === read ? wrong : operation))
  assert.equal(other._tag, "not-linearizable")
})
