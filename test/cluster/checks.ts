/** What must hold of every node that lived through something. */
import { Effect, type Scope } from "effect"
import { assert, it } from "vitest"
import * as VirtualTime from "../../src/simulation/time/VirtualTime.ts"
import {
  agreedHost,
  type Cluster,
  differentStates,
  idOf,
  mistakes,
  setbacks,
  stateOf,
  statusOf,
  type TestNode,
  unlawfulReigns
} from "./cluster.ts"

/** A test in virtual time. */
export const inTime = <E>(name: string, body: () => Effect.Effect<void, E, Scope.Scope>): void =>
  it(name, () => VirtualTime.runSync(body()), 60_000)

/** No promise was broken on these nodes: for those whose lineage went on. */
export const unbroken = (nodes: ReadonlyArray<TestNode>) =>
  Effect.gen(function*() {
    for (const node of nodes) {
      const { counters } = yield* statusOf(node)
      const where = `on node ${node.n}`
      assert.deepStrictEqual(setbacks(node.views), [], where)
      assert.deepStrictEqual(unlawfulReigns(node), [], where)
      assert.strictEqual(counters.regressions, 0, where)
      assert.strictEqual(counters.inputsDisputed, 0, where)
      assert.strictEqual(counters.framesRejected, 0, where)
      const state = yield* stateOf(node)
      for (const account of node.accounts) assert.deepStrictEqual(mistakes(account, state), [], where)
    }
  })

/** They all follow this one, hold the same state, and play goes on. */
export const settledOn = (cluster: Cluster, host: number) =>
  Effect.gen(function*() {
    const nodes = cluster.live()
    assert.strictEqual(yield* agreedHost(nodes), idOf(host))
    for (const [seq, states] of yield* differentStates(nodes)) assert.strictEqual(states, 1, `at event ${seq}`)
    const before = yield* Effect.forEach(nodes, (node) => stateOf(node))
    yield* Effect.sleep(200)
    const after = yield* Effect.forEach(nodes, (node) => stateOf(node))
    after.forEach((state, i) => assert.isAbove(state.clock, before[i]!.clock, `node ${nodes[i]!.n} plays`))
  })
