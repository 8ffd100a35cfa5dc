/** How nodes come and go, and how leadership is handed over. */
import { assert, describe, it } from "@effect/vitest"
import { Chunk, Effect, Fiber, Stream } from "effect"
import * as VirtualTime from "../../../src/simulation/time/VirtualTime.ts"
import * as Cluster from "./cluster.ts"
import { Texts } from "./machines.ts"

const { idOf } = Cluster
const three = { machine: () => new Texts(), voters: [1, 2, 3] }
const say = (node: Cluster.Node<Texts>, text: string) => Effect.map(node.log.propose(Texts.command(text)), Texts.result)

describe("the membership", () => {
  it("takes a node in, which learns the log before it votes", () =>
    VirtualTime.runSync(Effect.gen(function*() {
      const cluster = yield* Cluster.make(three)
      yield* cluster.startAll
      const leader = yield* cluster.leader()
      yield* Effect.forEach(Array.from({ length: 50 }, (_, at) => `${at}`), (text) => say(leader, text), {
        concurrency: "unbounded"
      })
      const fourth = yield* cluster.start(4, [])
      yield* Effect.sleep(100)
      assert.deepStrictEqual((yield* fourth.log.members).voters, [])
      yield* leader.log.addMember(fourth.id)
      assert.deepStrictEqual(yield* leader.log.members, { voters: [1, 2, 3, 4].map(idOf), learners: [] })
      assert.strictEqual(yield* say(fourth, "from the fourth"), 51)
      assert.deepStrictEqual(fourth.machine.all, leader.machine.all)
      // Three of four are needed now: without it and one other nothing goes on.
      yield* leader.log.addMember(fourth.id)
      assert.strictEqual((yield* leader.log.members).voters.length, 4)
    })))

  it("leaves a node that does not come a learner, who hinders nobody", () =>
    VirtualTime.runSync(Effect.gen(function*() {
      const cluster = yield* Cluster.make({ ...three, options: { timeoutTicks: 40 } })
      yield* cluster.startAll
      const leader = yield* cluster.leader()
      yield* say(leader, "before")
      const error = yield* Effect.flip(leader.log.addMember(idOf(9)))
      assert.strictEqual(error.reason, "unavailable")
      assert.deepStrictEqual(yield* leader.log.members, { voters: [1, 2, 3].map(idOf), learners: [idOf(9)] })
      assert.strictEqual(yield* say(leader, "after"), 2)
    })))

  it("lets a node go, the leader too", () =>
    VirtualTime.runSync(Effect.gen(function*() {
      const cluster = yield* Cluster.make(three)
      yield* cluster.startAll
      const leader = yield* cluster.leader()
      yield* say(leader, "before")
      yield* leader.log.removeMember(leader.id)
      const others = cluster.live().filter((node) => node !== leader)
      const next = yield* cluster.leader(() => others)
      assert.notStrictEqual(next, leader)
      assert.deepStrictEqual((yield* next.log.members).voters, others.map(({ id }) => id).sort())
      assert.strictEqual(yield* say(next, "after"), 2)
      assert.deepStrictEqual(leader.machine.all, ["before"])
    })))

  it("is the leader's to change, who is named", () =>
    VirtualTime.runSync(Effect.gen(function*() {
      const cluster = yield* Cluster.make(three)
      yield* cluster.startAll
      const leader = yield* cluster.leader()
      const follower = cluster.live().find((node) => node !== leader)!
      for (const act of ["addMember", "removeMember", "transfer"] as const) {
        const error = yield* Effect.flip(follower.log[act](idOf(4)))
        assert.strictEqual(error.reason, "not-leader")
        assert.strictEqual(error.leader, leader.id)
      }
      assert.strictEqual((yield* Effect.flip(leader.log.transfer(idOf(9)))).reason, "refused")
    })))
})

describe("leadership", () => {
  it("is handed over, without a pause that anybody notices", () =>
    VirtualTime.runSync(Effect.gen(function*() {
      const cluster = yield* Cluster.make(three)
      yield* cluster.startAll
      const leader = yield* cluster.leader()
      const to = cluster.live().find((node) => node !== leader)!
      yield* say(leader, "before")
      const before = yield* Cluster.nowMs
      yield* leader.log.transfer(to.id)
      assert.strictEqual(yield* leader.log.leader, to.id)
      assert.strictEqual(yield* say(leader, "after"), 2)
      assert.isAtMost((yield* Cluster.nowMs) - before, 50)
    })))

  it("is told as it changes", () =>
    VirtualTime.runSync(Effect.gen(function*() {
      const cluster = yield* Cluster.make(three)
      yield* cluster.startAll
      const leader = yield* cluster.leader()
      const [a, b] = cluster.live().filter((node) => node !== leader)
      const telling = yield* Effect.fork(
        Stream.runCollect(Stream.takeUntil(a!.log.changes, (one) => one.leader === b!.id))
      )
      yield* Effect.sleep(50)
      yield* leader.log.transfer(b!.id)
      const told = Chunk.toReadonlyArray(yield* Fiber.join(telling))
      assert.strictEqual(told[0]!.leader, leader.id)
      assert.isTrue(told.every((one, at) => at === 0 || one.term >= told[at - 1]!.term))
      assert.isAbove(told.at(-1)!.term, told[0]!.term)
    })))
})
