/**
 * The host's process is killed, stopped and asked to end; the others play on.
 */
import { strict as assert } from "node:assert"
import { describe, test } from "vitest"
import type { Status } from "../../src/protocol/Status.ts"
import { often, rarely } from "../setup/often.ts"
import { stopwatch } from "./machine.ts"
import { agreed, eventually, figure, Lan, now, type RealNode, settled, sleep, split, untilAll, watch } from "./nodes.ts"

/** Nodes with bots, the highest of which hosts, somebody having scored. */
const play = async (lan: Lan, count: number) => {
  const nodes = await lan.startAll(count)
  await untilAll("the highest to host", nodes, settled)
  const statuses = await untilAll(
    "bots at play",
    nodes,
    (status, all) =>
      settled(status, all) && status.players.length === count && status.players.some((player) => player.score > 0)
  )
  return { nodes, ...split(nodes, statuses) }
}

/** Survivors that have a newer reign than `epoch` and play under it. */
const takenOver = (nodes: ReadonlyArray<RealNode>, epoch: number, clock: number) =>
  untilAll(
    "another host",
    nodes,
    (status, all) => agreed(status, all) && status.epoch! > epoch && status.clock > clock,
    { everyMs: 60 }
  )

/** The most ticks that a host is ahead of its followers. */
const onItsWay = 10

const reignOf = (status: Status) => status.reigns.find((reign) => reign.epoch === status.epoch)

/** What no change of host may have done. */
const assertNothingLost = (nodes: ReadonlyArray<RealNode>, statuses: ReadonlyArray<Status>): void => {
  for (const { counters } of statuses) {
    const said = nodes.map((node) => `${node.name}: ${node.stderr}`).join("\n")
    assert.equal(counters.inputsDisputed, 0, said)
    assert.equal(counters.regressions, 0, said)
  }
}

