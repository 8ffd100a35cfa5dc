import { Effect } from "effect"
import { assert, describe } from "vitest"
import { inTime, settledOn, unbroken } from "./checks.ts"
import { advance, agreedHost, idOf, lostOf, makeCluster, stateOf, statusOf } from "./cluster.ts"

describe("when the host's process dies", () => {
  inTime(
    "the next one goes on from the same state, within two ticks, and every seat stays a seat",
    () =>
      Effect.gen(function*() {
        const cluster = yield* makeCluster()
        yield* cluster.startAll([1, 2, 3], { bots: 1 })
        const host = cluster.node(3)
        const before = yield* stateOf(host)
        yield* cluster.kill(host)
        yield* advance(300)
        yield* settledOn(cluster, 2)
        const after = yield* stateOf(cluster.node(1))
        for (const seat of before.seats) {
          const same = after.seats.find((one) => one.tokenHash === seat.tokenHash)
          assert.strictEqual(same?.seat, seat.seat)
          assert.strictEqual(same?.awaySince === null, seat.node !== host.peerId, "only the dead node's seat is away")
        }
        const reign = (yield* statusOf(cluster.node(1))).reigns.at(-1)!
        assert.strictEqual(reign.cause, "crash")
        assert.isAtMost(reign.interregnumMs!, 2 * 50 + 20)
        yield* unbroken(cluster.live())
      })
  )

  inTime("five times in a row: nothing that a surviving screen saw is taken back", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster()
      yield* cluster.startAll([1, 2, 3, 4, 5, 6], { bots: 1 })
      for (const n of [6, 5, 4, 3, 2]) {
        // Not always at the same point of a tick.
        yield* advance(290 + 7 * n)
        yield* cluster.kill(cluster.node(n))
      }
      yield* advance(1_000)
      assert.strictEqual(yield* agreedHost(cluster.live()), idOf(1))
      yield* unbroken(cluster.live())
    }))

  inTime("and the next one lacks the last events: it gets them from who has them", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster()
      yield* cluster.startAll([1, 2, 3], { bots: 1 })
      yield* cluster.lan.cutOneWay(idOf(3), idOf(2))
      yield* advance(130)
      const [lacking, holding] = [yield* stateOf(cluster.node(2)), yield* stateOf(cluster.node(1))]
      assert.isAtLeast(holding.clock - lacking.clock, 2)
      const seen = cluster.node(1).views.at(-1)!.view.clock
      yield* cluster.kill(cluster.node(3))
      yield* cluster.lan.heal(idOf(2), idOf(3))
      yield* advance(400)
      yield* settledOn(cluster, 2)
      const views = cluster.node(2).views.map(({ view }) => view.clock as number)
      assert.isAtLeast(views.findLast((clock) => clock <= seen)!, seen - 1, "it goes on from where the other one was")
      yield* unbroken(cluster.live())
    }))

  inTime("at any point of a tick: a page of its own has seen nothing that is taken back", () =>
    Effect.gen(function*() {
      for (let ms = 0; ms < 60; ms += 7) {
        const cluster = yield* makeCluster({ latencyMs: 15 })
        yield* cluster.startAll([1, 2, 3], { bots: 1 })
        const host = cluster.node(3)
        yield* advance(ms)
        const seen = host.views.at(-1)!.view
        yield* cluster.kill(host)
        yield* advance(600)
        const same = cluster.node(1).views.find(({ view }) => view.clock === seen.clock)
        assert.deepStrictEqual(same?.view.game, seen.game, `killed after ${ms} ms`)
        assert.deepStrictEqual(same?.view.acks, seen.acks)
        for (const node of cluster.live()) yield* cluster.end(node)
      }
    }))

  inTime("together with the next one, the third goes on", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster()
      yield* cluster.startAll([1, 2, 3, 4], { bots: 1 })
      yield* cluster.kill(cluster.node(4))
      yield* advance(2)
      yield* cluster.kill(cluster.node(3))
      yield* advance(300)
      yield* settledOn(cluster, 2)
      yield* unbroken(cluster.live())
    }))

  inTime("and comes back under the same id, it follows, and preempts later", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster()
      yield* cluster.startAll([1, 2, 3], { bots: 1 })
      const kept = cluster.node(3).standings.at(-1)!.reign!
      yield* cluster.kill(cluster.node(3))
      yield* advance(500)
      yield* cluster.start(3, { bots: 1, acceptedBefore: kept })
      yield* advance(1_000)
      yield* settledOn(cluster, 2)
      yield* advance(3_000)
      yield* settledOn(cluster, 3)
      yield* unbroken(cluster.live())
    }))
})

