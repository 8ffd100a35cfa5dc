/** A register over a Raft log is linearizable, whatever crashes, is cut off, or loses what was not synced. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Random } from "effect"
import { defaults } from "../../../src/layers/raft/RaftLogOptions.ts"
import * as VirtualTime from "../../../src/simulation/time/VirtualTime.ts"
import { check, describeVerdict } from "../../linearizability/check.ts"
import { Recorder } from "../../linearizability/History.ts"
import { type Input, model, type Output } from "../../linearizability/Register.ts"
import * as Cluster from "./cluster.ts"
import { Register } from "./machines.ts"

const voters = [1, 2, 3]
const valuesMax = 4

const anyInput = Effect.gen(function*() {
  const [value, to] = [yield* Random.nextIntBetween(0, valuesMax), yield* Random.nextIntBetween(0, valuesMax)]
  const inputs: ReadonlyArray<Input> = [
    { _tag: "read" },
    { _tag: "read" },
    { _tag: "write", value },
    { _tag: "cas", from: value, to }
  ]
  return inputs[yield* Random.nextIntBetween(0, inputs.length)]!
})

const run = (seed: number) =>
  VirtualTime.runSync(
    Effect.gen(function*() {
      const cluster = yield* Cluster.make({
        machine: () => new Register(),
        voters,
        options: { snapshotEvery: 25, core: { ...defaults.core, trailingEntries: 4 } },
        disk: () => ({ sync: Effect.flatMap(Random.nextIntBetween(0, 4), (ms) => Effect.sleep(ms)) })
      })
      yield* cluster.startAll
      yield* cluster.leader()
      const recorder = new Recorder<Input, Output>()
      const counts = { ok: 0, unknown: 0, kills: 0, splits: 0, leaders: new Set<string>() }
      const clients = { over: false }

      const operation = (node: Cluster.Node<Register>, input: Input): Effect.Effect<Output, unknown> =>
        input._tag === "read"
          ? node.log.read(() => node.machine.value)
          : Effect.map(node.log.propose(Register.command(input)), Register.result)

      const client = Effect.fnUntraced(function*(name: number) {
        for (let turn = 0; turn < 60; turn++) {
          yield* Effect.sleep(yield* Random.nextIntBetween(1, 60))
          const nodes = cluster.live()
          const node = nodes[yield* Random.nextIntBetween(0, Math.max(1, nodes.length))]
          if (node === undefined) continue
          const input = yield* anyInput
          const call = recorder.invoke(name, input)
          const result = yield* Effect.option(Effect.timeout(operation(node, input), 400))
          if (result._tag === "Some") {
            recorder.ok(call, result.value)
            counts.ok++
          } else if (input._tag === "read") recorder.fail(call)
          else {
            recorder.unknown(call)
            counts.unknown++
          }
        }
      })

      const faults = Effect.gen(function*() {
        while (!clients.over) {
          yield* Effect.sleep(yield* Random.nextIntBetween(50, 300))
          const n = yield* Random.nextIntBetween(1, 4)
          const rest = voters.filter((one) => one !== n)
          if (yield* Random.nextBoolean) {
            counts.kills++
            yield* cluster.kill(n)
            yield* Effect.sleep(yield* Random.nextIntBetween(1, 300))
            yield* cluster.start(n)
          } else {
            counts.splits++
            yield* cluster.split([n], rest)
            yield* Effect.sleep(yield* Random.nextIntBetween(50, 600))
            yield* cluster.rejoin([n], rest)
          }
          for (const { log } of cluster.live()) counts.leaders.add(String(yield* log.leader))
        }
      })

      const faulty = yield* Effect.fork(faults)
      yield* Effect.forEach([1, 2, 3, 4, 5], client, { concurrency: "unbounded" })
      clients.over = true
      yield* Fiber.join(faulty)
      const verdict = check(model, recorder.operations())
      assert.strictEqual(verdict._tag, "linearizable", `seed ${seed}: ${describeVerdict(model, verdict)}`)
      // With faults over all nodes are the same again.
      yield* Effect.sleep(2_000)
      const leader = yield* cluster.leader()
      const value = yield* Effect.timeout(leader.log.read(() => leader.machine.value), 2_000)
      for (const node of cluster.live()) {
        assert.strictEqual(yield* node.log.read(() => node.machine.value), value)
      }
      return counts
    }),
    { seed }
  )

describe("a register over a Raft log", () => {
  for (let seed = 1; seed <= 8; seed++) {
    it(`is linearizable under crashes and partitions, seed ${seed}`, () => {
      const { kills, leaders, ok, splits } = run(seed)
      assert.isAbove(ok, 60, "most of it must have gone through")
      assert.isAbove(kills, 0)
      assert.isAbove(splits, 0)
      assert.isAbove(leaders.size, 1)
    })
  }
})
