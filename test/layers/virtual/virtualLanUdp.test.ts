/** Links over UDP on a virtual LAN: what its cables and crashes do to them, and that a run is the same again. */
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, ExecutionStrategy, Exit, Layer, Scope, Stream } from "effect"
import * as VirtualLan from "../../../src/layers/virtual/VirtualLan.ts"
import { protocolVersion } from "../../../src/protocol/Discovery.ts"
import { MessageQueues } from "../../../src/services/MessageQueues.ts"
import { PeerLinks } from "../../../src/services/PeerLinks.ts"
import * as VirtualTime from "../../../src/simulation/time/VirtualTime.ts"
import { large, probe } from "../../../src/testing/LinkMessages.ts"
import { idOf } from "../../../src/testing/LinkNodes.ts"
import { linksOn } from "../links/linkNodes.ts"

const join = Effect.fnUntraced(function*(lan: VirtualLan.VirtualLan, n: number) {
  const scope = yield* Scope.fork(yield* Effect.scope, ExecutionStrategy.sequential)
  const context = yield* Layer.buildWithScope(linksOn(lan, { n }), scope)
  const told: Array<string> = []
  const links = Context.get(context, PeerLinks)
  yield* Scope.extend(
    Effect.forkScoped(Stream.runForEach(links.changes, (change) =>
      Effect.sync(() => {
        told.push(change._tag === "up" ? "up" : change.reason)
      }))),
    scope
  )
  const queues = Context.get(context, MessageQueues)
  return { id: idOf(n), links, told, queues, stop: Scope.close(scope, Exit.void) }
})

/** Two nodes that are linked. */
const two = Effect.gen(function*() {
  const lan = yield* VirtualLan.make({ transport: "udp" })
  const [a, b] = [yield* join(lan, 1), yield* join(lan, 2)]
  yield* Effect.sleep(50)
  assert.deepStrictEqual([a.told, b.told], [["up"], ["up"]])
  return { lan, a, b }
})

const beat = (number: number) => ({
  hostless: protocolVersion,
  cluster: "test",
  from: idOf(1),
  to: idOf(2),
  number,
  echo: 0,
  echoAgeMs: 0,
  reign: null,
  mac: null
})

const test = <E>(name: string, body: () => Effect.Effect<void, E, Scope.Scope>) =>
  it(name, () => VirtualTime.runSync(body() as Effect.Effect<void, never, Scope.Scope>))

describe("links over UDP on a virtual LAN", () => {
  test("of a crashed node are reset within 20 ms, whichever side dialled, and come again with it", () =>
    Effect.gen(function*() {
      for (const [dead, alive] of [["a", "b"], ["b", "a"]] as const) {
        const { lan, ...nodes } = yield* two
        yield* lan.crash(nodes[dead].id)
        yield* Effect.sleep(20)
        assert.deepStrictEqual(nodes[alive].told, ["up", "reset"])
        yield* nodes[dead].stop
        const again = yield* join(lan, dead === "a" ? 1 : 2)
        yield* Effect.sleep(3_000)
        assert.deepStrictEqual([nodes[alive].told, again.told], [["up", "reset", "up"], ["up"]])
      }
    }))

  test("go on where a cut held them, soon after it", () =>
    Effect.gen(function*() {
      const { a, b, lan } = yield* two
      yield* a.links.send(b.id, "bully", probe(1))
      yield* lan.cut(a.id, b.id)
      yield* a.links.send(b.id, "bully", probe(2))
      yield* Effect.sleep(9_000)
      assert.deepStrictEqual([a.told, b.told], [["up"], ["up"]])
      yield* a.links.send(b.id, "bully", probe(3))
      yield* lan.heal(a.id, b.id)
      yield* Effect.sleep(200)
      const got = yield* b.queues.take("bully")
      assert.deepStrictEqual(got.map(({ message }) => message), [1, 2, 3].map(probe))
    }))

  test("are abandoned after 12 s without a word", () =>
    Effect.gen(function*() {
      const { a, b, lan } = yield* two
      yield* lan.cut(a.id, b.id)
      yield* Effect.sleep(11_900)
      assert.deepStrictEqual([a.told, b.told], [["up"], ["up"]])
      yield* Effect.sleep(200)
      assert.deepStrictEqual([a.told, b.told], [["up", "abandoned"], ["up", "abandoned"]])
    }))

  test("outlast a process that is stopped for longer than that", () =>
    Effect.gen(function*() {
      const { a, b, lan } = yield* two
      for (let i = 0; i < 20; i++) {
        lan.network.pause(b.id)
        yield* Effect.sleep(1_000)
        lan.network.resume(b.id)
        yield* a.links.send(b.id, "bully", probe(i))
        yield* Effect.sleep(100)
      }
      assert.lengthOf(yield* b.queues.take("bully"), 20)
      assert.deepStrictEqual([a.told, b.told], [["up"], ["up"]])
    }))

  test("carry hints past a stream that is stuck, the newest last", () =>
    Effect.gen(function*() {
      const { a, b, lan } = yield* two
      yield* lan.setConditions({ bytesPerSecond: 500_000, loss: 0.1, jitterMs: 5 })
      yield* a.links.send(b.id, "replication", large(2_000_000))
      for (let number = 1; number <= 20; number++) {
        yield* a.links.send(b.id, "beat", beat(number))
        yield* Effect.sleep(20)
      }
      yield* Effect.sleep(500)
      assert.strictEqual((yield* b.queues.depths).replication, 0)
      const numbers = (yield* b.queues.take("beat")).map(({ message }) => message.number)
      assert.strictEqual(numbers.at(-1), 20)
      assert.deepStrictEqual(numbers, numbers.toSorted((x, y) => x - y))
      yield* b.queues.take("replication")
    }))

  it("are the same again", () => {
    const run = () =>
      VirtualTime.runSync(Effect.gen(function*() {
        const lan = yield* VirtualLan.make({ transport: "udp" })
        yield* lan.setConditions({ loss: 0.2, jitterMs: 4, duplication: 0.1, corruption: 0.05 })
        const nodes = yield* Effect.forEach([1, 2, 3, 4], (n) => join(lan, n))
        yield* Effect.sleep(500)
        for (const { links } of nodes) yield* links.broadcast(nodes.map(({ id }) => id), "replication", large(20_000))
        yield* Effect.sleep(1_000)
        yield* lan.crash(idOf(4))
        yield* Effect.sleep(1_000)
        const depths = yield* Effect.forEach(nodes, ({ queues }) => queues.depths)
        return { told: nodes.map(({ told }) => told), depths, stats: yield* lan.stats }
      }))
    const first = run()
    assert.isAbove(first.stats.datagrams, 1_000)
    for (const { replication } of first.depths) assert.strictEqual(replication, 3)
    assert.deepStrictEqual(run(), first)
  })
})
