/** Whole nodes whose host is the leader of their Raft group. */
import { Effect } from "effect"
import { assert, describe } from "vitest"
import { often } from "../setup/often.ts"
import { inTime, settledOn, unbroken } from "./checks.ts"
import {
  advance,
  agreedHost,
  type Cluster,
  idOf,
  lostOf,
  makeCluster,
  setbacks,
  stateOf,
  statusOf,
  type TestNode
} from "./cluster.ts"

const raft = { election: "raft" } as const

const hostOf = (cluster: Cluster, nodes: ReadonlyArray<TestNode> = cluster.live()) =>
  Effect.map(agreedHost(nodes), (host) => {
    const node = nodes.find(({ peerId }) => peerId === host)
    if (node === undefined) throw new Error(`these nodes agree on no host: ${nodes.map(({ n }) => n).join(", ")}`)
    return node
  })

/** All these are voters, and every node knows it. */
const allVote = (cluster: Cluster) =>
  Effect.gen(function*() {
    const ids = cluster.live().map(({ peerId }) => peerId).sort()
    for (const node of cluster.live()) {
      const { election } = yield* statusOf(node)
      assert.deepStrictEqual([...election.voters].sort(), ids, `node ${node.n}`)
      assert.deepStrictEqual([...node.standings.at(-1)!.reign!.members].sort(), ids, `node ${node.n}`)
    }
  })

/** Nobody is elected, and nothing is noted, where there is nothing to be decided. */
const reignsOn = Effect.fnUntraced(function*(cluster: Cluster) {
  const reigns = Effect.forEach(
    cluster.live(),
    (node) => Effect.map(statusOf(node), ({ election, epoch, host }) => ({ host, epoch, term: election.term }))
  )
  const before = yield* reigns
  yield* advance(10_000)
  assert.deepStrictEqual(yield* reigns, before)
})

/** Nodes that all play, vote, and follow one. */
const together = Effect.fnUntraced(function*(ns: ReadonlyArray<number>, options: { readonly backsOff?: boolean } = {}) {
  const cluster = yield* makeCluster({ ...raft, ...options })
  yield* cluster.startAll(ns, { bots: 1 })
  yield* allVote(cluster)
  return cluster
})

