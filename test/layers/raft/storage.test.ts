/** What outlives a node: its log on disk, and snapshots in place of it. */
import { assert, describe, it } from "@effect/vitest"
import { Chunk, Effect, Fiber, Logger, LogLevel, Stream } from "effect"
import { defaults } from "../../../src/layers/raft/RaftLogOptions.ts"
import { RaftStorageError } from "../../../src/services/RaftStorage.ts"
import * as VirtualTime from "../../../src/simulation/time/VirtualTime.ts"
import * as Cluster from "./cluster.ts"
import { Texts } from "./machines.ts"

const three = { machine: () => new Texts(), voters: [1, 2, 3] }
const say = (node: Cluster.Node<Texts>, text: string) => Effect.map(node.log.propose(Texts.command(text)), Texts.result)
const sayAll = (node: Cluster.Node<Texts>, texts: ReadonlyArray<string>) =>
  Effect.forEach(texts, (text) => say(node, text), { concurrency: "unbounded" })
const texts = (count: number, width = 4) => Array.from({ length: count }, (_, at) => String(at).padStart(width, "0"))

describe("what is stored", () => {
  it("is there again when all nodes were dead at once", () => {
    for (let seed = 1; seed <= 5; seed++) {
      VirtualTime.runSync(
        Effect.gen(function*() {
          // Far slower than the network: what was told before it was synced would be gone.
          const cluster = yield* Cluster.make({ ...three, disk: () => ({ sync: Effect.sleep(20) }) })
          const [a] = yield* cluster.startAll
          const answered: Array<string> = []
          yield* Effect.fork(Effect.forEach(
            texts(5_000),
            (text) => Effect.map(say(a!, text), () => void answered.push(text)),
            { concurrency: 16 }
          ))
          yield* Effect.sleep(600)
          for (const n of [1, 2, 3]) yield* cluster.kill(n)
          const kept = [...answered]
          assert.isAbove(kept.length, 0)
          assert.isBelow(kept.length, 5_000, "it must be under way")
          yield* cluster.startAll
          const leader = yield* cluster.leader()
          const length = yield* leader.log.read(() => leader.machine.all.length)
          assert.includeMembers(leader.machine.all, kept)
          assert.strictEqual(new Set(leader.machine.all).size, length)
        }),
        { seed }
      )
    }
  })

  it("becomes a snapshot, from which a node starts again", () =>
    VirtualTime.runSync(Effect.gen(function*() {
      const options = { snapshotEvery: 40, core: { ...defaults.core, trailingEntries: 5 } }
      const cluster = yield* Cluster.make({ ...three, options })
      yield* cluster.startAll
      const leader = yield* cluster.leader()
      const follower = cluster.live().find((node) => node !== leader)!
      yield* sayAll(leader, texts(100))
      yield* Effect.sleep(100)
      yield* cluster.kill(follower.n)
      const stored = cluster.diskOf(follower.n).stored!
      assert.isAtLeast(stored.snapshot.index, 80)
      assert.isAtMost(stored.entries.length, 60)
      const again = yield* cluster.start(follower.n)
      assert.deepStrictEqual(yield* again.log.read(() => again.machine.all.length), 100)
      assert.deepStrictEqual(again.machine.all, leader.machine.all)
      assert.strictEqual(again.machine.restores, 1)
      assert.strictEqual(yield* say(again, "more"), 101)
      // What the snapshot stands for is not told one by one.
      const first = yield* Stream.runHead(again.log.committed(0))
      assert.strictEqual(first._tag === "Some" && first.value._tag, "snapshot")
    })))

  it("reaches a node that lacks what is compacted, in as many parts as it takes", () =>
    VirtualTime.runSync(Effect.gen(function*() {
      const options = { snapshotEvery: 40, core: { ...defaults.core, trailingEntries: 5 } }
      const cluster = yield* Cluster.make({ ...three, options })
      yield* cluster.startAll
      const leader = yield* cluster.leader()
      const laggard = cluster.live().find((node) => node !== leader)!
      yield* cluster.kill(laggard.n)
      // 2.4 MB: a dozen parts and more, three windows.
      yield* sayAll(leader, texts(80, 30_000))
      const again = yield* cluster.start(laggard.n)
      assert.strictEqual(yield* again.log.read(() => again.machine.all.length), 80)
      assert.strictEqual(again.machine.restores, 1)
      assert.deepStrictEqual(again.machine.all, leader.machine.all)
      assert.strictEqual(yield* say(again, "more"), 81)
    })))

  it("takes what a proposer waits for out of a snapshot", () =>
    VirtualTime.runSync(Effect.gen(function*() {
      const options = { snapshotEvery: 20, core: { ...defaults.core, trailingEntries: 2 } }
      const cluster = yield* Cluster.make({ ...three, options })
      yield* cluster.startAll
      const leader = yield* cluster.leader()
      const [cut, other] = cluster.live().filter((node) => node !== leader)
      yield* say(cut!, "first")
      // What it proposes arrives; what comes of it does not.
      yield* cluster.lan.cutOneWay(leader.id, cut!.id)
      yield* cluster.lan.cutOneWay(other!.id, cut!.id)
      const proposing = yield* Effect.fork(say(cut!, "second"))
      yield* cluster.until(() => Effect.sync(() => leader.machine.all.length === 2))
      yield* sayAll(leader, texts(60))
      yield* cluster.lan.heal(leader.id, cut!.id)
      yield* cluster.lan.heal(other!.id, cut!.id)
      assert.strictEqual(yield* Fiber.join(proposing), 2)
      yield* cluster.until(() => Effect.sync(() => cut!.machine.all.length === 62))
      assert.deepStrictEqual(cut!.machine.all, (yield* cluster.leader()).machine.all)
    })))

  it("is no more once the disk refuses: the node stops, and the others go on", () =>
    VirtualTime.runSync(
      Effect.gen(function*() {
        let broken = 0
        const disk = (n: number) => ({
          sync: Effect.suspend(() =>
            broken === n ? Effect.fail(new RaftStorageError({ reason: "io", detail: "no space" })) : Effect.void
          )
        })
        const cluster = yield* Cluster.make({ ...three, disk })
        yield* cluster.startAll
        const leader = yield* cluster.leader()
        broken = leader.n
        const error = yield* Effect.flip(say(leader, "proposed"))
        assert.strictEqual(error.reason, "stopped")
        assert.strictEqual((yield* Effect.flip(leader.log.read(() => 1))).reason, "stopped")
        const ended = yield* Effect.flip(Stream.runDrain(leader.log.committed(0)))
        assert.strictEqual(ended.reason, "stopped")
        const others = cluster.live().filter((node) => node !== leader)
        const next = yield* cluster.leader(() => others)
        yield* say(next, "after")
        assert.strictEqual(next.machine.all.at(-1), "after")
      }).pipe(Logger.withMinimumLogLevel(LogLevel.None))
    ))

  it("lets a reader of what is committed lag so far, and tells one that is too late", () =>
    VirtualTime.runSync(Effect.gen(function*() {
      const cluster = yield* Cluster.make({ ...three, options: { committedMax: 32 } })
      const [a] = yield* cluster.startAll
      yield* sayAll(a!, texts(100))
      assert.strictEqual((yield* Effect.flip(Stream.runHead(a!.log.committed(0)))).reason, "compacted")
      const applied = yield* a!.log.applied
      const last = yield* Stream.runCollect(Stream.take(a!.log.committed(applied - 9), 10))
      assert.strictEqual(Chunk.size(last), 10)
    })))
})
