/**
 * With --election raft the leader of a majority hosts: of three real nodes it is killed, and the game goes on with the same
 * score; the last one waits.
 */
import { strict as assert } from "node:assert"
import { describe, test } from "vitest"
import type { Status } from "../../src/protocol/Status.ts"
import { stopwatch } from "./machine.ts"
import { agreed, figure, Lan, run, sleep, split, untilAll, watch } from "./nodes.ts"

const raft = { args: ["--election", "raft"] }

/** All of them vote. */
const allVote = (status: Status, all: ReadonlyArray<Status>): boolean =>
  agreed(status, all) && status.election.by === "raft" && status.election.voters.length === all.length

describe("with --election raft", () => {
  test("a host killed with -9 is succeeded at once, clock and scores go on; the last of three waits", async () => {
    const lan = new Lan()
    const nodes = await lan.startAll(3, raft)
    const statuses = await untilAll(
      "bots at play",
      nodes,
      (status, all) =>
        allVote(status, all) && status.players.length === 3 && status.players.some((player) => player.score > 0)
    )
    const { host, hostStatus, others } = split(nodes, statuses)
    const eyes = others.map((node) => watch(node))
    await sleep(300)
    const before = (await others[0]!.status()).clock
    const watching = stopwatch()
    host.signal("SIGKILL")
    const after = await untilAll(
      "another host",
      others,
      (status, all) => agreed(status, all) && status.epoch! > hostStatus.epoch! && status.clock > before,
      { everyMs: 60 }
    )
    await sleep(1_000)
    for (const [i, eye] of eyes.entries()) {
      const { regressions, seen } = await eye.stop()
      assert.deepEqual(regressions, [], others[i]!.name)
      const status = seen.at(-1)!.status
      assert.ok(status.clock > before + 30)
      assert.equal(status.counters.inputsDisputed, 0)
      assert.equal(status.counters.regressions, 0)
    }
    for (const status of after) {
      assert.ok(status.election.term! > hostStatus.election.term!)
      const { interregnumMs } = status.reigns.find((reign) => reign.epoch === status.epoch)!
      if (interregnumMs === null) continue
      figure("interregnum after kill -9, by Raft", interregnumMs)
      watching.within("interregnum", interregnumMs, 1_000)
    }
    const text = await run(["status", "--url", others[0]!.url])
    assert.match(text.stdout, /by Raft: term \d+, 3 voters/)

    const { host: second, others: [last] } = split(others, after)
    second.signal("SIGKILL")
    await untilAll("the last one to wait", [last!], ({ host, role }) => role === "electing" && host === null)
    const { clock } = await last!.status()
    await sleep(1_000)
    assert.equal((await last!.status()).clock, clock, "no tick without a majority")
  })

  test("a host that is asked to end hands over, and whoever is left plays on, the last one too", async () => {
    const lan = new Lan()
    let nodes = await lan.startAll(3, raft)
    while (nodes.length > 1) {
      const statuses = await untilAll("all to vote", nodes, allVote)
      const { host, hostStatus, others } = split(nodes, statuses)
      host.signal("SIGTERM")
      await untilAll(
        "another host",
        others,
        (status, all) => allVote(status, all) && status.epoch! > hostStatus.epoch! && status.clock > hostStatus.clock
      )
      assert.equal((await host.end()).code, 0)
      nodes = others
    }
    const { clock } = await nodes[0]!.status()
    await untilAll("the last one to play on", nodes, (status) => status.clock > clock + 60)
  })
})