describe("with Raft", () => {
  for (const order of often([[2, 4, 1, 5, 3]], [[1, 2, 3], [3, 1, 2], [5, 4, 3, 2, 1], [2, 4, 1, 5, 3]])) {
    inTime(`nodes that start in the order ${order.join(", ")} have one host, and play`, () =>
      Effect.gen(function*() {
        const cluster = yield* together(order)
        yield* settledOn(cluster, (yield* hostOf(cluster)).n)
        for (const node of cluster.live()) {
          assert.lengthOf((yield* statusOf(node)).players, order.length)
          assert.isEmpty(lostOf(node))
        }
        yield* unbroken(cluster.live())
      }))
  }

  inTime("a node alone plays at once", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster(raft)
      const node = yield* cluster.start(1, { bots: 1 })
      yield* advance(500)
      assert.strictEqual((yield* statusOf(node)).role, "host")
      yield* advance(500)
      yield* unbroken([node])
    }))

  inTime("a joiner has its first view within half a second, and nobody misses a tick", () =>
    Effect.gen(function*() {
      const cluster = yield* together([2, 3])
      const host = yield* hostOf(cluster)
      const { clock } = yield* stateOf(host)
      const joiners = [yield* cluster.start(1, { bots: 1 }), yield* cluster.start(4, { bots: 1 })]
      yield* advance(500)
      for (const { views } of joiners) assert.isNotEmpty(views)
      yield* advance(2_500)
      assert.isAtLeast((yield* stateOf(host)).clock - clock, 59, "3 s are 60 ticks")
      yield* settledOn(cluster, host.n)
      yield* allVote(cluster)
      yield* unbroken(cluster.live())
    }))

  inTime("when the host is killed the others go on, from what was shown", () =>
    Effect.gen(function*() {
      const cluster = yield* together([1, 2, 3])
      const host = yield* hostOf(cluster)
      const shown = host.views.at(-1)!.view.clock
      yield* cluster.kill(host)
      yield* advance(150)
      const next = yield* hostOf(cluster)
      yield* settledOn(cluster, next.n)
      assert.isAtLeast((yield* stateOf(next)).clock, shown)
      assert.strictEqual(next.standings.at(-1)!.cause, "crash")
      yield* unbroken(cluster.live())
    }))

  inTime("when the host falls silent the others go on, and it follows when it is back", () =>
    Effect.gen(function*() {
      const cluster = yield* together([1, 2, 3])
      const host = yield* hostOf(cluster)
      const others = cluster.live().filter((node) => node !== host)
      yield* cluster.freeze(host)
      yield* advance(600)
      const next = yield* hostOf(cluster, others)
      yield* advance(1_000)
      yield* cluster.thaw(host)
      yield* advance(1_000)
      yield* settledOn(cluster, next.n)
      for (const node of cluster.live()) assert.isEmpty(lostOf(node), `node ${node.n}`)
      yield* unbroken(cluster.live())
    }))

  inTime("a host that is cut off stops, and nobody loses what was shown", () =>
    Effect.gen(function*() {
      const cluster = yield* together([1, 2, 3, 4, 5], { backsOff: true })
      const host = yield* hostOf(cluster)
      const others = cluster.live().filter((node) => node !== host)
      const few = [host.n, others[0]!.n]
      const many = others.slice(1).map(({ n }) => n)
      yield* cluster.split(few, many)
      yield* advance(1_500)
      const next = yield* hostOf(cluster, many.map(cluster.node))
      assert.strictEqual((yield* statusOf(host)).role, "electing")
      const { clock } = yield* stateOf(host)
      yield* advance(1_000)
      assert.strictEqual((yield* stateOf(host)).clock, clock)
      yield* cluster.rejoin(few, many)
      yield* advance(3_000)
      yield* settledOn(cluster, next.n)
      for (const node of cluster.live()) assert.isEmpty(lostOf(node), `node ${node.n}`)
      yield* unbroken(cluster.live())
    }))

  for (const flaps of often([17], [8, 17, 30])) {
    inTime(
      `a host whose network came and went ${flaps} times plays again soon after it stays`,
      () =>
        Effect.gen(function*() {
          const cluster = yield* together([1, 2, 3, 4, 5], { backsOff: true })
          const host = yield* hostOf(cluster)
          const others = cluster.live().filter((node) => node !== host).map(({ n }) => n)
          for (let i = 0; i < flaps; i++) {
            yield* cluster.split([host.n], others)
            yield* advance(300)
            yield* cluster.rejoin([host.n], others)
            yield* advance(300)
          }
          yield* advance(1_000)
          yield* settledOn(cluster, (yield* hostOf(cluster)).n)
          yield* unbroken(cluster.live())
        })
    )
  }

  inTime("whoever cannot reach the host plays on by way of others", () =>
    Effect.gen(function*() {
      const cluster = yield* together([1, 2, 3, 4, 5])
      const host = yield* hostOf(cluster)
      const far = cluster.live().filter((node) => node !== host).slice(0, 2)
      yield* cluster.split([host.n], far.map(({ n }) => n))
      yield* advance(3_000)
      yield* settledOn(cluster, host.n)
      for (const node of cluster.live()) assert.deepStrictEqual(setbacks(node.views), [])
    }))

  inTime(
    "by whatever way that is: also while the host's own old word would be the first to be asked",
    () =>
      Effect.gen(function*() {
        const cluster = yield* together([1, 2, 3, 4, 5])
        const host = yield* hostOf(cluster)
        for (const far of cluster.live().filter((node) => node !== host)) {
          yield* cluster.split([host.n], [far.n])
          yield* advance(3_000)
          yield* settledOn(cluster, host.n)
          yield* cluster.rejoin([host.n], [far.n])
          yield* advance(1_000)
        }
      })
  )

  inTime(
    "a host that leaves hands over, and no tick is missed; the last one goes on alone",
    () =>
      Effect.gen(function*() {
        const cluster = yield* together([1, 2, 3])
        for (const left of [2, 1]) {
          const host = yield* hostOf(cluster)
          const { clock } = yield* stateOf(host)
          yield* cluster.quit(host)
          yield* advance(1_000)
          assert.lengthOf(cluster.live(), left)
          const next = yield* hostOf(cluster)
          assert.isAtLeast((yield* stateOf(next)).clock - clock, 19, "1 s is 20 ticks")
          assert.include(next.standings.map(({ cause }) => cause), "handover")
          yield* allVote(cluster)
        }
        yield* unbroken(cluster.live())
      })
  )

  inTime(
    "five that lose two at once go on; those who are back after long are voters again",
    () =>
      Effect.gen(function*() {
        const cluster = yield* together([1, 2, 3, 4, 5])
        const host = yield* hostOf(cluster)
        const other = cluster.live().find((node) => node !== host)!
        yield* cluster.kill(host)
        yield* cluster.kill(other)
        yield* advance(300)
        yield* settledOn(cluster, (yield* hostOf(cluster)).n)
        yield* advance(12_000)
        yield* allVote(cluster)
        for (const { n } of [host, other]) yield* cluster.start(n, { bots: 1 })
        yield* advance(2_000)
        yield* allVote(cluster)
        yield* settledOn(cluster, (yield* hostOf(cluster)).n)
        yield* reignsOn(cluster)
        yield* unbroken(cluster.live().filter((node) => node.n !== host.n && node.n !== other.n))
      })
  )

  inTime(
    "two clusters that were founded apart become one, and the smaller one's players are told",
    () =>
      Effect.gen(function*() {
        const cluster = yield* makeCluster(raft)
        const [few, many] = [[1, 5], [2, 3, 4]]
        for (const n of [...few, ...many]) {
          yield* cluster.split([n], few.includes(n) ? many : few)
          yield* cluster.start(n, { bots: 1 })
        }
        yield* advance(4_000)
        const host = yield* hostOf(cluster, many.map(cluster.node))
        yield* hostOf(cluster, few.map(cluster.node))
        yield* cluster.rejoin(few, many)
        yield* advance(5_000)
        yield* settledOn(cluster, host.n)
        yield* allVote(cluster)
        for (const n of few) assert.lengthOf(lostOf(cluster.node(n)), 1, `node ${n}`)
        yield* reignsOn(cluster)
        yield* unbroken(many.map(cluster.node))
      })
  )

  inTime("of two nodes, when the host is killed, the other waits, and shows nothing new", () =>
    Effect.gen(function*() {
      const cluster = yield* together([1, 2])
      const host = yield* hostOf(cluster)
      yield* cluster.kill(host)
      yield* advance(300)
      const [other] = cluster.live()
      const { clock } = other!.views.at(-1)!.view
      yield* advance(2_000)
      assert.strictEqual((yield* statusOf(other!)).role, "electing")
      assert.strictEqual(other!.views.at(-1)!.view.clock, clock)
      yield* unbroken(cluster.live())
    }))

  inTime("of two nodes, when the other is killed, the host goes on alone", () =>
    Effect.gen(function*() {
      const cluster = yield* together([1, 2])
      const host = yield* hostOf(cluster)
      yield* cluster.kill(cluster.live().find((node) => node !== host)!)
      yield* advance(500)
      yield* settledOn(cluster, host.n)
      yield* allVote(cluster)
      yield* unbroken(cluster.live())
    }))

  inTime("what any screen was shown is never taken back, whatever is cut", () =>
    Effect.gen(function*() {
      const cluster = yield* together([1, 2, 3, 4, 5])
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
      yield* hostOf(cluster)
      for (const node of cluster.live()) {
        assert.deepStrictEqual(setbacks(node.views), [], `node ${node.n}`)
        assert.isEmpty(lostOf(node), `node ${node.n}`)
        assert.include([idOf(1), idOf(2), idOf(3), idOf(4), idOf(5)], (yield* statusOf(node)).host)
      }
      yield* unbroken(cluster.live())
    }))
})
