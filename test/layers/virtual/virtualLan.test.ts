/** What the virtual LAN itself promises: cables, crashes, and time that a TestClock governs. */
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, ExecutionStrategy, Exit, Layer, Scope, Stream, TestClock } from "effect"
import * as VirtualLan from "../../../src/layers/virtual/VirtualLan.ts"
import { protocolVersion } from "../../../src/protocol/Discovery.ts"
import type { PeerId } from "../../../src/protocol/Ids.ts"
import { BeatChannel } from "../../../src/services/BeatChannel.ts"
import { Discovery } from "../../../src/services/Discovery.ts"
import { MessageQueues } from "../../../src/services/MessageQueues.ts"
import { PeerLinks } from "../../../src/services/PeerLinks.ts"
import { idOf } from "../../../src/testing/LinkNodes.ts"
import { linksOn } from "../links/linkNodes.ts"

const join = Effect.fnUntraced(function*(lan: VirtualLan.VirtualLan, n: number, cluster = "test", incarnation = 0) {
  const scope = yield* Scope.fork(yield* Effect.scope, ExecutionStrategy.sequential)
  const context = yield* Layer.buildWithScope(linksOn(lan, { n, cluster, incarnation }), scope)
  const told: Array<string> = []
  const links = Context.get(context, PeerLinks)
  yield* Scope.extend(
    Effect.forkScoped(Stream.runForEach(links.changes, (change) =>
      Effect.sync(() => {
        told.push(
          change._tag === "up" ? `up ${numberOf(change.peer.peerId)}` : `${change.reason} ${numberOf(change.peerId)}`
        )
      }))),
    scope
  )
  return {
    id: idOf(n),
    links,
    told,
    queues: Context.get(context, MessageQueues),
    beats: Context.get(context, BeatChannel),
    discovery: Context.get(context, Discovery),
    stop: Scope.close(scope, Exit.void)
  }
})

const numberOf = (peerId: PeerId) => Number.parseInt(peerId.slice(0, 8), 16)
const probe = (nonce: number) => ({ _tag: "probe" as const, nonce })

/** Two nodes that are linked. */
const two = Effect.gen(function*() {
  const lan = yield* VirtualLan.make()
  const [a, b] = [yield* join(lan, 1), yield* join(lan, 2)]
  yield* TestClock.adjust("20 millis")
  assert.deepStrictEqual([a.told, b.told], [["up 2"], ["up 1"]])
  const waiting = Effect.map(b.queues.depths, (depths) => depths.bully)
  return { lan, a, b, waiting }
})

