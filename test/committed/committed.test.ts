/** What a committed game promises on real nodes, on a virtual LAN, in virtual time. */
import { Context, Effect, Fiber, Option } from "effect"
import { assert, describe } from "vitest"
import type { GroupDisk } from "../../src/layers/group/RaftGroupStorageMemory.ts"
import { GameServer } from "../../src/services/GameServer.ts"
import { inTime } from "../cluster/checks.ts"
import { advance, stateOf, statusOf } from "../cluster/cluster.ts"
import { agree, awayAt, founded, goesOn, make, together, unbroken, until } from "./playing.ts"

describe("a committed game", () => {
  for (const ns of [[1], [1, 2, 3], [1, 2, 3, 4, 5]]) {
    inTime(`is played on ${ns.length} nodes, and all fold the same`, () =>
      Effect.gen(function*() {
        const cluster = yield* make()
        yield* founded(cluster, ns, { bots: 1 })
        yield* goesOn(cluster.live())
        yield* unbroken(cluster.live())
        const state = yield* stateOf(cluster.node(1))
        assert.strictEqual(state.seats.length, ns.length)
        for (const node of cluster.live()) assert.deepStrictEqual(awayAt(state, node), [])
      }))
  }

  inTime("nothing happens by itself: without inputs its clock stands still", () =>
    Effect.gen(function*() {
      const cluster = yield* make()
      const leader = yield* founded(cluster, [1, 2, 3])
      yield* advance(500)
      const before = yield* stateOf(leader)
      yield* advance(5_000)
      const after = yield* stateOf(leader)
      assert.strictEqual(after.clock, 0)
      assert.strictEqual(after.seq, before.seq)
    }))

  for (const ns of [[1, 2, 3], [1, 2, 3, 4, 5]]) {
    inTime(
      `of ${ns.length} nodes goes on when its leader is killed in the middle of it, and nothing committed is lost`,
      () =>
        Effect.gen(function*() {
          const cluster = yield* make()
          const leader = yield* founded(cluster, ns, { bots: 2 })
          yield* goesOn(cluster.live())
          const before = yield* stateOf(leader)
          const rest = cluster.live().filter((node) => node !== leader)
          yield* cluster.kill(leader)
          yield* goesOn(rest)
          yield* until(
            "the dead leader's seats to be away",
            Effect.map(stateOf(rest[0]!), (state) => awayAt(state, leader).length === 2)
          )
          yield* unbroken(rest)
          for (const node of rest) {
            const { reigns } = yield* statusOf(node)
            assert.strictEqual(reigns.at(-1)!.cause, "crash")
            assert.isAbove((yield* stateOf(node)).clock, before.clock)
          }
          const [told] = rest.flatMap(({ notices }) => notices.filter((one) => "_tag" in one && one.cause === "crash"))
          assert.isTrue(told !== undefined && "_tag" in told && told.nothingLost && told.interregnumMs! < 500)
        })
    )
  }

  inTime(
    "goes on without a leader that is cut off, which shows nothing that is not committed",
    () =>
      Effect.gen(function*() {
        const cluster = yield* make()
        const leader = yield* founded(cluster, [1, 2, 3, 4, 5], { bots: 1 })
        yield* goesOn(cluster.live())
        const others = cluster.live().filter((node) => node !== leader)
        yield* cluster.split([leader.n], others.map(({ n }) => n))
        yield* advance(3_000)
        const alone = yield* stateOf(leader)
        yield* goesOn(others)
        assert.strictEqual((yield* stateOf(leader)).seq, alone.seq)
        assert.strictEqual((yield* statusOf(leader)).role, "electing")
        assert.lengthOf(awayAt(yield* stateOf(others[0]!), leader), 1)
        yield* cluster.rejoin([leader.n], others.map(({ n }) => n))
        yield* until(
          "its player to be back",
          Effect.map(stateOf(others[0]!), (state) => awayAt(state, leader).length === 0)
        )
        yield* together(cluster, [1, 2, 3, 4, 5])
        yield* goesOn(cluster.live())
        yield* unbroken(cluster.live())
      })
  )

  inTime("is handed over when its leader ends", () =>
    Effect.gen(function*() {
      const cluster = yield* make()
      const leader = yield* founded(cluster, [1, 2, 3], { bots: 1 })
      yield* goesOn(cluster.live())
      yield* cluster.quit(leader)
      const rest = cluster.live()
      yield* together(cluster, rest.map(({ n }) => n))
      yield* goesOn(rest)
      yield* unbroken(rest)
      assert.isTrue(
        (yield* statusOf(rest[0]!)).reigns.some(({ cause, host }) => cause === "handover" && host !== leader.peerId)
      )
    }))

  inTime("a leader that ends while nobody can take over does not wait for ever", () =>
    Effect.gen(function*() {
      const cluster = yield* make()
      const leader = yield* founded(cluster, [1, 2, 3], { bots: 1 })
      yield* cluster.split([leader.n], cluster.live().filter((node) => node !== leader).map(({ n }) => n))
      // As its last act: nothing interrupts that.
      const ended = yield* Effect.fork(Effect.uninterruptible(Context.get(leader.context, GameServer).retire))
      yield* advance(5_000)
      assert.isTrue(Option.isSome(yield* Fiber.poll(ended)))
    }))

  for (const snapshotEvery of [undefined, 20]) {
    const how = snapshotEvery === undefined ? "by the log" : "by a snapshot"
    inTime(`a killed node comes back with what it kept, and is caught up ${how}`, () =>
      Effect.gen(function*() {
        const cluster = yield* make(snapshotEvery === undefined ? {} : { log: { raft: { snapshotEvery } } })
        const disks = new Map<number, GroupDisk>()
        const leader = yield* founded(cluster, [1, 2, 3], { bots: 1 }, disks)
        yield* goesOn(cluster.live())
        const rest = cluster.live().filter((node) => node !== leader)
        yield* cluster.kill(leader)
        disks.get(leader.n)!.crash()
        for (let i = 0; i < 10; i++) yield* goesOn(rest)
        const again = yield* cluster.start(leader.n, { disk: disks.get(leader.n)! })
        yield* together(cluster, [1, 2, 3])
        yield* goesOn(rest)
        yield* until(
          "it to have caught up",
          Effect.gen(function*() {
            const [own, other] = [yield* stateOf(again), yield* stateOf(rest[0]!)]
            return own.seq >= other.seq - 5
          })
        )
        yield* agree(cluster.live())
        yield* unbroken(cluster.live())
      }))
  }
})
