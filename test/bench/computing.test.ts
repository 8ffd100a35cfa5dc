import { assert, describe, it } from "vitest"
import * as Network from "../../bench/computing/Network.ts"
import * as Played from "../../bench/computing/Played.ts"
import { games } from "../../src/games/index.ts"

const calm = { lagMs: 10, jitterMs: 0, loss: 0 }
const periodMs = 1_000 / 60

describe("who computes", () => {
  it("over a network without jitter: to the host, to its next tick, and back", () => {
    for (const inOrder of [true, false]) {
      const { latePercent, latencyMs } = Network.hosted(calm, 600, periodMs, inOrder)
      assert.strictEqual(latePercent, 0)
      assert.closeTo(latencyMs.p50!, periodMs + 10, 0.1)
    }
  })

  it("in lockstep: as many ticks later as the network needs, one more as slack", () => {
    const { latePercent, latencyMs } = Network.lockstep(calm, 600, periodMs, 4)
    assert.strictEqual(latePercent, 0)
    assert.closeTo(latencyMs.p50!, 2 * periodMs, 0.1)
  })

  it("in lockstep everybody waits for who is late", () => {
    const lossy = { ...calm, loss: 0.05 }
    const four = Network.lockstep(lossy, 6_000, periodMs, 4)
    const two = Network.lockstep(lossy, 6_000, periodMs, 2)
    assert.isAbove(four.latePercent, two.latePercent)
  })

  it("finds a node that computes otherwise by the hash of its state", () => {
    for (const name of ["gather", "pong"]) {
      const found = Played.divergence(Played.play(games[name]!, 4, 10), 60)
      assert.isAbove(found.differing, 0)
      assert.isAtMost(found.foundAfterTicks!, 60)
    }
  })

  it("plays on where a match is over, and counts bytes of all three ways", () => {
    const played = Played.play(games["pong"]!, 4, 10)
    assert.lengthOf(played.states, 600)
    const { lockstep, ordered, views } = Played.bytes(played)
    for (const { busiest, down } of [lockstep, ordered, views]) assert.isAtLeast(busiest, down)
  })
})