describe("a host", () => {
  test("killed with -9: clock, events and scores go on at once on the survivors", async () => {
    const lan = new Lan()
    const { host, hostStatus, others } = await play(lan, 3)
    const eyes = others.map((node) => watch(node))
    await sleep(300)
    const before = (await others[0]!.status()).clock
    const watching = stopwatch()
    host.signal("SIGKILL")
    const after = await takenOver(others, hostStatus.epoch!, before)
    await sleep(1_000)
    for (const [i, eye] of eyes.entries()) {
      const { regressions, seen } = await eye.stop()
      assert.deepEqual(regressions, [], others[i]!.name)
      assert.ok(seen.at(-1)!.status.clock > before + 30)
      const status = seen.at(-1)!.status
      // A process that is killed needs its turn to die: until then it is silent.
      if (watching.hadTime()) assert.equal(reignOf(status)!.cause, "crash")
      assert.equal(status.peers.find((peer) => peer.peerId === hostStatus.peerId)?.state, "down")
      assertNothingLost(lan.nodes, [status])
    }
    for (const status of after) {
      const { host: successor, interregnumMs } = reignOf(status)!
      if (successor === status.peerId) continue
      figure("interregnum after kill -9", interregnumMs!)
      watching.within("interregnum", interregnumMs!, 1_000)
    }
    assert.equal((await host.end()).signal, "SIGKILL")
  })

  test("that was stopped and goes on later comes back as a peer, with its state taken over", async () => {
    const lan = new Lan()
    const { host, hostStatus, others } = await play(lan, 3)
    const eyes = others.map((node) => watch(node))
    await sleep(300)
    const before = (await others[0]!.status()).clock
    host.signal("SIGSTOP")
    const after = await takenOver(others, hostStatus.epoch!, before)
    for (const status of after) {
      const reign = reignOf(status)!
      assert.equal(reign.cause, "silence")
      if (reign.host !== status.peerId) figure("interregnum after SIGSTOP", reign.interregnumMs!)
    }
    await sleep(1_000)
    const eyeOfHost = watch(host, 20)
    host.signal("SIGCONT")
    const watching = stopwatch()
    const nodes = [host, ...others]
    const epoch = after[0]!.epoch!
    const rejoined = await untilAll(
      "the old host to rejoin",
      nodes,
      (status, all) => agreed(status, all) && status.epoch! >= epoch && status.clock > after[0]!.clock + 30,
      { everyMs: 50 }
    )
    // Who comes back late knows of a later reign only.
    const reigns = rejoined.flatMap((status) => status.reigns.filter((reign) => reign.epoch === epoch))
    assert.ok(reigns.length >= others.length)
    for (const { host } of reigns) assert.equal(host, after[0]!.host)
    // From its waking on it hosted nothing: whatever it said was of its old clock, which was ahead of theirs by what was
    // on its way, or of the new reign.
    const { seen } = await eyeOfHost.stop()
    const last = hostStatus.epoch!
    for (const { status } of seen) {
      if (status.epoch === last) assert.ok(status.clock <= after[0]!.clock + onItsWay, "the old reign went on")
    }
    // It is the highest, and takes over again by handover, having caught up.
    const final = await untilAll("the highest to host again", nodes, settled)
    if (watching.hadTime()) assert.equal(reignOf(final[0]!)!.cause, "handover")
    for (const eye of eyes) assert.deepEqual((await eye.stop()).regressions, [])
    assertNothingLost(nodes, final)
  })

  for (const signal of (["SIGTERM", "SIGINT"] as const).slice(0, often(1, 2))) {
    test(`that is asked to end by ${signal} hands over, and ends with exit code 0`, async () => {
      const lan = new Lan()
      const { host, hostStatus, others } = await play(lan, 3)
      const eyes = others.map((node) => watch(node))
      await sleep(300)
      const before = (await others[0]!.status()).clock
      const began = now()
      const watching = stopwatch()
      host.signal(signal)
      assert.deepEqual(await host.end(), { code: 0, signal: null })
      const endMs = now() - began
      figure(`from ${signal} to the process's end`, endMs)
      const after = await takenOver(others, hostStatus.epoch!, before)
      await sleep(500)
      for (const eye of eyes) {
        const { regressions, seen } = await eye.stop()
        assert.deepEqual(regressions, [])
        const { status } = seen.at(-1)!
        if (watching.hadTime()) assert.deepEqual(status.reigns.filter(({ cause }) => cause === "crash"), [])
        const { cause } = status.reigns.find(({ epoch }) => epoch > hostStatus.epoch!)!
        if (watching.hadTime()) assert.equal(cause, "handover")
        assertNothingLost(lan.nodes, [status])
      }
      for (const status of after) {
        const { host: successor, interregnumMs } = reignOf(status)!
        if (successor !== status.peerId) figure("interregnum of a handover", interregnumMs!)
      }
      assert.equal(host.stderr, "")
    })
  }

  describe("ending", () => {
    test("a peer that ends leaves the game at once, and nobody else's", async () => {
      const lan = new Lan()
      const { host, hostStatus, others } = await play(lan, 2)
      const [peer] = others
      const left = (await peer!.status()).peerId
      peer!.signal("SIGTERM")
      assert.deepEqual(await peer!.end(), { code: 0, signal: null })
      const [after] = await untilAll(
        "its seat to be empty",
        [host],
        (status) => status.players.every((player) => player.node !== left)
      )
      assert.equal(after!.epoch, hostStatus.epoch)
      assert.equal(after!.players.length, 1)
    })

    test("a node that is alone ends at once", async () => {
      const node = await new Lan().start()
      await untilAll("a host", [node], agreed)
      node.signal("SIGINT")
      assert.deepEqual(await node.end(5_000), { code: 0, signal: null })
    })

    rarely(() => {
      test("all nodes of a cluster asked to end at the same time do so", async () => {
        const lan = new Lan()
        const { nodes } = await play(lan, 3)
        for (const node of nodes) node.signal("SIGTERM")
        for (const node of nodes) assert.deepEqual(await node.end(10_000), { code: 0, signal: null })
      })
    })

    test("a second SIGINT during a handover ends the process at once", async () => {
      const lan = new Lan()
      const { host, hostStatus, others } = await play(lan, 2)
      // A successor that has just been stopped is not suspected yet, and cannot take over.
      const watching = stopwatch()
      others[0]!.signal("SIGSTOP")
      host.signal("SIGINT")
      await sleep(50)
      assert.ok(host.running, "it waits for its successor")
      const began = now()
      host.signal("SIGINT")
      const ended = await host.end()
      // Whoever is late may find the handover given up already: that is an end in order.
      if (watching.hadTime()) assert.deepEqual(ended, { code: null, signal: "SIGINT" })
      figure("from the second SIGINT to the process's end", now() - began)
      others[0]!.signal("SIGCONT")
      const after = await eventually("the other to play on", async () => {
        const status = await others[0]!.tryStatus()
        return status !== null && status.role === "host" && status.clock > hostStatus.clock ? status : null
      })
      assertNothingLost(lan.nodes, [after])
    })

    rarely(() => {
      test("a handover to a node that does not answer ends with the process's end, not with the game", async () => {
        const lan = new Lan()
        const { host, others } = await play(lan, 2)
        others[0]!.signal("SIGSTOP")
        host.signal("SIGTERM")
        const began = now()
        assert.deepEqual(await host.end(10_000), { code: 0, signal: null })
        figure("end of a host whose successor is silent", now() - began)
        others[0]!.signal("SIGCONT")
        await untilAll("the other to play on", others, (status) => status.role === "host" && status.players.length > 0)
      })
    })
  })
})
