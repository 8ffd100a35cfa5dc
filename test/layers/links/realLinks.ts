/** What links over each protocol of this machine promise alike: addresses, and handles. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { linkedTo, World } from "../../../src/testing/LinkNodes.ts"
import type { WiringOf } from "./linkNodes.ts"

const handles = () => process.getActiveResourcesInfo().filter((name) => /TCP|Pipe|UDP/.test(name)).length

/** One turn of the event loop. */
export const turn = Effect.async<void>((resume) => void setImmediate(() => resume(Effect.void)))

/** The addresses begin with `network`, three numbers of 127.0.0.0/8. */
export const describeLinksOf = (wiring: WiringOf, network: string): void => {
  describe("an address", () => {
    it.scopedLive("that is not this machine's is an error that says so", () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(new World(wiring(() => ({ address: "203.0.113.7", port: 0 }))).node({ n: 1 }))
        assert.strictEqual(error.reason, "address")
        assert.include(error.detail, "203.0.113.7")
        assert.include(error.detail, "127.0.0.1")
      }))

    it.scopedLive("of its own is what a node dials from", () =>
      Effect.gen(function*() {
        const world = new World(wiring(({ n }) => ({ address: `${network}.${n}`, port: 0 })))
        const [a, b] = [yield* world.node({ n: 1 }), yield* world.node({ n: 2 })]
        yield* linkedTo(a, 2)
        yield* linkedTo(b, 1)
        assert.deepStrictEqual((yield* b.links.peers).map(({ address }) => address), [`${network}.1`])
      }))
  })

  it.scopedLive("links that are closed leave no handles", () =>
    Effect.gen(function*() {
      const before = handles()
      const world = new World(wiring(() => ({ address: `${network}.9`, port: 0 })))
      for (let round = 0; round < 3; round++) {
        const nodes = yield* Effect.forEach([1, 2, 3, 4], (n) => world.node({ n }))
        yield* linkedTo(nodes[0]!, 2, 3, 4)
        yield* Effect.forEach(nodes, (node) => node.stop, { concurrency: "unbounded" })
      }
      // A closed handle leaves the list with the next turns of the event loop.
      yield* Effect.iterate(0, {
        while: (turns) => handles() > before && turns < 100,
        body: (turns) => Effect.as(turn, turns + 1)
      })
      assert.isAtMost(handles(), before)
    }))
}