describe("when the host falls silent", () => {
  inTime(
    "since its cable is out: found out within 0.7 s; when it is back, it follows and is told what it lost",
    () =>
      Effect.gen(function*() {
        const cluster = yield* makeCluster()
        yield* cluster.startAll([1, 2, 3], { bots: 1 })
        const host = cluster.node(3)
        yield* cluster.lan.detach(host.peerId)
        yield* advance(1_000)
        const others = [cluster.node(1), cluster.node(2)]
        assert.strictEqual(yield* agreedHost(others), idOf(2))
        const reign = (yield* statusOf(others[0]!)).reigns.at(-1)!
        assert.strictEqual(reign.cause, "silence")
        assert.isAtMost(reign.interregnumMs!, 700)
        yield* unbroken(others)

        const during = yield* stateOf(others[0]!)
        yield* cluster.lan.attach(host.peerId)
        yield* advance(1_500)
        assert.isNotNull(yield* agreedHost(cluster.live()))
        const healed = yield* stateOf(host)
        assert.isAtLeast(healed.clock, during.clock, "the reign with more members went on")
        assert.lengthOf(lostOf(host), 1)
        assert.isAbove(lostOf(host)[0]!.ticks, 10)
        for (const node of others) assert.isEmpty(lostOf(node))
        yield* unbroken(others)
        // No more than 2 s later the highest hosts again.
        yield* advance(2_000)
        yield* settledOn(cluster, 3)
      })
  )

  inTime(
    "since it was stopped: it asks when it goes on, follows, and has shown nothing that is not so",
    () =>
      Effect.gen(function*() {
        const cluster = yield* makeCluster()
        yield* cluster.startAll([1, 2, 3], { bots: 1 })
        const host = cluster.node(3)
        yield* cluster.freeze(host)
        yield* advance(1_000)
        assert.strictEqual(yield* agreedHost([cluster.node(1), cluster.node(2)]), idOf(2))
        const shown = host.views.length
        yield* cluster.thaw(host)
        yield* advance(300)
        yield* settledOn(cluster, 2)
        for (const { epoch } of host.views.slice(shown + 1)) assert.isAbove(epoch, host.views[shown - 1]!.epoch)
        assert.isEmpty(lostOf(host), "it ordered nothing by itself")
        yield* unbroken(cluster.live())
      })
  )

  inTime("for less than the suspicion time: nothing happens", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster()
      yield* cluster.startAll([1, 2, 3], { bots: 1 })
      const { epoch } = yield* statusOf(cluster.node(1))
      for (const ms of [100, 150, 200]) {
        yield* cluster.freeze(cluster.node(3))
        yield* advance(ms)
        yield* cluster.thaw(cluster.node(3))
        yield* advance(300)
      }
      yield* settledOn(cluster, 3)
      assert.strictEqual((yield* statusOf(cluster.node(1))).epoch, epoch)
      yield* unbroken(cluster.live())
    }))

  inTime("to one node only: the others keep it, and that node plays on by way of them", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster()
      yield* cluster.startAll([1, 2, 3], { bots: 1 })
      const { epoch } = yield* statusOf(cluster.node(3))
      yield* cluster.split([2], [3])
      yield* advance(2_000)
      assert.strictEqual((yield* statusOf(cluster.node(1))).host, idOf(3))
      assert.strictEqual((yield* statusOf(cluster.node(3))).role, "host")
      const { host, peers, role } = yield* statusOf(cluster.node(2))
      assert.deepStrictEqual([role, host], ["peer", idOf(3)])
      assert.strictEqual(peers.find((peer) => peer.peerId === idOf(3))?.via, idOf(1))
      yield* cluster.rejoin([2], [3])
      yield* advance(1_500)
      yield* settledOn(cluster, 3)
      assert.isAtMost((yield* statusOf(cluster.node(3))).epoch!, epoch! + 2)
      yield* unbroken(cluster.live())
    }))

  inTime("in one direction only: there is one host all the same", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster()
      yield* cluster.startAll([1, 2, 3], { bots: 1 })
      yield* cluster.lan.cutOneWay(idOf(3), idOf(1))
      yield* cluster.lan.cutOneWay(idOf(3), idOf(2))
      yield* advance(1_500)
      assert.strictEqual(yield* agreedHost([cluster.node(1), cluster.node(2)]), idOf(2))
      yield* cluster.rejoin([3], [1, 2])
      yield* advance(4_000)
      yield* settledOn(cluster, 3)
      yield* unbroken([cluster.node(1), cluster.node(2)])
    }))
})

describe("a follower", () => {
  inTime(
    "that dies is away from the game at once, and gone when its seat is not kept any longer",
    () =>
      Effect.gen(function*() {
        const cluster = yield* makeCluster({ settings: { seatKeptMs: 2_000 } })
        yield* cluster.startAll([1, 2, 3], { bots: 1 })
        yield* cluster.kill(cluster.node(1))
        yield* advance(150)
        const seats = () =>
          Effect.map(stateOf(cluster.node(2)), (state) => state.seats.map((seat) => seat.awaySince !== null))
        assert.sameMembers([...yield* seats()], [true, false, false])
        yield* advance(1_700)
        assert.lengthOf(yield* seats(), 3)
        yield* advance(300)
        assert.deepStrictEqual(yield* seats(), [false, false])
        yield* unbroken(cluster.live())
      })
  )

  inTime("that was stopped catches up, and has its seat", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster()
      yield* cluster.startAll([1, 2, 3], { bots: 1 })
      yield* cluster.freeze(cluster.node(1))
      yield* advance(1_500)
      assert.isTrue((yield* statusOf(cluster.node(2))).players.some((player) => player.away))
      yield* cluster.thaw(cluster.node(1))
      yield* advance(1_000)
      yield* settledOn(cluster, 3)
      assert.isFalse((yield* statusOf(cluster.node(2))).players.some((player) => player.away))
      yield* unbroken(cluster.live())
    }))
})
