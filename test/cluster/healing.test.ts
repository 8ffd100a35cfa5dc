import { Context, Effect, Stream } from "effect"
import { assert, describe } from "vitest"
import { PeerLinks } from "../../src/services/PeerLinks.ts"
import { often } from "../setup/often.ts"
import { inTime, settledOn, unbroken } from "./checks.ts"
import { advance, agreedHost, idOf, lostOf, makeCluster, stateOf, statusOf } from "./cluster.ts"

describe("a split network", () => {
  inTime(
    "plays on both sides; when it heals, the side with more members goes on, and only the others are told",
    () =>
      Effect.gen(function*() {
        const cluster = yield* makeCluster({ settings: { preempt: false } })
        yield* cluster.startAll([5, 4, 3, 2, 1], { bots: 1 })
        const many = [1, 2, 3]
        const few = [4, 5]
        const parted = (yield* stateOf(cluster.node(1))).clock
        yield* cluster.split(many, few)
        yield* advance(1_500)
        assert.strictEqual(yield* agreedHost(many.map(cluster.node)), idOf(3))
        assert.strictEqual(yield* agreedHost(few.map(cluster.node)), idOf(5))
        const winner = yield* stateOf(cluster.node(1))
        const loser = yield* stateOf(cluster.node(4))

        yield* cluster.rejoin(many, few)
        yield* advance(2_000)
        yield* settledOn(cluster, 3)
        assert.isAtLeast((yield* stateOf(cluster.node(5))).clock, winner.clock)
        for (const n of many) assert.isEmpty(lostOf(cluster.node(n)), `node ${n}`)
        for (const n of few) {
          const lost = lostOf(cluster.node(n))
          assert.lengthOf(lost, 1, `node ${n}`)
          // What the screens had seen since the split, to the tick or two that were on their way.
          assert.approximately(lost[0]!.ticks, loser.clock - parted, 6)
          assert.lengthOf(lost[0]!.scores, 5)
        }
        // A node that hears of the reign from another knows no more than that its host fell silent.
        assert.include(["heal", "silence"], (yield* statusOf(cluster.node(4))).reigns.at(-1)!.cause)
        yield* unbroken(many.map(cluster.node))
      })
  )

  inTime(
    "into halves where one has no player: the one with players goes on, though it is smaller",
    () =>
      Effect.gen(function*() {
        const cluster = yield* makeCluster({ settings: { preempt: false } })
        yield* cluster.start(1, { bots: 1 })
        yield* cluster.split([1], [2, 3, 4])
        for (const n of [2, 3, 4]) yield* cluster.start(n)
        yield* advance(2_000)
        assert.strictEqual(yield* agreedHost([2, 3, 4].map(cluster.node)), idOf(4))
        const clock = (yield* stateOf(cluster.node(1))).clock
        yield* cluster.rejoin([1], [2, 3, 4])
        yield* advance(3_000)
        yield* settledOn(cluster, 1)
        assert.isAtLeast((yield* stateOf(cluster.node(4))).clock, clock)
        yield* unbroken([cluster.node(1)])
      })
  )

  inTime("into three parts, each of which hosts, comes together again", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster({ settings: { preempt: false } })
      yield* cluster.startAll([1, 2, 3, 4, 5], { bots: 1 })
      yield* cluster.split([1, 2, 3], [4])
      yield* cluster.split([1, 2, 3, 4], [5])
      yield* advance(1_500)
      for (const n of [3, 4, 5]) assert.strictEqual((yield* statusOf(cluster.node(n))).role, "host")
      yield* cluster.rejoin([1, 2, 3], [4])
      yield* cluster.rejoin([1, 2, 3, 4], [5])
      yield* advance(3_000)
      yield* settledOn(cluster, 3)
      yield* unbroken([1, 2, 3].map(cluster.node))
    }))

  inTime("of two equal hosts, that tick in step, ends all the same", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster({ latencyMs: 60, settings: { preempt: false } })
      yield* cluster.split([1], [2])
      for (const n of [1, 2]) yield* cluster.start(n, { bots: 1 })
      yield* advance(2_000)
      yield* cluster.rejoin([1], [2])
      yield* advance(4_000)
      assert.isNotNull(yield* agreedHost(cluster.live()))
    }))

  inTime("that heals and breaks again before it is settled settles the next time", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster({ settings: { preempt: false } })
      yield* cluster.startAll([1, 2, 3, 4], { bots: 1 })
      for (const ms of [3, 8, 20, 45, 120]) {
        yield* cluster.split([1, 2, 3], [4])
        yield* advance(700)
        yield* cluster.rejoin([1, 2, 3], [4])
        yield* advance(ms)
      }
      yield* advance(3_000)
      assert.isNotNull(yield* agreedHost(cluster.live()))
      yield* unbroken([1, 2, 3].map(cluster.node))
    }))

  for (const quorum of [false, true]) {
    for (const cutMs of often([700, 9_000], [700, 1_500, 3_100, 6_300, 9_000, 15_000])) {
      inTime(
        `is one again within 2 s of a cut of ${cutMs} ms, ${quorum ? "with" : "without"} a quorum`,
        () =>
          Effect.gen(function*() {
            const cluster = yield* makeCluster({ settings: { preempt: false, quorum }, backsOff: true })
            yield* cluster.startAll([5, 4, 3, 2, 1], { bots: 1 })
            yield* cluster.split([1, 2, 3], [4, 5])
            yield* advance(cutMs)
            const epoch = (yield* statusOf(cluster.node(1))).epoch!
            yield* cluster.rejoin([1, 2, 3], [4, 5])
            yield* advance(2_000)
            yield* settledOn(cluster, 3)
            // One step up for the healing; nobody else took a hand in it.
            const after = (yield* statusOf(cluster.node(1))).epoch!
            assert.isAtMost(after, epoch + (quorum ? 0 : 2))
            yield* unbroken([1, 2, 3].map(cluster.node))
          })
      )
    }
  }

  for (const [deaf, unheard] of [[[1, 2, 3], [4, 5]], [[4, 5], [1, 2, 3]]] as const) {
    inTime(
      `into ${deaf} that do not hear ${unheard}, who hear them, plays on both sides and heals`,
      () =>
        Effect.gen(function*() {
          const cluster = yield* makeCluster({ settings: { preempt: false }, backsOff: true })
          yield* cluster.startAll([5, 4, 3, 2, 1], { bots: 1 })
          for (const to of deaf) for (const from of unheard) yield* cluster.lan.cutOneWay(idOf(from), idOf(to))
          yield* advance(2_000)
          const before = yield* Effect.forEach(cluster.live(), (node) => stateOf(node))
          yield* advance(1_000)
          const after = yield* Effect.forEach(cluster.live(), (node) => stateOf(node))
          after.forEach((state, i) =>
            assert.isAbove(state.clock, before[i]!.clock, `node ${cluster.live()[i]!.n} plays`)
          )
          yield* cluster.rejoin(deaf, unheard)
          yield* advance(2_000)
          yield* settledOn(cluster, 3)
          yield* unbroken([1, 2, 3].map(cluster.node))
        })
    )
  }

  inTime("renews its links when it heals, which a node that was stopped does not", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster({ settings: { preempt: false }, backsOff: true })
      yield* cluster.startAll([4, 3, 2, 1])
      const ends: Array<string> = []
      for (const node of cluster.live()) {
        const links = Context.get(node.context, PeerLinks)
        yield* cluster.inside(
          node,
          Stream.runForEach(
            links.changes,
            (change) => Effect.sync(() => void (change._tag === "down" && ends.push(`${node.n}: ${change.reason}`)))
          )
        )
      }
      for (const n of [1, 4]) {
        yield* cluster.freeze(cluster.node(n))
        yield* advance(2_000)
        yield* cluster.thaw(cluster.node(n))
        yield* advance(2_000)
      }
      assert.isEmpty(ends)
      yield* cluster.split([1, 2, 3], [4])
      yield* advance(2_000)
      yield* cluster.rejoin([1, 2, 3], [4])
      yield* advance(2_000)
      assert.sameMembers(ends, ["1: renewed", "2: renewed", "3: renewed", "4: renewed", "4: renewed", "4: renewed"])
    }))

  for (const afterMs of often([40], [0, 20, 40, 60, 80, 100])) {
    inTime(
      `keeps its host when one node comes back and the host stalls for 100 ms, ${afterMs} ms later`,
      () =>
        Effect.gen(function*() {
          const cluster = yield* makeCluster({ settings: { preempt: false }, backsOff: true })
          yield* cluster.startAll([5, 4, 3, 2, 1], { bots: 1 })
          const host = yield* agreedHost(cluster.live())
          const rest = [1, 2, 3].map(cluster.node)
          assert.strictEqual(host, idOf(5))
          yield* cluster.split([1, 2, 3, 5], [4])
          yield* advance(700)
          yield* cluster.rejoin([1, 2, 3, 5], [4])
          yield* advance(afterMs)
          yield* cluster.freeze(cluster.node(5))
          yield* advance(100)
          yield* cluster.thaw(cluster.node(5))
          yield* advance(2_000)
          yield* settledOn(cluster, 5)
          for (const node of rest) {
            const hosts = (yield* statusOf(node)).reigns.map((reign) => reign.host)
            assert.notInclude(hosts, idOf(4), `node ${node.n}`)
          }
          yield* unbroken(rest)
        })
    )
  }

  inTime(
    "that was short leaves the losers their seats, and what they do there counts again",
    () =>
      Effect.gen(function*() {
        const cluster = yield* makeCluster({ settings: { preempt: false } })
        yield* cluster.startAll([5, 4, 3, 2, 1], { bots: 1 })
        yield* cluster.split([1, 2, 3], [4, 5])
        yield* advance(3_000)
        yield* cluster.rejoin([1, 2, 3], [4, 5])
        yield* advance(2_000)
        const before = yield* stateOf(cluster.node(1))
        yield* advance(1_000)
        const after = yield* stateOf(cluster.node(1))
        for (const n of [4, 5]) {
          const played = (state: typeof before) => state.seats.find((seat) => seat.node === idOf(n))!.lastInput
          assert.isAbove(played(after), played(before) + 10, `node ${n}`)
          const { counters } = yield* statusOf(cluster.node(n))
          assert.strictEqual(counters.inputsDisputed, 0, `node ${n}`)
          assert.strictEqual(counters.regressions, 0, `node ${n} was told`)
          assert.strictEqual(counters.lossesTold, 1, `node ${n}`)
          const rebased = cluster.node(n).accounts[0]!.filter(({ _tag }) => _tag === "rebased")
          assert.lengthOf(rebased, 1, `node ${n}`)
        }
      })
  )

  inTime("keeps the seats: who was on the losing side has a seat again", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster({ settings: { preempt: false, seatKeptMs: 1_000 } })
      yield* cluster.startAll([1, 2, 3], { bots: 1 })
      yield* cluster.split([1, 2], [3])
      // Long enough for the seat to be given up on the winning side.
      yield* advance(4_000)
      yield* cluster.rejoin([1, 2], [3])
      yield* advance(3_000)
      assert.isNotNull(yield* agreedHost(cluster.live()))
      const state = yield* stateOf(cluster.node(1))
      assert.lengthOf(state.seats.filter((seat) => seat.node === idOf(3) && seat.awaySince === null), 1)
      yield* advance(500)
      const seat = state.seats.find((one) => one.node === idOf(3))!.seat
      const later = (yield* stateOf(cluster.node(1))).seats.find((one) => one.seat === seat)!
      assert.isAbove(later.lastInput, 0, "and plays")
      assert.strictEqual((yield* statusOf(cluster.node(3))).counters.inputsDisputed, 0)
    }))
})
