/** What `RaftLog` promises, on a few nodes in virtual time. */
import { assert, describe, it } from "@effect/vitest"
import { Chunk, Effect, Fiber, Stream } from "effect"
import * as VirtualTime from "../../../src/simulation/time/VirtualTime.ts"
import * as Cluster from "./cluster.ts"
import { Texts } from "./machines.ts"

const { idOf } = Cluster
const three = { machine: () => new Texts(), voters: [1, 2, 3] }
const say = (node: Cluster.Node<Texts>, text: string) => Effect.map(node.log.propose(Texts.command(text)), Texts.result)
const sorted = (texts: Iterable<string>) => [...texts].sort()

describe("a Raft log", () => {
  for (const format of ["msgpack", "json"] as const) {
    it(`elects a leader and carries out what any node proposes (${format})`, () =>
      VirtualTime.runSync(Effect.gen(function*() {
        const cluster = yield* Cluster.make({ ...three, format })
        const nodes = yield* cluster.startAll
        const leader = yield* cluster.leader()
        assert.isAtMost(yield* Cluster.nowMs, 1_000)
        for (const [at, node] of nodes.entries()) assert.strictEqual(yield* say(node, `from ${node.n}`), at + 1)
        yield* Effect.sleep(100)
        for (const { log, machine } of nodes) {
          assert.deepStrictEqual(machine.all, ["from 1", "from 2", "from 3"])
          assert.strictEqual(yield* log.leader, leader.id)
          assert.deepStrictEqual((yield* log.members).voters, [1, 2, 3].map(idOf))
        }
      })))
  }

  it("tells what is committed, from any index on", () =>
    VirtualTime.runSync(Effect.gen(function*() {
      const cluster = yield* Cluster.make(three)
      const [a, b] = yield* cluster.startAll
      yield* Effect.forEach(["a", "b", "c"], (text) => say(a!, text))
      const told = yield* Stream.runCollect(Stream.take(b!.log.committed(0), 3))
      const items = Chunk.toReadonlyArray(told)
      assert.deepStrictEqual(
        items.map((item) => item._tag === "command" && new TextDecoder().decode(item.command)),
        ["\"a\"", "\"b\"", "\"c\""]
      )
      const later = yield* Effect.fork(Stream.runHead(b!.log.committed(items[2]!.index + 1)))
      const last = yield* Stream.runHead(b!.log.committed(items[2]!.index))
      assert.strictEqual(last._tag === "Some" && last.value.index, items[2]!.index)
      yield* say(b!, "d")
      const next = yield* Fiber.join(later)
      assert.isTrue(next._tag === "Some" && next.value._tag === "command" && next.value.index > items[2]!.index)
    })))

  describe("whose disks take their time", () => {
    /** Each node's disk syncs while its latch is open. */
    const slow = Effect.gen(function*() {
      const disks = new Map(three.voters.map((n) => [n, Effect.unsafeMakeLatch(true)]))
      const cluster = yield* Cluster.make({ ...three, disk: (n) => ({ sync: disks.get(n)!.await }) })
      yield* cluster.startAll
      const stopAllBut = (n: number | null) => {
        for (const [one, disk] of disks) if (one !== n) disk.unsafeClose()
      }
      const goOn = () => {
        for (const disk of disks.values()) disk.unsafeOpen()
      }
      return { cluster, stopAllBut, goOn }
    })

    it("commits nothing that a majority has not synced: nobody says that it holds an entry before", () =>
      VirtualTime.runSync(Effect.gen(function*() {
        const { cluster, goOn, stopAllBut } = yield* slow
        const leader = yield* cluster.leader()
        yield* say(leader, "before")
        stopAllBut(leader.n)
        const saying = yield* Effect.fork(say(leader, "on its way"))
        yield* Effect.sleep(300)
        assert.isNull(saying.unsafePoll())
        for (const { machine } of cluster.live()) assert.deepStrictEqual(machine.all, ["before"])
        assert.strictEqual(yield* leader.log.leader, leader.id, "it goes on leading: heartbeats need no disk")
        goOn()
        assert.strictEqual(yield* Fiber.join(saying), 2)
      })))

    it("has no leader before a majority has synced its votes", () =>
      VirtualTime.runSync(Effect.gen(function*() {
        const { cluster, goOn, stopAllBut } = yield* slow
        stopAllBut(1)
        yield* Effect.sleep(500)
        for (const { log } of cluster.live()) assert.isNull(yield* log.leader)
        goOn()
        yield* cluster.leader()
      })))
  })

  it("has a new leader well within 100 ms of a leader's death, and loses nothing that was answered", () =>
    VirtualTime.runSync(Effect.gen(function*() {
      const cluster = yield* Cluster.make(three)
      yield* cluster.startAll
      const leader = yield* cluster.leader()
      yield* say(leader, "before")
      const before = yield* Cluster.nowMs
      yield* cluster.kill(leader.n)
      yield* cluster.leader()
      assert.isAtMost((yield* Cluster.nowMs) - before, 60)
      for (const node of cluster.live()) {
        yield* say(node, `after ${node.n}`)
        assert.strictEqual(yield* node.log.read(() => node.machine.all[0]), "before")
      }
    })))

  it("sends what a dead leader took with it to the next at once", () =>
    VirtualTime.runSync(Effect.gen(function*() {
      const cluster = yield* Cluster.make(three)
      yield* cluster.startAll
      const leader = yield* cluster.leader()
      const survivor = cluster.live().find((node) => node !== leader)!
      yield* say(survivor, "before")
      // One hop takes 1 ms: it is on the way, or just there.
      const proposing = yield* Effect.fork(say(survivor, "on its way"))
      yield* Effect.sleep(0.9)
      const before = yield* Cluster.nowMs
      yield* cluster.kill(leader.n)
      assert.strictEqual(yield* Fiber.join(proposing), 2)
      assert.isAtMost((yield* Cluster.nowMs) - before, 100)
    })))

  it("has a new leader within 350 ms of a leader's silence, at the median", () => {
    const times = Array.from({ length: 21 }, (_, seed) =>
      VirtualTime.runSync(
        Effect.gen(function*() {
          const cluster = yield* Cluster.make(three)
          yield* cluster.startAll
          const leader = yield* cluster.leader()
          const others = cluster.live().filter((node) => node !== leader)
          yield* Effect.sleep(37)
          const before = yield* Cluster.nowMs
          yield* cluster.split([leader.n], others.map(({ n }) => n))
          yield* cluster.until(() =>
            Effect.map(Effect.forEach(others, ({ log }) => log.leader), (all) =>
              all.every((one) => one !== null && one !== leader.id))
          )
          return (yield* Cluster.nowMs) - before
        }),
        { seed: seed + 1 }
      )).sort((a, b) => a - b)
    assert.isAtMost(times[10]!, 350, times.join(" "))
  })

  it("carries out each command once, whoever leads and dies meanwhile", () => {
    for (let seed = 1; seed <= 5; seed++) {
      VirtualTime.runSync(
        Effect.gen(function*() {
          const cluster = yield* Cluster.make(three)
          yield* cluster.startAll
          const first = yield* cluster.leader()
          const proposer = cluster.live().find((node) => node !== first)!
          const expected: Array<string> = []
          const proposing = yield* Effect.fork(Effect.forEach(
            Array.from({ length: 40 }, (_, worker) => worker),
            (worker) =>
              Effect.forEach([0, 1, 2, 3, 4], (round) => {
                expected.push(`${worker}/${round}`)
                return say(proposer, `${worker}/${round}`)
              }),
            { concurrency: "unbounded" }
          ))
          for (let crash = 0; crash < 4; crash++) {
            yield* Effect.sleep(3 + crash)
            const leader = yield* cluster.leader()
            if (leader === proposer) {
              const to = cluster.live().find((node) => node !== proposer)!
              yield* Effect.ignore(proposer.log.transfer(to.id))
              continue
            }
            yield* cluster.kill(leader.n)
            yield* Effect.sleep(60)
            yield* cluster.start(leader.n)
          }
          const results = (yield* Fiber.join(proposing)).flat()
          assert.strictEqual(new Set(results).size, 200)
          yield* Effect.sleep(500)
          for (const { machine } of cluster.live()) {
            assert.deepStrictEqual(sorted(machine.all), sorted(expected))
            assert.deepStrictEqual(machine.all, proposer.machine.all)
          }
        }),
        { seed }
      )
    }
  })

  it("carries out each command once even if sessions are forgotten as soon as others are used", () =>
    VirtualTime.runSync(Effect.gen(function*() {
      const cluster = yield* Cluster.make({ ...three, options: { sessions: { sessionsMax: 1, resultsMax: 256 } } })
      const nodes = yield* cluster.startAll
      for (let round = 0; round < 12; round++) {
        assert.strictEqual(yield* say(nodes[round % 3]!, `${round}`), round + 1)
      }
    })))

  it("answers reads with what was committed before, at any node", () =>
    VirtualTime.runSync(Effect.gen(function*() {
      const cluster = yield* Cluster.make({ ...three, latencyMs: 5 })
      const nodes = yield* cluster.startAll
      for (let round = 0; round < 20; round++) {
        const writer = nodes[round % 3]!
        yield* say(writer, `${round}`)
        yield* Effect.forEach(nodes, (node) =>
          Effect.map(
            node.log.read(() => node.machine.all.length),
            (length) => assert.strictEqual(length, round + 1)
          ), {
          concurrency: "unbounded"
        })
      }
    })))

  it("on the smaller side of a split answers nothing, and takes over what the larger did", () =>
    VirtualTime.runSync(Effect.gen(function*() {
      const cluster = yield* Cluster.make({ ...three, options: { timeoutTicks: 100 } })
      yield* cluster.startAll
      const old = yield* cluster.leader()
      const others = cluster.live().filter((node) => node !== old)
      yield* say(old, "before")
      yield* cluster.split([old.n], others.map(({ n }) => n))
      const lost = yield* Effect.fork(Effect.flip(say(old, "alone")))
      const unread = yield* Effect.fork(Effect.flip(old.log.read(() => old.machine.all.length)))
      yield* cluster.leader(() => others)
      yield* say(others[0]!, "meanwhile")
      assert.strictEqual((yield* Fiber.join(lost)).reason, "unknown-outcome")
      assert.strictEqual((yield* Fiber.join(unread)).reason, "unavailable")
      assert.deepStrictEqual(old.machine.all, ["before"])
      yield* cluster.rejoin([old.n], others.map(({ n }) => n))
      yield* Effect.sleep(2_000)
      for (const { machine } of cluster.live()) {
        // What nobody waits for any more is carried out none the less, once.
        assert.deepStrictEqual(machine.all, ["before", "meanwhile", "alone"])
      }
    })))
})

