/**
 * Real nodes find each other, agree on a host and let others in. Times are figures here: `hostless bench` measures them.
 */
import { strict as assert } from "node:assert"
import { describe, test } from "vitest"
import type { Status } from "../../src/protocol/Status.ts"
import { often, rarely } from "../setup/often.ts"
import {
  agreed,
  eventually,
  figure,
  highestOf,
  Lan,
  lowestNode,
  now,
  settled,
  sleep,
  statusesOf,
  untilAll,
  watch
} from "./nodes.ts"

describe("nodes on one network", () => {
  describe("three nodes started within a second", () => {
    for (const pausesMs of [[0, 400, 500], [0, 0, 0], [0, 800, 50]].slice(0, often(1, 3))) {
      test(`after ${pausesMs.join(", ")} ms find each other, have one host, and the highest id hosts`, async () => {
        const lan = new Lan()
        for (const pauseMs of pausesMs) {
          await sleep(pauseMs)
          lan.launch()
        }
        await Promise.all(lan.nodes.map((node) => node.up()))
        const upAt = Math.max(...lan.nodes.map((node) => node.upAt))

        const first = await untilAll("one host", lan.nodes, agreed, { everyMs: 60 })
        const agreedMs = now() - upAt
        const last = await untilAll("the highest to host", lan.nodes, settled, { everyMs: 60 })
        const settledMs = now() - upAt

        figure("three nodes until one host, from when the last was up", agreedMs)
        figure("until the highest hosts", settledMs)
        const ids = first.map((status) => status.peerId).sort()
        for (const status of last) {
          assert.equal(status.host, highestOf(first))
          assert.deepEqual([status.peerId, ...status.peers.map((peer) => peer.peerId)].sort(), ids)
          assert.ok(status.peers.every((peer) => peer.address.startsWith(lan.net) && peer.name !== status.name))
        }
        for (const node of lan.nodes) assert.equal(node.stderr, "")
      })
    }
  })

  test("a node sees its first view alone, and where a host is, and soon there is one host", async () => {
    const lan = new Lan()
    const alone = await lan.start()
    const shown = (status: Status) => status.firstViewMs !== null
    const [first] = await untilAll("a view", [alone], shown)
    const joiner = await lan.start()
    const [second] = await untilAll("a view", [joiner], shown)
    figure("start to first view, alone", first!.firstViewMs!)
    figure("start to first view, joining", second!.firstViewMs!)
    figure("loading of modules", second!.loadMs!)
    await untilAll("one host", [alone, joiner], agreed)
  })

  test("a node that joins during play gets the state, and the game does not stand still for it", async () => {
    const lan = new Lan()
    const first = await lan.start({ bots: 2 })
    const before =
      (await untilAll("a score", [first], (status) => status.players.some((player) => player.score > 0)))[0]!
    const eye = watch(first)
    const joiner = await lan.start({ bots: 0 })
    const joined = (await untilAll("the state", [joiner], (status) => status.clock > before.clock))[0]!
    assert.deepEqual(
      joined.players.map((player) => [player.seat, player.name]),
      before.players.map((player) => [player.seat, player.name])
    )
    assert.ok(joined.seq > before.seq)
    const { regressions, seen } = await eye.stop()
    assert.deepEqual(regressions, [])
    const [begin, end] = [seen[0]!, seen.at(-1)!]
    const rate = (end.status.clock - begin.status.clock) / (end.at - begin.at) * 1000
    figure("ticks per second while another node joined", rate, "Hz")
    // A third process loads its modules meanwhile, on whatever cores there are.
    assert.ok(joined.clock > before.clock)

    // Both fold the same log: where they are as far, they say the same.
    const same = await eventually("a look at both at the same event", async () => {
      const [a, b] = await statusesOf([first, joiner])
      return a !== null && b !== null && a!.seq === b!.seq ? [a!, b!] as const : null
    }, { everyMs: 5 })
    assert.deepEqual(same[0].players, same[1].players)
  })

  test("a host with --no-preempt nodes above it stays", async () => {
    const lan = new Lan()
    const first = await lan.start({ args: ["--data-dir", lowestNode()] })
    const [before] = await untilAll("a host", [first], agreed)
    await lan.startAll(2, { args: ["--no-preempt"] })
    await untilAll("everybody", lan.nodes, agreed)
    // A preemption would come 2 s after a node has joined.
    await sleep(3_000)
    for (const status of await untilAll("everybody", lan.nodes, agreed)) {
      // Two that found each other before they found the host are the larger side; that is no handover.
      assert.deepEqual(status.reigns.filter((reign) => reign.cause === "handover"), [])
    }
    // A node that may, does.
    await lan.start()
    await untilAll(
      "a handover",
      lan.nodes,
      (status, all) => agreed(status, all) && status.host !== before!.peerId
    )
  })

  rarely(() => {
    test("two clusters on one network do not mix, and each is listed", async () => {
      const lan = new Lan()
      const red = await Promise.all([lan.start({ cluster: "red" }), lan.start({ cluster: "red" })])
      const blue = await Promise.all([lan.start({ cluster: "blue" }), lan.start({ cluster: "blue" })])
      const reds = await untilAll("the red cluster", red, agreed)
      const blues = await untilAll("the blue cluster", blue, agreed)
      // Announcements of both have gone around by then.
      await sleep(2_500)
      for (const status of [...await untilAll("red", red, agreed), ...await untilAll("blue", blue, agreed)]) {
        const own = status.cluster === "red" ? reds : blues
        assert.equal(status.peers.length, 1)
        assert.ok(own.some((one) => one.peerId === status.peers[0]!.peerId))
        assert.equal(status.counters.framesRejected, 0)
      }
    })
  })

  test("nodes with different discovery ports are linked by --peer", async () => {
    const lan = new Lan()
    const first = await lan.start()
    const second = await lan.start({
      discoveryPort: lan.discoveryPort + 1,
      args: ["--peer", `${first.address}:43234`, "--link-port", "0"]
    })
    // Without a port it is the usual one.
    const third = await lan.start({ discoveryPort: lan.discoveryPort + 2, args: ["--peer", first.address] })
    const nodes = [first, second, third]
    const [one, ...others] = await untilAll(
      "links",
      nodes,
      (status, all) =>
        status.peers.some((peer) => peer.state === "up") && status.host !== null && status.host === all[0]!.host
    )
    const direct = (status: Status) => status.peers.filter((peer) => peer.via === null).map((peer) => peer.peerId)
    assert.deepEqual(direct(one!).sort(), others.map((status) => status.peerId).sort())
    // Broadcast did not help: the other two do not know of each other, but for what the first one may relay.
    for (const other of others) assert.deepEqual(direct(other), [one!.peerId])
  })
})
