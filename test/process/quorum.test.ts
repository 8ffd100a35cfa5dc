/**
 * With --quorum a host needs a majority of the last reign's members: what is left of three goes on with two, what is left
 * of two waits.
 */
import { strict as assert } from "node:assert"
import { describe, test } from "vitest"
import { agreed, eventually, Lan, settled, sleep, split, untilAll, watch } from "./nodes.ts"

const quorum = { args: ["--quorum"] }

describe("with a quorum", () => {
  test("of three nodes the two that are left go on, and the one that is left of those waits", async () => {
    const lan = new Lan()
    const nodes = await lan.startAll(3, quorum)
    // The reign must count all three as members, so the last change of host is waited for.
    const statuses = await untilAll("the highest to host", nodes, settled)
    const { host, hostStatus, others } = split(nodes, statuses)
    const playing = await untilAll(
      "bots at play",
      nodes,
      (status, all) =>
        settled(status, all) && status.players.length === 3 && status.players.some((player) => player.score > 0)
    )
    const before = playing[0]!.clock
    const eyes = others.map((node) => watch(node))
    host.signal("SIGKILL")
    const two = await untilAll(
      "the two to go on",
      others,
      (status, all) => agreed(status, all) && status.host !== hostStatus.peerId && status.clock > before
    )
    await sleep(500)
    for (const eye of eyes) assert.deepEqual((await eye.stop()).regressions, [])

    const { host: second, others: [last] } = split(others, two)
    second.signal("SIGKILL")
    const waiting = await eventually("the last one to have no host", async () => {
      const status = await last!.tryStatus()
      return status !== null && status.role === "electing" && status.host === null ? status : null
    })
    await sleep(1_500)
    const later = await last!.status()
    assert.equal(later.role, "electing")
    assert.equal(later.clock, waiting.clock, "no tick without a majority")
    assert.equal(later.epoch, two.find((status) => status.role !== "host")!.epoch)
  })

  test("of two nodes the one that is left waits, and plays on when the other is back", async () => {
    const lan = new Lan()
    const nodes = await lan.startAll(2, quorum)
    const statuses = await untilAll(
      "the highest to host",
      nodes,
      (status, all) => settled(status, all) && status.clock > 30
    )
    const { host, others } = split(nodes, statuses)
    // A host that is silent and comes back is a member that can be counted again; one that was killed never is.
    host.signal("SIGSTOP")
    const [waiting] = await untilAll("the other to notice", others, (status) => status.role === "electing")
    await sleep(1_000)
    const still = await others[0]!.status()
    assert.equal(still.role, "electing")
    assert.equal(still.clock, waiting!.clock)
    host.signal("SIGCONT")
    const after = await untilAll(
      "both to play on",
      nodes,
      (status, all) => agreed(status, all) && status.clock > waiting!.clock + 30
    )
    for (const status of after) assert.equal(status.counters.inputsDisputed, 0)
  })
})
