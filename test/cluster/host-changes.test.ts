import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { advance, agreedHost, idOf, mainOf, makeCluster, statusOf, type TestNode, wentBack } from "./cluster.ts"

/** No promise was broken on any of these nodes. */
const unbroken = (nodes: ReadonlyArray<TestNode>) =>
  Effect.gen(function*() {
    for (const node of nodes) {
      const { counters } = yield* statusOf(node)
      assert.strictEqual(counters.inputsDisputed, 0)
      assert.strictEqual(counters.regressions, 0)
      assert.isFalse(wentBack(node.views), "a screen's clock went back")
    }
  })

describe("a cluster on a virtual LAN", () => {
  it.scoped("started in any order has one host, and soon the highest node is it", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster()
      for (const n of [2, 3, 1]) {
        yield* cluster.start(n, 1)
        yield* advance(200)
      }
      yield* advance(1_800)
      assert.isNotNull(yield* agreedHost(cluster.live()), "one host within 2 s")
      yield* advance(2_000)
      assert.strictEqual(yield* agreedHost(cluster.live()), idOf(3))
      for (const node of cluster.live()) {
        const status = yield* statusOf(node)
        assert.lengthOf(status.peers, 2)
        assert.lengthOf(status.players, 3)
      }
      yield* unbroken(cluster.live())
    }), 60_000)

  it.scoped("goes on from the same state when its host dies", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster()
      for (const n of [1, 2, 3]) yield* cluster.start(n, 1)
      yield* advance(3_500)
      assert.strictEqual(yield* agreedHost(cluster.live()), idOf(3))
      const [low, , host] = cluster.live()
      const before = yield* mainOf(host!)
      yield* cluster.kill(host!)
      yield* advance(300)

      const survivors = cluster.live()
      assert.strictEqual(yield* agreedHost(survivors), idOf(2))
      const after = yield* mainOf(low!)
      assert.isAtLeast(after.clock, before.clock + 10)
      for (const seat of before.seats) {
        const same = after.seats.find((one) => one.tokenHash === seat.tokenHash)
        assert.strictEqual(same?.seat, seat.seat)
        assert.strictEqual(same?.awaySince === null, seat.node !== host!.peerId, "only the dead node's seat is away")
      }
      const { reigns } = yield* statusOf(low!)
      assert.strictEqual(reigns.at(-1)!.cause, "crash")
      assert.isBelow(reigns.at(-1)!.interregnumMs!, 40)
      yield* unbroken(survivors)
    }), 60_000)

  it.scoped(
    "finds a silent host out, and has one host and one state again when it comes back",
    () =>
      Effect.gen(function*() {
        const cluster = yield* makeCluster()
        for (const n of [1, 2, 3]) yield* cluster.start(n, 1)
        yield* advance(3_500)
        const host = cluster.live()[2]!
        yield* cluster.lan.detach(host.peerId)
        yield* advance(1_000)
        const others = cluster.live().slice(0, 2)
        assert.strictEqual(yield* agreedHost(others), idOf(2))
        const { reigns } = yield* statusOf(others[0]!)
        assert.strictEqual(reigns.at(-1)!.cause, "silence")
        yield* unbroken(others)

        const during = yield* mainOf(others[0]!)
        yield* cluster.lan.attach(host.peerId)
        yield* advance(1_500)
        assert.isNotNull(yield* agreedHost(cluster.live()))
        const healed = yield* mainOf(host)
        assert.isAtLeast(healed.clock, during.clock, "the reign with more members went on")
        assert.isTrue(host.notices.some((notice) => "lost" in notice), "the loser is told")
        assert.isFalse(
          others.some((node) => node.notices.some((notice) => "lost" in notice)),
          "nobody else lost anything"
        )
      }),
    60_000
  )

  it.scoped("hands over without losing a tick when its host quits", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster()
      for (const n of [1, 2, 3]) yield* cluster.start(n, 1)
      yield* advance(3_500)
      const [low, , host] = cluster.live()
      const before = yield* mainOf(low!)
      yield* cluster.quit(host!)
      yield* advance(200)
      assert.strictEqual(yield* agreedHost(cluster.live()), idOf(2))
      const after = yield* mainOf(low!)
      // 300 ms are 18 ticks; one may be under way at either end.
      assert.isAtLeast(after.clock - before.clock, 17)
      const reign = (yield* statusOf(low!)).reigns.at(-1)!
      assert.strictEqual(reign.cause, "handover")
      assert.isBelow(reign.interregnumMs!, 2 * 1000 / 60)
      yield* unbroken(cluster.live())
    }), 60_000)

  it.scoped("keeps its host when one node alone cannot see it", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster()
      for (const n of [1, 2, 3]) yield* cluster.start(n, 1)
      yield* advance(3_500)
      const [low, middle, host] = cluster.live()
      yield* cluster.lan.cut(middle!.peerId, host!.peerId)
      yield* advance(2_000)
      assert.strictEqual((yield* statusOf(low!)).host, idOf(3), "who sees the host keeps it")
      assert.strictEqual((yield* statusOf(host!)).role, "host")
      assert.notStrictEqual((yield* statusOf(middle!)).role, "host")
      yield* cluster.lan.heal(middle!.peerId, host!.peerId)
      yield* advance(1_500)
      assert.strictEqual(yield* agreedHost(cluster.live()), idOf(3))
      yield* unbroken([low!, host!])
    }), 60_000)

  it.scoped("brings a joiner to the same state without disturbing play", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster()
      yield* cluster.start(3, 1)
      yield* cluster.start(2, 1)
      yield* advance(2_000)
      const epoch = (yield* statusOf(cluster.live()[0]!)).epoch
      const joiner = yield* cluster.start(1, 1)
      yield* advance(500)
      assert.isNotEmpty(joiner.views, "a first view within half a second")
      yield* advance(500)
      assert.strictEqual((yield* statusOf(joiner)).epoch, epoch, "joining changes no host")
      assert.lengthOf((yield* mainOf(joiner)).seats, 3)
      yield* unbroken(cluster.live())
    }), 60_000)
})
