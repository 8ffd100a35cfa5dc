/** How nodes that nobody has configured become the voters of one Raft log, and stay it. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import * as VirtualTime from "../../../src/simulation/time/VirtualTime.ts"
import * as Groups from "./groups.ts"

const { idOf, say, standingOf, textsOf } = Groups

const inTime = <E>(name: string, body: () => Effect.Effect<void, E, Scope.Scope>): void =>
  it(name, () => VirtualTime.runSync(body()), 30_000)

const startAll = (groups: Effect.Effect.Success<ReturnType<typeof Groups.make>>, ns: ReadonlyArray<number>) =>
  Effect.zipRight(Effect.forEach(ns, groups.start), groups.together(ns))

describe("nodes that start", () => {
  inTime("alone: found a group once they have listened", () =>
    Effect.gen(function*() {
      const groups = yield* Groups.make()
      const node = yield* groups.start(1)
      yield* Effect.sleep(290)
      assert.isNull(node.group.now())
      yield* Effect.sleep(60)
      assert.isTrue(standingOf(node).isEstablished)
      assert.strictEqual(yield* say(node, "alone"), 1)
    }))

  for (const order of [[1, 2, 3, 4, 5], [5, 4, 3, 2, 1], [3, 1, 5, 2, 4]]) {
    inTime(
      `at once, in the order ${order.join(", ")}: are one group, founded by the highest`,
      () =>
        Effect.gen(function*() {
          const groups = yield* Groups.make()
          yield* Effect.forEach(order, groups.start)
          const leader = yield* groups.together(order, 2_000)
          assert.strictEqual(leader.n, 5)
          assert.strictEqual(yield* say(groups.node(1), "all there"), 1)
        })
    )
  }

  inTime("while a group is there: are taken in at once, and learn what was said", () =>
    Effect.gen(function*() {
      const groups = yield* Groups.make()
      const first = yield* groups.start(1)
      yield* Effect.sleep(400)
      yield* say(first, "before")
      const second = yield* groups.start(2)
      yield* groups.together([1, 2], 200)
      assert.deepStrictEqual(textsOf(second), ["before"])
      assert.strictEqual(standingOf(second).leader, idOf(1))
    }))
})

describe("a group", () => {
  inTime("goes on when its leader is killed", () =>
    Effect.gen(function*() {
      const groups = yield* Groups.make()
      const leader = yield* startAll(groups, [1, 2, 3])
      yield* say(leader, "before")
      yield* groups.kill(leader.n)
      const others = groups.live()
      yield* groups.until("a new leader", () => others.find((node) => standingOf(node).isEstablished), 100)
      assert.strictEqual(yield* say(others[0]!, "after"), 2)
    }))

  inTime(
    "of five takes out two that were killed, one that is left of three stays a voter",
    () =>
      Effect.gen(function*() {
        const groups = yield* Groups.make({ options: { removeAfterMs: 2_000 } })
        yield* startAll(groups, [1, 2, 3, 4, 5])
        yield* groups.kill(5)
        yield* groups.kill(4)
        yield* groups.together([1, 2, 3], 4_000)
        yield* groups.kill(3)
        yield* Effect.sleep(4_000)
        const left = yield* groups.until("a leader", () => groups.live().find((node) => standingOf(node).isEstablished))
        assert.deepStrictEqual(standingOf(left).voters, [1, 2, 3].map(idOf))
        yield* say(left, "two of three")
      })
  )

  inTime(
    "waits when a majority is gone, and goes on with a member that was only stopped",
    () =>
      Effect.gen(function*() {
        const groups = yield* Groups.make()
        const leader = yield* startAll(groups, [1, 2])
        const other = groups.live().find((node) => node !== leader)!
        yield* groups.freeze(leader.n)
        yield* Effect.sleep(3_000)
        assert.isNull(standingOf(other).leader)
        yield* groups.thaw(leader.n)
        yield* groups.together([1, 2], 2_000)
        yield* say(other, "both again")
      })
  )

  inTime("of two goes on alone where the one that does not lead is killed", () =>
    Effect.gen(function*() {
      const groups = yield* Groups.make()
      const leader = yield* startAll(groups, [1, 2])
      yield* groups.kill(leader.n === 1 ? 2 : 1)
      yield* groups.together([leader.n], 100)
      assert.strictEqual(yield* say(leader, "alone"), 1)
    }))

  inTime("lets those go who say goodbye", () =>
    Effect.gen(function*() {
      const groups = yield* Groups.make()
      const leader = yield* startAll(groups, [1, 2, 3])
      for (const node of groups.live()) {
        if (node === leader) continue
        yield* groups.end(node)
        yield* groups.together(groups.live().map(({ n }) => n), 200)
      }
      assert.strictEqual(yield* say(leader, "alone"), 1)
    }))

  inTime("takes a node back that was taken out while it could not be reached", () =>
    Effect.gen(function*() {
      const groups = yield* Groups.make({ options: { removeAfterMs: 2_000 } })
      yield* startAll(groups, [1, 2, 3, 4])
      const far = groups.live().find((node) => standingOf(node).leader !== node.id)!
      const near = groups.live().filter((node) => node !== far).map(({ n }) => n)
      yield* groups.split([far.n], near)
      yield* groups.together(near, 6_000)
      yield* say(groups.node(near[0]!), "without")
      yield* groups.rejoin([far.n], near)
      yield* groups.together([1, 2, 3, 4], 3_000)
      assert.deepStrictEqual(textsOf(far), ["without"])
    }))

  inTime("takes a node in anew that has forgotten everything but its id", () =>
    Effect.gen(function*() {
      const groups = yield* Groups.make()
      const leader = yield* startAll(groups, [1, 2, 3])
      yield* say(leader, "before")
      const lost = groups.live().find((node) => node !== leader)!.n
      yield* groups.kill(lost)
      yield* Effect.sleep(50)
      const again = yield* groups.start(lost)
      yield* groups.together([1, 2, 3], 1_000)
      assert.deepStrictEqual(textsOf(again), ["before"])
      yield* groups.kill(leader.n)
      yield* groups.until("a leader", () => groups.live().find((node) => standingOf(node).isEstablished), 500)
      assert.strictEqual(yield* say(again, "after"), 2)
    }))

  inTime("is there again after all its nodes have been killed, where they keep it", () =>
    Effect.gen(function*() {
      const groups = yield* Groups.make({ kept: true })
      const leader = yield* startAll(groups, [1, 2, 3])
      yield* say(leader, "before")
      const { group } = standingOf(leader)
      for (const n of [1, 2, 3]) yield* groups.kill(n)
      for (const n of [1, 2, 3]) yield* groups.start(n)
      const next = yield* groups.together([1, 2, 3], 1_500)
      assert.strictEqual(standingOf(next).group, group)
      assert.strictEqual(yield* say(next, "after"), 2)
    }))

  inTime("goes on, whoever its leader cannot reach", () =>
    Effect.gen(function*() {
      const groups = yield* Groups.make()
      const leader = yield* startAll(groups, [1, 2, 3, 4, 5])
      const others = groups.live().filter((node) => node !== leader)
      const [one, two, three, four] = others.map(({ n }) => n)
      yield* groups.split([leader.n], [one!, two!])
      yield* Effect.sleep(1_500)
      yield* say(leader, "with two others")
      // Who cannot reach it hears from it by way of those.
      yield* say(groups.node(one!), "by way of another")
      yield* groups.split([leader.n], [three!, four!])
      yield* groups.until("another leader", () => others.find((node) => standingOf(node).isEstablished), 1_500)
      yield* say(others[0]!, "without it")
    }))
})

describe("two groups", () => {
  inTime(
    "that were founded apart: the lighter one is dissolved, and its nodes join the other",
    () =>
      Effect.gen(function*() {
        const groups = yield* Groups.make()
        const [few, many] = [[1, 5], [2, 3, 4]]
        for (const n of [...few, ...many]) {
          const node = yield* groups.start(n)
          yield* groups.split([node.n], few.includes(n) ? many : few)
        }
        const [small, large] = [yield* groups.together(few), yield* groups.together(many)]
        yield* say(small, "of few")
        yield* say(large, "of many")
        const { group } = standingOf(large)
        yield* groups.rejoin(few, many)
        yield* groups.together([1, 2, 3, 4, 5], 3_000)
        for (const node of groups.live()) {
          assert.strictEqual(standingOf(node).group, group)
          assert.deepStrictEqual(textsOf(node), ["of many"])
        }
      })
  )

  inTime("that were founded at the same time by many who see nobody are one in the end", () =>
    Effect.gen(function*() {
      const groups = yield* Groups.make()
      const all = [1, 2, 3, 4, 5]
      for (const n of all) {
        yield* groups.start(n)
        yield* groups.split([n], all.filter((other) => other !== n))
      }
      yield* Effect.sleep(2_500)
      assert.isTrue(groups.live().every((node) => standingOf(node).isEstablished))
      yield* groups.rejoin(all, all)
      yield* groups.together(all, 6_000)
    }))
})
