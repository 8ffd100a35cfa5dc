/** Networks on which some nodes cannot reach each other, though a third reaches both. */
import { Context, Effect } from "effect"
import { assert, describe } from "vitest"
import { PeerLinks } from "../../src/services/PeerLinks.ts"
import { inTime, settledOn, unbroken } from "./checks.ts"
import { advance, idOf, makeCluster, setbacks, stateOf, statusOf, type TestNode } from "./cluster.ts"

/** Who carries a node's link with another: null for nobody, undefined where there is no link. */
const viaOf = (node: TestNode, other: number) =>
  Effect.map(
    Context.get(node.context, PeerLinks).peers,
    (peers) => peers.find((peer) => peer.peerId === idOf(other))?.via
  )

const lastInputOf = (node: TestNode, of: TestNode) =>
  Effect.map(
    stateOf(node),
    (state) => state.seats.filter((seat) => seat.node === of.peerId).map((seat) => seat.lastInput)
  )

describe("a node that cannot reach the host, though another can", () => {
  inTime("plays by way of that one", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster()
      yield* cluster.split([1], [3])
      yield* cluster.startAll([2, 3], { bots: 1 })
      const one = yield* cluster.start(1, { bots: 1 })
      yield* advance(3_000)
      assert.strictEqual(yield* viaOf(one, 3), idOf(2))
      assert.strictEqual(yield* viaOf(cluster.node(3), 1), idOf(2))
      yield* settledOn(cluster, 3)
      const [before] = yield* lastInputOf(cluster.node(3), one)
      yield* advance(500)
      const [after] = yield* lastInputOf(cluster.node(3), one)
      assert.isAbove(after!, before!, "its inputs reach the host")
      yield* unbroken(cluster.live())
    }))

  inTime("does not depose the host, though its own id is the highest", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster({ settings: { preempt: false } })
      yield* cluster.split([3], [2])
      yield* cluster.startAll([1, 2], { bots: 1 })
      const { reign } = cluster.node(1).standings.at(-1)!
      const three = yield* cluster.start(3, { bots: 1 })
      yield* advance(3_000)
      assert.strictEqual(yield* viaOf(three, 2), idOf(1))
      yield* settledOn(cluster, 2)
      assert.strictEqual(cluster.node(1).standings.at(-1)!.reign!.epoch, reign!.epoch)
    }))

  inTime(
    "plays on when its cable to the host breaks during play, and links it directly once it can",
    () =>
      Effect.gen(function*() {
        const cluster = yield* makeCluster()
        yield* cluster.startAll([1, 2, 3], { bots: 1 })
        yield* cluster.split([1], [3])
        yield* advance(3_000)
        assert.strictEqual(yield* viaOf(cluster.node(1), 3), idOf(2))
        yield* settledOn(cluster, 3)
        yield* cluster.rejoin([1], [3])
        yield* advance(6_000)
        assert.strictEqual(yield* viaOf(cluster.node(1), 3), null)
        assert.strictEqual(yield* viaOf(cluster.node(3), 1), null)
        yield* settledOn(cluster, 3)
        for (const node of cluster.live()) assert.deepStrictEqual(setbacks(node.views), [], `node ${node.n}`)
      })
  )

  inTime("is carried by another when the one that carried it dies", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster()
      yield* cluster.split([1], [4])
      yield* cluster.startAll([2, 3, 4], { bots: 1 })
      const one = yield* cluster.start(1, { bots: 1 })
      yield* advance(3_000)
      const first = (yield* viaOf(one, 4))!
      const carrier = cluster.live().find((node) => node.peerId === first)!
      yield* cluster.kill(carrier)
      yield* advance(3_000)
      const second = yield* viaOf(one, 4)
      assert.isTrue(second !== first && typeof second === "string")
      yield* settledOn(cluster, 4)
      yield* unbroken(cluster.live())
    }))

  inTime("is heard on whatever link, though only one side took the last one for lost", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster()
      yield* cluster.startAll([1, 2, 3], { bots: 1 })
      yield* advance(3_000)
      // To node 3, which never hears its goodbye, the link is only renewed.
      yield* cluster.split([1], [3])
      yield* Context.get(cluster.node(1).context, PeerLinks).reach(idOf(3), idOf(2))
      for (let elapsedMs = 0; elapsedMs < 1_500; elapsedMs += 50) {
        yield* advance(50)
        const peers = yield* Effect.forEach(cluster.live(), (node) =>
          Effect.map(statusOf(node), (status) => status.peers))
        assert.isEmpty(
          peers.flat().filter(({ state }) =>
            state !== "up"
          ),
          `after ${elapsedMs} ms`
        )
      }
      assert.strictEqual(yield* viaOf(cluster.node(3), 1), idOf(2))
      yield* unbroken(cluster.live())
    }))

  inTime("goes on under the next host when the one it could not reach dies", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster()
      yield* cluster.split([1], [3])
      yield* cluster.startAll([2, 3], { bots: 1 })
      yield* cluster.start(1, { bots: 1 })
      yield* advance(3_000)
      yield* cluster.kill(cluster.node(3))
      yield* advance(1_500)
      yield* settledOn(cluster, 2)
      yield* unbroken(cluster.live())
    }))
})
