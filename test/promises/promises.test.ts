/** The promises of the design, on whole nodes. */
import { Effect } from "effect"
import { assert, describe } from "vitest"
import { inTime } from "../cluster/checks.ts"
import {
  agreedHost,
  differentStates,
  lostOf,
  mistakes,
  setbacks,
  stateOf,
  statusOf,
  unlawfulReigns
} from "../cluster/cluster.ts"
import { seeds, suffer } from "./disasters.ts"

const everything = ["kill", "start", "quit", "freeze", "lag", "cut", "heal"] as const

describe("promise 1: a node accepts at most one host per epoch, and its accepted reign never goes back", () => {
  for (const seed of seeds(4, 100)) {
    for (const quorum of [false, true]) {
      inTime(
        `${quorum ? "with a quorum" : "without"}, whatever befalls the cluster (${seed})`,
        () =>
          Effect.gen(function*() {
            const { everybody, story } = yield* suffer({ seed, kinds: everything, settings: { quorum } })
            for (const node of everybody) assert.deepStrictEqual(unlawfulReigns(node), [], `node ${node.n}: ${story}`)
          })
      )
    }
  }
})

describe("promise 2: no screen's clock, score or acknowledgement goes back", () => {
  for (const seed of seeds(6, 200)) {
    inTime(`whoever dies, quits or joins (${seed})`, () =>
      Effect.gen(function*() {
        const { cluster, everybody, story } = yield* suffer({ seed, kinds: ["kill", "lag", "quit", "start"], nodes: 5 })
        for (const node of everybody) assert.deepStrictEqual(setbacks(node.views), [], `node ${node.n}: ${story}`)
        for (const node of cluster.live()) {
          assert.isEmpty(lostOf(node), `node ${node.n}: ${story}`)
          assert.strictEqual((yield* statusOf(node)).counters.regressions, 0)
        }
      }))
    inTime(`with a quorum, whatever is cut or stopped too (${seed})`, () =>
      Effect.gen(function*() {
        const kinds = ["freeze", "lag", "cut", "heal"] as const
        const { everybody, story } = yield* suffer({ seed, kinds, nodes: 5, settings: { quorum: true } })
        for (const node of everybody) {
          assert.deepStrictEqual(setbacks(node.views), [], `node ${node.n}: ${story}`)
          assert.isEmpty(lostOf(node), `node ${node.n}: ${story}`)
        }
      }))
    inTime(`without one, the losing side of a split is told each time (${seed})`, () =>
      Effect.gen(function*() {
        const { everybody, story } = yield* suffer({ seed, kinds: ["cut", "cut", "heal"], nodes: 5 })
        for (const node of everybody) {
          const back = setbacks(node.views).filter((what) => what.startsWith("clock"))
          assert.isAtLeast(lostOf(node).length, back.length, `node ${node.n}: ${story}; ${back}`)
        }
      }))
  }
})

describe("promise 3: an acknowledged input is applied exactly once, any other at most once", () => {
  for (const seed of seeds(6, 300)) {
    inTime(`whoever dies, quits or joins (${seed})`, () =>
      Effect.gen(function*() {
        const { cluster, story } = yield* suffer({ seed, kinds: ["kill", "lag", "quit", "start"], nodes: 5 })
        for (const node of cluster.live()) {
          const state = yield* stateOf(node)
          for (const account of node.accounts) {
            assert.deepStrictEqual(mistakes(account, state), [], `node ${node.n}: ${story}`)
          }
          assert.strictEqual((yield* statusOf(node)).counters.inputsDisputed, 0)
        }
      }))
    inTime(`with a quorum, whatever is cut or stopped too (${seed})`, () =>
      Effect.gen(function*() {
        const kinds = ["freeze", "lag", "cut", "heal"] as const
        const { cluster, story } = yield* suffer({ seed, kinds, nodes: 5, settings: { quorum: true } })
        for (const node of cluster.live()) {
          const state = yield* stateOf(node)
          for (const account of node.accounts) {
            assert.deepStrictEqual(mistakes(account, state), [], `node ${node.n}: ${story}`)
          }
        }
      }))
  }
})

describe("promise 5: with faults over there is one host, one state, and nothing is left over", () => {
  for (const seed of seeds(6, 500)) {
    for (const quorum of [false, true]) {
      inTime(`${quorum ? "with a quorum" : "without"}, after any disasters (${seed})`, () =>
        Effect.gen(function*() {
          // With a quorum nobody dies: those who do are members for ever, and may leave no majority.
          const kinds = quorum ? ["freeze", "cut", "heal"] as const : everything
          const { cluster, story } = yield* suffer({ seed, kinds, settings: { quorum } })
          assert.isNotNull(yield* agreedHost(cluster.live()), `${story}`)
          for (const [seq, states] of yield* differentStates(cluster.live())) {
            assert.strictEqual(states, 1, `at event ${seq}: ${story}`)
          }
          for (const node of cluster.live()) yield* cluster.end(node)
          yield* Effect.sleep(100)
          assert.strictEqual(yield* cluster.fibers, 0)
        }))
    }
  }
})
