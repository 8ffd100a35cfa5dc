/** That there is one link per pair, which comes again, and what is told of it, over every transport. */
import { Effect, Fiber, Stream } from "effect"
import { strict as assert } from "node:assert"
import type { Place } from "../services/Discovery.ts"
import { type Describe, probe, type Test, ups } from "./LinkMessages.ts"
import { downOf, idOf, introductionOf, linkedTo, pair, receive, shake } from "./LinkNodes.ts"

export const pairs = (test: Test, describe: Describe): void => {
  describe("one link per pair", () => {
    const orders = [[1, 2, 3], [3, 2, 1], [2, 3, 1], [1, 3, 2]]
    for (const order of orders) {
      test(`started in the order ${order.join(" ")}`, function*(world) {
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
      })
    }

    test("of five that start at once", function*(world) {
      const all = [1, 2, 3, 4, 5]
      const nodes = yield* Effect.forEach(all, (n) => world.node({ n }), { concurrency: "unbounded" })
      for (const [i, node] of nodes.entries()) yield* linkedTo(node, ...all.filter((n) => n !== i + 1))
      for (const node of nodes) assert.strictEqual(node.told.length, 4)
    })

    test("where the higher dials an address it was given", function*(world) {
      const low = yield* world.node({ n: 1, heard: false })
      const high = yield* world.node({ n: 2, heard: false, places: [low.links.place] })
      yield* linkedTo(low, 2)
      yield* linkedTo(high, 1)
    })

    test("where both know the other's address and hear of each other too", function*(world) {
      const first = yield* world.node({ n: 1 })
      const nodes = [first]
      for (const n of [2, 3]) {
        nodes.push(yield* world.node({ n, places: nodes.map(({ links }) => links.place) }))
      }
      yield* linkedTo(nodes[0]!, 2, 3)
      yield* linkedTo(nodes[1]!, 1, 3)
      yield* linkedTo(nodes[2]!, 1, 2)
    })

    test("not to itself, at an address it was given", function*(world) {
      const node = yield* world.node({ n: 1, heard: false })
      const other = yield* world.node({ n: 2, places: [node.links.place], heard: false })
      const place: Place = other.links.place
      const again = yield* world.node({ n: 2, incarnation: 1, places: [place, node.links.place], heard: false })
      yield* linkedTo(again, 1)
    })
  })
}

export const changes = (test: Test, describe: Describe): void => {
  describe("changes", () => {
    test("begin with who is up, then tell all, in order", function*(world) {
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
      const told = Array.from(
        yield* Fiber.join(late),
        (change) => change._tag === "up" ? `up ${change.peer.peerId.slice(7, 8)}` : `down ${change.peerId.slice(7, 8)}`
      )
      assert.deepStrictEqual(told, ["up 2", "up 3", "down 2", "up 2"])
    })

    test("tell of a peer what it said of itself", function*(world, { dial }) {
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
    })
  })
}

export const again = (test: Test, describe: Describe): void => {
  describe("links come again", () => {
    test("after they were given up", function*(world) {
      const [a, b] = [yield* world.node({ n: 1 }), yield* world.node({ n: 2 })]
      for (const [from, to] of [[a, b], [b, a]] as const) {
        yield* linkedTo(a, 2)
        yield* linkedTo(b, 1)
        yield* from.links.disconnect(to.peerId, "abandoned")
      }
      yield* linkedTo(a, 2)
      yield* linkedTo(b, 1)
    })

    test("in place of one that is renewed, by whoever dialled it", function*(world) {
      const [a, b] = yield* pair(world)
      yield* b.links.renew(a.peerId)
      yield* a.links.renew(b.peerId)
      assert.strictEqual(yield* downOf(a, 2), "renewed")
      assert.strictEqual(yield* downOf(b, 1), "renewed")
      yield* a.links.send(b.peerId, "bully", probe(1))
      yield* b.links.send(a.peerId, "bully", probe(2))
      yield* receive(b, "bully", 1)
      yield* receive(a, "bully", 1)
      for (const node of [a, b]) assert.deepStrictEqual(node.told.map(({ _tag }) => _tag), ["up", "down", "up"])
    })

    test("after the other side started anew, with its id or another", function*(world) {
      const a = yield* world.node({ n: 5 })
      for (const [n, incarnation] of [[6, 0], [6, 1], [4, 0], [4, 1], [7, 0]] as const) {
        const b = yield* world.node({ n, incarnation })
        yield* linkedTo(a, n)
        yield* linkedTo(b, 5)
        yield* b.stop
      }
    })
  })
}