describe("bounds", () => {
  it("refuses what is too large or too much, without effect", () =>
    VirtualTime.runSync(Effect.gen(function*() {
      const cluster = yield* Cluster.make({ ...three, options: { waitingMax: 4 } })
      const [a] = yield* cluster.startAll
      const error = yield* Effect.flip(a!.log.propose(new Uint8Array(32 * 1024 + 1)))
      assert.strictEqual(error.reason, "too-large")
      const results = yield* Effect.forEach(
        Array.from({ length: 8 }, (_, at) => `${at}`),
        (text) => Effect.either(say(a!, text)),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(results.filter(({ _tag }) => _tag === "Right").length, 4)
      for (const result of results) if (result._tag === "Left") assert.strictEqual(result.left.reason, "busy")
      assert.strictEqual(a!.machine.all.length, 4)
    })))

  it("takes commands as large as they may be, from a follower too", () =>
    VirtualTime.runSync(Effect.gen(function*() {
      const cluster = yield* Cluster.make(three)
      yield* cluster.startAll
      const leader = yield* cluster.leader()
      const follower = cluster.live().find((node) => node !== leader)!
      const text = "x".repeat(32 * 1024 - 2)
      assert.strictEqual(yield* say(follower, text), 1)
      assert.strictEqual(leader.machine.all[0], text)
    })))

  it("without a leader gives up in time, without effect where nothing was sent", () =>
    VirtualTime.runSync(Effect.gen(function*() {
      const cluster = yield* Cluster.make({ ...three, options: { timeoutTicks: 20 } })
      const alone = yield* cluster.start(1)
      const error = yield* Effect.flip(say(alone, "alone"))
      assert.strictEqual(error.reason, "unavailable")
      assert.isAtMost(yield* Cluster.nowMs, 400)
    })))
})
