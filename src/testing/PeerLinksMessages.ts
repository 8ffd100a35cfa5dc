/** What becomes of messages, over every transport. */
import { Effect } from "effect"
import { strict as assert } from "node:assert"
import { protocolVersion } from "../protocol/Discovery.ts"
import { type Describe, large, probe, type Test } from "./LinkMessages.ts"
import { idOf, linkedTo, pair, receive, type TestNode } from "./LinkNodes.ts"

export const messages = (test: Test, describe: Describe): void => {
  describe("messages", () => {
    test("go both ways, with their sender's id", function*(world) {
      const [a, b] = yield* pair(world, { format: "json" })
      assert.ok(yield* a.links.send(b.peerId, "bully", probe(1)))
      assert.ok(yield* b.links.send(a.peerId, "bully", probe(2)))
      assert.deepStrictEqual(yield* receive(b, "bully", 1), [{ from: a.peerId, message: probe(1) }])
      assert.deepStrictEqual(yield* receive(a, "bully", 1), [{ from: b.peerId, message: probe(2) }])
    })

    test("keep their order over 10,000, both ways at once", function*(world) {
      const [a, b] = yield* pair(world)
      const count = 10_000
      const numbers = Array.from({ length: count }, (_, i) => i)
      const send = (from: TestNode, to: TestNode) =>
        Effect.forEach(numbers, (i) =>
          Effect.zipRight(
            i % 100 === 0 ? Effect.yieldNow() : Effect.void,
            from.links.send(to.peerId, "bully", probe(i))
          ))
      const [atB, atA] = yield* Effect.all(
        [receive(b, "bully", count), receive(a, "bully", count), send(a, b), send(b, a)],
        { concurrency: "unbounded" }
      )
      for (const got of [atA, atB]) {
        assert.deepStrictEqual(got.map(({ message }) => (message as { nonce: number }).nonce), numbers)
      }
    })

    test("may be large, but no larger than a frame", function*(world) {
      const [a, b] = yield* pair(world)
      const message = large(4_000_000)
      assert.strictEqual(yield* a.links.send(b.peerId, "replication", large(5_000_000)), false)
      assert.ok(yield* a.links.send(b.peerId, "replication", message))
      assert.ok(yield* a.links.send(b.peerId, "bully", probe(1)))
      assert.deepStrictEqual(yield* receive(b, "replication", 1), [{ from: a.peerId, message }])
      yield* receive(b, "bully", 1)
      assert.strictEqual(a.told.length, 1)
    })

    test("reach all that are named in a broadcast, and nobody else", function*(world) {
      const nodes = yield* Effect.forEach([1, 2, 3, 4], (n) => world.node({ n }))
      const [a, b, c, d] = nodes as [TestNode, TestNode, TestNode, TestNode]
      yield* linkedTo(a, 2, 3, 4)
      yield* a.links.broadcast([b.peerId, c.peerId, idOf(99)], "bully", probe(1))
      yield* a.links.broadcast([b.peerId, c.peerId, d.peerId], "bully", probe(2))
      assert.deepStrictEqual((yield* receive(b, "bully", 2)).map(({ message }) => message), [probe(1), probe(2)])
      assert.deepStrictEqual((yield* receive(c, "bully", 2)).map(({ message }) => message), [probe(1), probe(2)])
      assert.deepStrictEqual((yield* receive(d, "bully", 1)).map(({ message }) => message), [probe(2)])
    })
  })
}

export const hintsAndCounters = (test: Test, describe: Describe): void => {
  describe("messages", () => {
    test("that are hints come in order, some maybe not, but the last", function*(world) {
      const [a, b] = yield* pair(world)
      const beat = { hostless: protocolVersion, cluster: "test", from: a.peerId, to: b.peerId } as const
      const count = 100
      for (let number = 1; number <= count; number++) {
        const sent = { ...beat, number, echo: 0, echoAgeMs: 0, reign: null, mac: null }
        assert.ok(yield* a.links.send(b.peerId, "beat", sent))
        if (number % 10 === 0) yield* Effect.yieldNow()
      }
      const numbers: Array<number> = []
      while (numbers.at(-1) !== count) {
        numbers.push(...(yield* receive(b, "beat", 1)).map(({ message }) => message.number))
      }
      assert.deepStrictEqual(numbers, numbers.toSorted((x, y) => x - y))
      assert.strictEqual(new Set(numbers).size, numbers.length)
    })

    test("are not sent where there is no link", function*(world) {
      const a = yield* world.node({ n: 1 })
      assert.strictEqual(yield* a.links.send(idOf(2), "bully", probe(1)), false)
      yield* a.links.disconnect(idOf(2), "abandoned")
      yield* a.links.reject(idOf(2), "nothing")
      assert.deepStrictEqual(yield* a.links.counters, { framesIn: 0, framesOut: 0, framesRejected: 0 })
    })

    test("are counted", function*(world) {
      const [a, b] = yield* pair(world)
      const before = [yield* a.links.counters, yield* b.links.counters] as const
      yield* Effect.forEach([1, 2, 3], (i) => a.links.send(b.peerId, "bully", probe(i)))
      yield* receive(b, "bully", 3)
      const after = [yield* a.links.counters, yield* b.links.counters] as const
      assert.strictEqual(after[0].framesOut - before[0].framesOut, 3)
      assert.strictEqual(after[1].framesIn - before[1].framesIn, 3)
      assert.strictEqual(after[0].framesRejected + after[1].framesRejected, 0)
    })
  })
}
