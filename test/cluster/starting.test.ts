import { Effect } from "effect"
import { assert, describe } from "vitest"
import { inTime, settledOn, unbroken } from "./checks.ts"
import { advance, agreedHost, idOf, makeCluster, stateOf, statusOf } from "./cluster.ts"

describe("nodes that start", () => {
  for (const order of [[1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]]) {
    for (const pauseMs of [0, 150, 333]) {
      inTime(
        `in the order ${order.join(", ")}, ${pauseMs} ms apart, have one host in 2 s, the highest in 4 s`,
        () =>
          Effect.gen(function*() {
            const cluster = yield* makeCluster()
            for (const n of order) {
              yield* cluster.start(n, { bots: 1 })
              yield* advance(pauseMs)
            }
            yield* advance(2_000 - 2 * pauseMs)
            assert.isNotNull(yield* agreedHost(cluster.live()))
            yield* advance(2_000)
            yield* settledOn(cluster, 3)
            for (const node of cluster.live()) {
              const status = yield* statusOf(node)
              assert.lengthOf(status.peers, 2)
              assert.lengthOf(status.players, 3)
            }
          })
      )
    }
  }

  inTime("alone plays at once", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster()
      const node = yield* cluster.start(1, { bots: 1 })
      yield* advance(500)
      assert.strictEqual((yield* statusOf(node)).role, "host")
      assert.isNotEmpty(node.views)
      yield* advance(500)
      yield* unbroken([node])
    }))

  inTime("where a host is: has its first view within half a second, and disturbs nobody", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster({ settings: { preempt: false } })
      yield* cluster.startAll([2, 3], { bots: 1 })
      const { epoch } = yield* statusOf(cluster.node(2))
      const clock = (yield* stateOf(cluster.node(2))).clock
      for (const n of [1, 4]) yield* cluster.start(n, { bots: 1 })
      yield* advance(500)
      assert.isNotEmpty(cluster.node(1).views)
      assert.isNotEmpty(cluster.node(4).views)
      yield* advance(3_500)
      yield* settledOn(cluster, 3)
      for (const node of cluster.live()) assert.strictEqual((yield* statusOf(node)).epoch, epoch)
      assert.isAtLeast((yield* stateOf(cluster.node(2))).clock, clock + 80, "4 s are 80 ticks")
      yield* unbroken(cluster.live())
    }))

  inTime(
    "higher than the host: takes over, no sooner than 2 s after it joined, and nobody misses a tick",
    () =>
      Effect.gen(function*() {
        const cluster = yield* makeCluster()
        yield* cluster.startAll([1, 2], { bots: 1 })
        yield* cluster.start(3, { bots: 1 })
        yield* advance(1_900)
        assert.strictEqual(yield* agreedHost(cluster.live()), idOf(2))
        const before = (yield* stateOf(cluster.node(1))).clock
        yield* advance(1_000)
        yield* settledOn(cluster, 3)
        assert.isAtLeast((yield* stateOf(cluster.node(1))).clock - before, 23, "1.2 s are 24 ticks")
        const status = yield* statusOf(cluster.node(1))
        assert.strictEqual(status.reigns.at(-1)!.cause, "handover")
        yield* unbroken(cluster.live())
      })
  )
})
