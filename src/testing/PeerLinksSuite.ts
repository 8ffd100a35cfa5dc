/**
 * What `PeerLinks` promises, as one suite that runs over every transport.
 */
import { Effect, Fiber, Scope, Stream, type TestServices } from "effect"
import { protocolVersion } from "../protocol/Discovery.ts"
import type { Place } from "../services/Discovery.ts"
import { assert } from "./Assert.ts"
import { type Describe, large, probe, type Test, ups } from "./LinkMessages.ts"
import {
  downOf,
  idOf,
  introductionOf,
  linkedTo,
  receive,
  shake,
  type TestNode,
  type Wiring,
  World
} from "./LinkNodes.ts"
import { ends } from "./PeerLinksEnds.ts"
import { relayed } from "./PeerLinksRelayed.ts"
import { strangers } from "./PeerLinksStrangers.ts"

/** `it.effect` or `it.live`, in scope. */
export type Runner = <E>(
  name: string,
  body: () => Effect.Effect<void, E, Scope.Scope | TestServices.TestServices>,
  timeout?: number
) => void

/** `make`: a network for one test, and how to wait on it. */
export const suite = (
  name: string,
  make: Effect.Effect<Wiring, never, Scope.Scope>,
  it: Runner,
  describe: Describe
): void => {
  const test: Test = (name, body, timeout = 10_000) =>
    it(
      name,
      () =>
        Effect.gen(function*() {
          const wiring = yield* make
          const scope = yield* Effect.scope
          yield* wiring.drive(Scope.extend(body(new World(wiring), wiring), scope))
        }),
      timeout
    )

  describe(`links over ${name}`, () => {
    describe("one link per pair", () => {
      const orders = [[1, 2, 3], [3, 2, 1], [2, 3, 1], [1, 3, 2]]
      for (const order of orders) {
        test(`started in the order ${order.join(" ")}`, (world) =>
          Effect.gen(function*() {
            const nodes = yield* Effect.forEach(order, (n) => world.node({ n }))
            for (const [i, node] of nodes.entries()) {
              yield* linkedTo(node, ...order.filter((_, other) => other !== i))
            }
            // A message each way over each link, so that a second link had the time to come up.
            for (const node of nodes) {
              yield* node.links.broadcast(nodes.map(({ peerId }) => peerId), "bully", probe(1))
            }
            for (const node of nodes) yield* receive(node, "bully", 2)
            for (const node of nodes) assert.deepStrictEqual([ups(node), node.told.length], [2, 2])
          }))
      }

      test("of five that start at once", (world) =>
        Effect.gen(function*() {
          const all = [1, 2, 3, 4, 5]
          const nodes = yield* Effect.forEach(all, (n) => world.node({ n }), { concurrency: "unbounded" })
          for (const [i, node] of nodes.entries()) yield* linkedTo(node, ...all.filter((n) => n !== i + 1))
          for (const node of nodes) assert.strictEqual(node.told.length, 4)
        }))

      test("where the higher dials an address it was given", (world) =>
        Effect.gen(function*() {
          const low = yield* world.node({ n: 1, heard: false })
          const high = yield* world.node({ n: 2, heard: false, places: [low.links.place] })
          yield* linkedTo(low, 2)
          yield* linkedTo(high, 1)
        }))

      test("where both know the other's address and hear of each other too", (world) =>
        Effect.gen(function*() {
          const first = yield* world.node({ n: 1 })
          const nodes = [first]
          for (const n of [2, 3]) {
            nodes.push(yield* world.node({ n, places: nodes.map(({ links }) => links.place) }))
          }
          yield* linkedTo(nodes[0]!, 2, 3)
          yield* linkedTo(nodes[1]!, 1, 3)
          yield* linkedTo(nodes[2]!, 1, 2)
        }))

      test("not to itself, at an address it was given", (world) =>
        Effect.gen(function*() {
          const node = yield* world.node({ n: 1, heard: false })
          const other = yield* world.node({ n: 2, places: [node.links.place], heard: false })
          const place: Place = other.links.place
          const again = yield* world.node({ n: 2, incarnation: 1, places: [place, node.links.place], heard: false })
          yield* linkedTo(again, 1)
        }))
    })

    describe("messages", () => {
      test("go both ways, with their sender's id", (world) =>
        Effect.gen(function*() {
          const [a, b] = [yield* world.node({ n: 1 }), yield* world.node({ n: 2, format: "json" })]
          yield* linkedTo(a, 2)
          yield* linkedTo(b, 1)
          assert.isTrue(yield* a.links.send(b.peerId, "bully", probe(1)))
          assert.isTrue(yield* b.links.send(a.peerId, "bully", probe(2)))
          assert.deepStrictEqual(yield* receive(b, "bully", 1), [{ from: a.peerId, message: probe(1) }])
          assert.deepStrictEqual(yield* receive(a, "bully", 1), [{ from: b.peerId, message: probe(2) }])
        }))

      test("keep their order over 10,000, both ways at once", (world) =>
        Effect.gen(function*() {
          const [a, b] = [yield* world.node({ n: 1 }), yield* world.node({ n: 2 })]
          yield* linkedTo(a, 2)
          yield* linkedTo(b, 1)
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
        }))

      test("may be large, but no larger than a frame", (world) =>
        Effect.gen(function*() {
          const [a, b] = [yield* world.node({ n: 1 }), yield* world.node({ n: 2 })]
          yield* linkedTo(a, 2)
          yield* linkedTo(b, 1)
          const message = large(4_000_000)
          assert.isFalse(yield* a.links.send(b.peerId, "replication", large(5_000_000)))
          assert.isTrue(yield* a.links.send(b.peerId, "replication", message))
          assert.isTrue(yield* a.links.send(b.peerId, "bully", probe(1)))
          assert.deepStrictEqual(yield* receive(b, "replication", 1), [{ from: a.peerId, message }])
          yield* receive(b, "bully", 1)
          assert.lengthOf(a.told, 1)
        }))

      test("reach all that are named in a broadcast, and nobody else", (world) =>
        Effect.gen(function*() {
          const nodes = yield* Effect.forEach([1, 2, 3, 4], (n) => world.node({ n }))
          const [a, b, c, d] = nodes as [TestNode, TestNode, TestNode, TestNode]
          yield* linkedTo(a, 2, 3, 4)
          yield* a.links.broadcast([b.peerId, c.peerId, idOf(99)], "bully", probe(1))
          yield* a.links.broadcast([b.peerId, c.peerId, d.peerId], "bully", probe(2))
          assert.deepStrictEqual((yield* receive(b, "bully", 2)).map(({ message }) => message), [probe(1), probe(2)])
          assert.deepStrictEqual((yield* receive(c, "bully", 2)).map(({ message }) => message), [probe(1), probe(2)])
          assert.deepStrictEqual((yield* receive(d, "bully", 1)).map(({ message }) => message), [probe(2)])
        }))

      test("that are hints come in order, some maybe not, but the last", (world) =>
        Effect.gen(function*() {
          const [a, b] = [yield* world.node({ n: 1 }), yield* world.node({ n: 2 })]
          yield* linkedTo(a, 2)
          yield* linkedTo(b, 1)
          const beat = { hostless: protocolVersion, cluster: "test", from: a.peerId, to: b.peerId } as const
          const count = 100
          for (let number = 1; number <= count; number++) {
            const sent = { ...beat, number, echo: 0, echoAgeMs: 0, reign: null, mac: null }
            assert.isTrue(yield* a.links.send(b.peerId, "beat", sent))
            if (number % 10 === 0) yield* Effect.yieldNow()
          }
          const numbers: Array<number> = []
          while (numbers.at(-1) !== count) {
            numbers.push(...(yield* receive(b, "beat", 1)).map(({ message }) => message.number))
          }
          assert.deepStrictEqual(numbers, numbers.toSorted((x, y) => x - y))
          assert.strictEqual(new Set(numbers).size, numbers.length)
        }))

      test("are not sent where there is no link", (world) =>
        Effect.gen(function*() {
          const a = yield* world.node({ n: 1 })
          assert.isFalse(yield* a.links.send(idOf(2), "bully", probe(1)))
          yield* a.links.disconnect(idOf(2), "abandoned")
          yield* a.links.reject(idOf(2), "nothing")
          assert.deepStrictEqual(yield* a.links.counters, { framesIn: 0, framesOut: 0, framesRejected: 0 })
        }))

      test("are counted", (world) =>
        Effect.gen(function*() {
          const [a, b] = [yield* world.node({ n: 1 }), yield* world.node({ n: 2 })]
          yield* linkedTo(a, 2)
          yield* linkedTo(b, 1)
          const before = [yield* a.links.counters, yield* b.links.counters] as const
          yield* Effect.forEach([1, 2, 3], (i) => a.links.send(b.peerId, "bully", probe(i)))
          yield* receive(b, "bully", 3)
          const after = [yield* a.links.counters, yield* b.links.counters] as const
          assert.strictEqual(after[0].framesOut - before[0].framesOut, 3)
          assert.strictEqual(after[1].framesIn - before[1].framesIn, 3)
          assert.strictEqual(after[0].framesRejected + after[1].framesRejected, 0)
        }))
    })

    describe("changes", () => {
      test("begin with who is up, then tell all, in order", (world) =>
        Effect.gen(function*() {
          const a = yield* world.node({ n: 1 })
          const b = yield* world.node({ n: 2 })
          yield* linkedTo(a, 2)
          const late = yield* a.links.changes.pipe(Stream.take(4), Stream.runCollect, Effect.fork)
          yield* world.node({ n: 3 })
          yield* linkedTo(a, 2, 3)
          yield* b.stop
          yield* linkedTo(a, 3)
          yield* world.node({ n: 2, incarnation: 1 })
          yield* linkedTo(a, 2, 3)
          const told = Array.from(yield* Fiber.join(late), (change) =>
            change._tag === "up" ? `up ${change.peer.peerId.slice(7, 8)}` : `down ${change.peerId.slice(7, 8)}`)
          assert.deepStrictEqual(told, ["up 2", "up 3", "down 2", "up 2"])
        }))

      test("tell of a peer what it said of itself", (world, { dial }) =>
        Effect.gen(function*() {
          const a = yield* world.node({ n: 9 })
          const other = {
            incarnation: 4,
            beatPort: 77,
            clientPort: 78,
            page: "http://here",
            preempts: false,
            name: "Ünal"
          }
          yield* shake(yield* dial(a.links.place), introductionOf(1, other))
          yield* linkedTo(a, 1)
          const expected = { ...other, peerId: idOf(1), address: "127.0.0.1", via: null }
          assert.deepStrictEqual(yield* a.links.peers, [expected])
        }))
    })

    ends(test, describe)
    relayed(test, describe)
    strangers(test, describe)

    describe("links come again", () => {
      test("after they were given up", (world) =>
        Effect.gen(function*() {
          const [a, b] = [yield* world.node({ n: 1 }), yield* world.node({ n: 2 })]
          for (const [from, to] of [[a, b], [b, a]] as const) {
            yield* linkedTo(a, 2)
            yield* linkedTo(b, 1)
            yield* from.links.disconnect(to.peerId, "abandoned")
          }
          yield* linkedTo(a, 2)
          yield* linkedTo(b, 1)
        }))

      test("in place of one that is renewed, by whoever dialled it", (world) =>
        Effect.gen(function*() {
          const [a, b] = [yield* world.node({ n: 1 }), yield* world.node({ n: 2 })]
          yield* linkedTo(a, 2)
          yield* linkedTo(b, 1)
          yield* b.links.renew(a.peerId)
          yield* a.links.renew(b.peerId)
          assert.strictEqual(yield* downOf(a, 2), "renewed")
          assert.strictEqual(yield* downOf(b, 1), "renewed")
          yield* a.links.send(b.peerId, "bully", probe(1))
          yield* b.links.send(a.peerId, "bully", probe(2))
          yield* receive(b, "bully", 1)
          yield* receive(a, "bully", 1)
          for (const node of [a, b]) assert.deepStrictEqual(node.told.map(({ _tag }) => _tag), ["up", "down", "up"])
        }))

      test("after the other side started anew, with its id or another", (world) =>
        Effect.gen(function*() {
          const a = yield* world.node({ n: 5 })
          for (const [n, incarnation] of [[6, 0], [6, 1], [4, 0], [4, 1], [7, 0]] as const) {
            const b = yield* world.node({ n, incarnation })
            yield* linkedTo(a, n)
            yield* linkedTo(b, 5)
            yield* b.stop
          }
        }))
    })
  })
}
