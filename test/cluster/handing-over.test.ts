import { Context, Effect } from "effect"
import { assert, describe } from "vitest"
import { Election } from "../../src/services/Election.ts"
import { inTime, settledOn, unbroken } from "./checks.ts"
import { advance, agreedHost, idOf, makeCluster, stateOf, statusOf } from "./cluster.ts"
import { tallyOf } from "./tally.ts"

describe("a handover", () => {
  inTime("by a host that quits loses no tick", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster({ game: tallyOf({ tickRate: 60 }) })
      yield* cluster.startAll([1, 2, 3], { bots: 1 })
      const before = yield* stateOf(cluster.node(1))
      yield* cluster.quit(cluster.node(3))
      yield* advance(300)
      yield* settledOn(cluster, 2)
      const after = yield* stateOf(cluster.node(1))
      const { reigns } = yield* statusOf(cluster.node(1))
      assert.strictEqual(reigns.at(-1)!.cause, "handover")
      assert.isBelow(reigns.at(-1)!.interregnumMs!, 2 * 1000 / 60)
      // 500 ms are 30 ticks, those of settledOn included; one may be under way at either end.
      assert.isAtLeast(after.clock - before.clock, 29)
      assert.isFalse(after.seats.some((seat) => seat.node === idOf(3)), "who quits leaves the game")
      yield* unbroken(cluster.live())
    }))

  inTime("of one host after the other loses nothing", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster()
      yield* cluster.startAll([1, 2, 3, 4, 5], { bots: 1 })
      const before = (yield* stateOf(cluster.node(1))).clock
      for (const n of [5, 4, 3, 2]) {
        yield* cluster.quit(cluster.node(n))
        yield* advance(500)
      }
      assert.strictEqual(yield* agreedHost(cluster.live()), idOf(1))
      assert.isAtLeast((yield* stateOf(cluster.node(1))).clock - before, 38, "2 s are 40 ticks")
      yield* unbroken(cluster.live())
    }))

  inTime(
    "to a node that does not answer: the host goes on within a second, under a newer reign",
    () =>
      Effect.gen(function*() {
        const cluster = yield* makeCluster({ settings: { suspectAfterMs: 2_000 } })
        yield* cluster.startAll([1, 2, 3], { bots: 1 })
        const { epoch } = yield* statusOf(cluster.node(1))
        yield* cluster.freeze(cluster.node(2))
        yield* cluster.inside(cluster.node(3), Effect.flatMap(Election, (election) => election.handOver(idOf(2), [])))
        yield* advance(100)
        assert.strictEqual((yield* statusOf(cluster.node(3))).role, "electing")
        yield* advance(900)
        const status = yield* statusOf(cluster.node(3))
        assert.strictEqual(status.role, "host")
        assert.isAbove(status.epoch!, epoch!)
        yield* cluster.thaw(cluster.node(2))
        yield* advance(1_500)
        yield* settledOn(cluster, 3)
        yield* unbroken(cluster.live())
      })
  )

  inTime("to a node that has just died is none, and the host goes on", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster()
      yield* cluster.startAll([1, 2, 3], { bots: 1 })
      const election = Context.get(cluster.node(3).context, Election)
      yield* cluster.kill(cluster.node(2))
      yield* advance(10)
      assert.isFalse(yield* election.handOver(idOf(2), []))
      yield* settledOn(cluster, 3)
    }))

  inTime("while the heir dies: the host takes the reign back", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster({ latencyMs: 20 })
      yield* cluster.startAll([1, 2, 3], { bots: 1 })
      const quitting = yield* Effect.fork(cluster.quit(cluster.node(3)))
      yield* advance(10)
      yield* cluster.kill(cluster.node(2))
      yield* advance(1_000)
      yield* quitting.await
      yield* settledOn(cluster, 1)
      yield* unbroken(cluster.live())
    }))

  inTime("waits a moment for a peer that is out of sight just then", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster()
      yield* cluster.startAll([1, 2, 3], { bots: 1 })
      for (const n of [1, 2]) yield* cluster.freeze(cluster.node(n))
      yield* advance(400)
      const suspected = (yield* statusOf(cluster.node(3))).peers
      assert.deepStrictEqual(suspected.map(({ state }) => state), ["suspect", "suspect"])
      const quitting = yield* Effect.fork(cluster.quit(cluster.node(3)))
      yield* advance(100)
      for (const n of [1, 2]) yield* cluster.thaw(cluster.node(n))
      yield* advance(600)
      yield* quitting.await
      yield* settledOn(cluster, 2)
      assert.strictEqual((yield* statusOf(cluster.node(1))).reigns.at(-1)!.cause, "handover")
      yield* unbroken(cluster.live())
    }))

  for (const election of ["bully", "raft"] as const) {
    inTime(
      `by a host that has just stood still, and does not know yet whether it is the host: by ${election}`,
      () =>
        Effect.gen(function*() {
          const cluster = yield* makeCluster({ election, latencyMs: 20 })
          yield* cluster.startAll([1, 2, 3], { bots: 1 })
          const host = cluster.live().find(({ peerId }) => peerId === cluster.live()[0]!.standings.at(-1)!.reign!.host)!
          yield* cluster.freeze(host)
          yield* advance(150)
          yield* cluster.thaw(host)
          while (host.standings.at(-1)!.role === "host") yield* advance(1)
          const quitting = yield* Effect.fork(cluster.quit(host))
          yield* advance(2_000)
          yield* quitting.await
          for (const node of cluster.live()) {
            const { reigns } = yield* statusOf(node)
            assert.strictEqual(reigns.find(({ host: next }) => next !== host.peerId)!.cause, "handover")
          }
          yield* unbroken(cluster.live())
        })
    )
  }

  inTime("alone there is nobody to hand over to: it quits at once", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster()
      yield* cluster.startAll([1], { bots: 1 })
      yield* cluster.quit(cluster.node(1))
      assert.isEmpty(cluster.live())
    }))
})

describe("preemption", () => {
  inTime("goes to the highest of those that joined, once", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster()
      yield* cluster.startAll([1], { bots: 1 })
      for (const n of [3, 4, 2]) yield* cluster.start(n, { bots: 1 })
      yield* advance(4_000)
      yield* settledOn(cluster, 4)
      const { reigns } = yield* statusOf(cluster.node(1))
      assert.isAtMost(reigns.length, 3)
      yield* unbroken(cluster.live())
    }))

  inTime("does not happen with --no-preempt, on either side", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster()
      yield* cluster.startAll([1], { bots: 1 })
      yield* cluster.start(2, { settings: { preempt: false } })
      yield* advance(4_000)
      yield* settledOn(cluster, 1)
      const other = yield* makeCluster()
      yield* other.startAll([1], { settings: { preempt: false } })
      yield* other.start(2)
      yield* advance(4_000)
      yield* settledOn(other, 1)
    }))

  inTime("waits for a node that lags", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster()
      yield* cluster.startAll([1, 2], { bots: 1 })
      yield* cluster.start(3)
      yield* advance(1_000)
      // Beats go on, but nothing else comes through to it.
      yield* cluster.freeze(cluster.node(3))
      yield* advance(3_000)
      assert.strictEqual(yield* agreedHost([cluster.node(1), cluster.node(2)]), idOf(2))
      yield* cluster.thaw(cluster.node(3))
      yield* advance(4_000)
      yield* settledOn(cluster, 3)
      yield* unbroken(cluster.live())
    }))
})