describe("a virtual LAN", () => {
  it.scoped("finds and links nodes in a few times its latency", () =>
    Effect.gen(function*() {
      const lan = yield* VirtualLan.make({ latencyMs: 10 })
      const nodes = yield* Effect.forEach([1, 2, 3], (n) => join(lan, n))
      // Announcement, answer or dial, connection, hello, welcome, confirm.
      yield* TestClock.adjust("61 millis")
      assert.deepStrictEqual(nodes.map(({ told }) => told.length), [2, 2, 2])
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(nodes.map(({ told }) => told.length), [2, 2, 2])
    }))

  it.scoped("keeps clusters apart, and lists the others", () =>
    Effect.gen(function*() {
      const lan = yield* VirtualLan.make()
      const [a, b] = [yield* join(lan, 1), yield* join(lan, 2, "other")]
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual([a.told, b.told], [[], []])
      assert.deepStrictEqual(yield* a.discovery.otherGames, [{ cluster: "other", game: "none", nodes: 1 }])
      yield* b.stop
      yield* TestClock.adjust("5 millis")
      assert.deepStrictEqual(yield* a.discovery.otherGames, [])
    }))

  it.scoped("takes its latency, which can be changed", () =>
    Effect.gen(function*() {
      const { a, b, lan, waiting } = yield* two
      yield* lan.setConditions({ latencyMs: 30 })
      yield* a.links.send(b.id, "bully", probe(1))
      yield* TestClock.adjust("29 millis")
      assert.strictEqual(yield* waiting, 0)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* waiting, 1)
    }))

  it.scoped("holds frames in a cut cable, in flight and later, and delivers them in order when it heals", () =>
    Effect.gen(function*() {
      const { a, b, lan, waiting } = yield* two
      yield* a.links.send(b.id, "bully", probe(1))
      yield* lan.cut(a.id, b.id)
      yield* a.links.send(b.id, "bully", probe(2))
      yield* TestClock.adjust("6 seconds")
      yield* a.links.send(b.id, "bully", probe(3))
      yield* TestClock.adjust("6 seconds")
      assert.strictEqual(yield* waiting, 0)
      assert.deepStrictEqual([a.told, b.told], [["up 2"], ["up 1"]])
      yield* lan.heal(a.id, b.id)
      yield* TestClock.adjust("5 millis")
      const got = yield* b.queues.take("bully")
      assert.deepStrictEqual(got.map(({ message }) => message), [1, 2, 3].map(probe))
    }))

  it.scoped("may be cut one way only", () =>
    Effect.gen(function*() {
      const { a, b, lan, waiting } = yield* two
      yield* lan.cutOneWay(a.id, b.id)
      yield* a.links.send(b.id, "bully", probe(1))
      yield* b.links.send(a.id, "bully", probe(2))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* waiting, 0)
      assert.deepStrictEqual((yield* a.queues.take("bully"))[0]!.message, probe(2))
    }))

  it.scoped("loses beats in a cut cable, and some where told to", () =>
    Effect.gen(function*() {
      const { a, b, lan } = yield* two
      const peer = (yield* a.links.peers)[0]!
      const beat = (number: number) =>
        a.beats.send(peer, {
          hostless: protocolVersion,
          cluster: "test",
          from: a.id,
          to: b.id,
          number,
          echo: 0,
          echoAgeMs: 0,
          reign: null,
          mac: null
        })
      yield* beat(1)
      yield* lan.cut(a.id, b.id)
      yield* beat(2)
      yield* TestClock.adjust("1 second")
      yield* lan.heal(a.id, b.id)
      yield* beat(3)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual((yield* b.beats.take).map(({ number }) => number), [3])
      yield* lan.setConditions({ loss: 0.25 })
      yield* Effect.forEach(Array.from({ length: 400 }, (_, i) => i), beat)
      yield* TestClock.adjust("1 second")
      const got = (yield* b.beats.take).length
      assert.isAbove(got, 250)
      assert.isBelow(got, 350)
    }))

  it.scoped("resets the links of a crashed node at once, and hears nothing of it any more", () =>
    Effect.gen(function*() {
      const { a, b, lan, waiting } = yield* two
      yield* a.links.send(b.id, "bully", probe(1))
      yield* lan.crash(a.id)
      yield* Effect.yieldNow()
      yield* a.links.send(b.id, "bully", probe(2))
      yield* TestClock.adjust("20 seconds")
      assert.deepStrictEqual(b.told, ["up 1", "reset 1"])
      assert.strictEqual(yield* waiting, 0)
      yield* a.stop
      const again = yield* join(lan, 1)
      yield* TestClock.adjust("20 millis")
      assert.deepStrictEqual([b.told, again.told], [["up 1", "reset 1", "up 1"], ["up 2"]])
    }))

  it.scoped("leaves a crash behind a cut unnoticed until the node is back", () =>
    Effect.gen(function*() {
      const { a, b, lan } = yield* two
      yield* lan.cut(a.id, b.id)
      yield* lan.crash(a.id)
      yield* a.stop
      yield* TestClock.adjust("15 seconds")
      assert.deepStrictEqual(b.told, ["up 1"])
      yield* lan.heal(a.id, b.id)
      yield* join(lan, 1, "test", 1)
      yield* TestClock.adjust("20 millis")
      assert.deepStrictEqual(b.told, ["up 1", "replaced 1", "up 1"])
    }))

  it.scoped("cuts a detached node from all others", () =>
    Effect.gen(function*() {
      const { a, b, lan } = yield* two
      yield* lan.detach(a.id)
      yield* a.links.disconnect(b.id, "abandoned")
      yield* b.links.disconnect(a.id, "abandoned")
      const c = yield* join(lan, 3)
      yield* TestClock.adjust("30 seconds")
      assert.deepStrictEqual([a.told, b.told, c.told], [["up 2", "abandoned 2"], ["up 1", "abandoned 1", "up 3"], [
        "up 2"
      ]])
      yield* lan.attach(a.id)
      yield* TestClock.adjust("5 seconds")
      assert.sameMembers(a.told, ["up 2", "abandoned 2", "up 2", "up 3"])
    }))

  it.scoped("a dial into a cut cable waits, and is given up after two seconds", () =>
    Effect.gen(function*() {
      const lan = yield* VirtualLan.make()
      const a = yield* join(lan, 1)
      const b = yield* join(lan, 2)
      // The announcements are on their way, the dial is not.
      yield* TestClock.adjust("1 millis")
      yield* lan.cut(a.id, b.id)
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual([a.told, b.told], [[], []])
      yield* lan.heal(a.id, b.id)
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual([a.told, b.told], [["up 2"], ["up 1"]])
    }))

  it.scoped("does the same again", () =>
    Effect.gen(function*() {
      const run = Effect.scoped(Effect.gen(function*() {
        const lan = yield* VirtualLan.make()
        const nodes = yield* Effect.forEach([1, 2, 3, 4], (n) => join(lan, n))
        yield* TestClock.adjust("100 millis")
        yield* lan.setConditions({ loss: 0.5 })
        yield* lan.crash(idOf(4))
        yield* TestClock.adjust("3 seconds")
        return { told: nodes.map(({ told }) => told), ...(yield* lan.stats) }
      }))
      const first = yield* run
      assert.isAbove(first.datagrams, 30)
      const again = yield* run
      assert.deepStrictEqual([again.told, again.connections, again.bytes], [first.told, first.connections, first.bytes])
    }))
})
