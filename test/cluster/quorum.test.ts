import { Effect } from "effect"
import { assert, describe } from "vitest"
import { inTime, settledOn, unbroken } from "./checks.ts"
import { advance, agreedHost, idOf, lostOf, makeCluster, setbacks, stateOf, statusOf } from "./cluster.ts"

const settings = { quorum: true }

describe("with a quorum", () => {
  inTime("nodes that start together have one host, and play", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster({ settings })
      yield* cluster.startAll([2, 1, 3], { bots: 1 })
      yield* settledOn(cluster, 3)
      yield* unbroken(cluster.live())
    }))

  inTime("of two nodes, when one dies, the other waits, and shows nothing new", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster({ settings })
      yield* cluster.startAll([1, 2], { bots: 1 })
      yield* cluster.kill(cluster.node(2))
      yield* advance(200)
      const { clock } = cluster.node(1).views.at(-1)!.view
      yield* advance(2_000)
      assert.strictEqual((yield* statusOf(cluster.node(1))).role, "electing")
      assert.strictEqual(cluster.node(1).views.at(-1)!.view.clock, clock)
      yield* unbroken(cluster.live())
    }))

  inTime("of three nodes, when the host dies, the two others go on", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster({ settings })
      yield* cluster.startAll([1, 2, 3], { bots: 1 })
      yield* cluster.kill(cluster.node(3))
      yield* advance(300)
      yield* settledOn(cluster, 2)
      yield* unbroken(cluster.live())
    }))

  inTime("a host in the minority stops, and loses nothing when it comes back", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster({ settings: { ...settings, preempt: false } })
      yield* cluster.startAll([5, 4, 3, 2, 1], { bots: 1 })
      const few = [4, 5]
      const many = [1, 2, 3]
      yield* cluster.split(few, many)
      yield* advance(1_500)
      assert.strictEqual(yield* agreedHost(many.map(cluster.node)), idOf(3))
      assert.strictEqual((yield* statusOf(cluster.node(5))).role, "electing")
      const stopped = (yield* stateOf(cluster.node(5))).clock
      yield* advance(1_000)
      assert.strictEqual((yield* stateOf(cluster.node(5))).clock, stopped)
      yield* cluster.rejoin(few, many)
      yield* advance(2_500)
      yield* settledOn(cluster, 3)
      for (const node of cluster.live()) assert.isEmpty(lostOf(node), `node ${node.n}`)
      yield* unbroken(cluster.live())
    }))

  inTime("a tick is shown when a majority holds it, on every screen", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster({ settings: { ...settings, preempt: false } })
      yield* cluster.startAll([5, 4, 3, 2, 1], { bots: 1 })
      // The host and one more can go on ordering for a moment; nobody may see it.
      yield* cluster.split([4, 5], [1, 2, 3])
      yield* advance(150)
      const held = (yield* stateOf(cluster.node(1))).seq
      for (const n of [4, 5]) assert.isAtMost(cluster.node(n).views.at(-1)!.view.seq, held)
      assert.isAbove((yield* stateOf(cluster.node(5))).seq, held)
    }))

  inTime("joiners become members one after the other, without disturbing play", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster({ settings: { ...settings, preempt: false } })
      yield* cluster.startAll([5, 4, 3], { bots: 1 })
      const before = (yield* stateOf(cluster.node(3))).clock
      for (const n of [1, 2]) yield* cluster.start(n, { bots: 1 })
      yield* advance(2_000)
      yield* settledOn(cluster, 5)
      assert.lengthOf(cluster.node(1).standings.at(-1)!.reign!.members, 5)
      assert.isAtLeast((yield* stateOf(cluster.node(3))).clock - before, 42, "2.2 s are 44 ticks")
      // Now three of five may die.
      for (const n of [5, 4]) yield* cluster.kill(cluster.node(n))
      yield* advance(1_000)
      yield* settledOn(cluster, 3)
      yield* unbroken(cluster.live())
    }))

  inTime("who quits is no member any more: the last one goes on alone", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster({ settings })
      yield* cluster.startAll([1, 2, 3], { bots: 1 })
      for (const n of [3, 2]) {
        yield* cluster.quit(cluster.node(n))
        yield* advance(1_000)
      }
      yield* settledOn(cluster, 1)
      yield* unbroken(cluster.live())
    }))

  inTime(
    "once all members have forgotten everything, they go on from what a joiner holds",
    () =>
      Effect.gen(function*() {
        const cluster = yield* makeCluster({ settings, latencyMs: 20 })
        yield* cluster.startAll([2, 3], { bots: 1 })
        const joiner = yield* cluster.start(1, { bots: 1 })
        while (joiner.views.length < 3) yield* advance(1)
        const { reign } = cluster.node(3).standings.at(-1)!
        assert.deepStrictEqual(reign!.members, [2, 3].map(idOf))
        const { clock } = yield* stateOf(joiner)
        for (const n of [2, 3]) yield* cluster.kill(cluster.node(n))
        yield* advance(100)
        for (const n of [2, 3]) yield* cluster.start(n, { bots: 1, acceptedBefore: reign! })
        yield* advance(3_000)
        yield* settledOn(cluster, 3)
        assert.isAtLeast((yield* stateOf(joiner)).clock, clock)
        assert.isEmpty(lostOf(joiner))
      })
  )

  inTime("a stranger does not make a majority", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster({ settings })
      yield* cluster.startAll([1, 2, 3], { bots: 1 })
      for (const n of [3, 2]) yield* cluster.kill(cluster.node(n))
      yield* cluster.start(4)
      yield* advance(3_000)
      for (const node of cluster.live()) assert.strictEqual((yield* statusOf(node)).role, "electing")
    }))

  inTime(
    "what any screen was shown is never taken back, whoever dies and whatever is cut",
    () =>
      Effect.gen(function*() {
        const cluster = yield* makeCluster({ settings: { ...settings, preempt: false } })
        yield* cluster.startAll([1, 2, 3, 4, 5], { bots: 1 })
        const sides: ReadonlyArray<readonly [ReadonlyArray<number>, ReadonlyArray<number>]> = [
          [[5], [1, 2, 3, 4]],
          [[4, 5], [1, 2, 3]],
          [[3, 4], [1, 2, 5]],
          [[1, 2], [3, 4, 5]]
        ]
        for (const [few, many] of sides) {
          yield* cluster.split(few, many)
          yield* advance(900)
          yield* cluster.rejoin(few, many)
          yield* advance(1_100)
        }
        assert.isNotNull(yield* agreedHost(cluster.live()))
        for (const node of cluster.live()) {
          assert.deepStrictEqual(setbacks(node.views), [], `node ${node.n}`)
          assert.isEmpty(lostOf(node), `node ${node.n}`)
        }
        yield* unbroken(cluster.live())
      })
  )
})
