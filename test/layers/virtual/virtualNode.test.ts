/** Whole nodes by the handful: what a test of one's own game stands on. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, TestClock } from "effect"
import { Gather } from "../../../src/games/Gather.ts"
import * as BotsPlaying from "../../../src/layers/clients/BotsPlaying.ts"
import * as VirtualLan from "../../../src/layers/virtual/VirtualLan.ts"
import * as VirtualNode from "../../../src/layers/virtual/VirtualNode.ts"
import { mainRoom } from "../../../src/protocol/Ids.ts"
import { NodeStatus } from "../../../src/services/NodeStatus.ts"

const status = Effect.flatMap(NodeStatus, (node) => node.status)

/** Two nodes with a player at the lower one, two seconds and a handover later. */
const play = Effect.gen(function*() {
  const lan = yield* VirtualLan.make()
  const high = yield* VirtualNode.start(lan, { game: Gather, rank: 2, name: "high" })
  const low = yield* VirtualNode.start(lan, { game: Gather, rank: 1, name: "low" })
  const player = BotsPlaying.play({ room: mainRoom, profile: { name: "Ada", color: "#3f9bdc" } })
  yield* Effect.forkScoped(low.run(player))
  yield* TestClock.adjust("2 seconds")
  return { lan, high, low, before: yield* low.run(status) }
})

describe("virtual nodes", () => {
  it.scopedLive("are ordered by rank", () =>
    Effect.sync(() => {
      const ids = [0, 1, 9, 10, 99, 100, 999].map(VirtualNode.peerIdOf)
      assert.deepEqual([...ids].sort(), ids)
    }))

  it.scoped("find each other, and the one with the highest rank hosts", () =>
    Effect.gen(function*() {
      const { before, high, low } = yield* play
      assert.strictEqual(before.host, high.peerId)
      assert.deepEqual(before.peers.map((peer) => peer.name), ["high"])
      assert.deepEqual(before.players.map((player) => player.node), [low.peerId])
      assert.isAbove(before.clock, 30)
    }), 60_000)

  it.scoped("go on when one is killed, which may join again", () =>
    Effect.gen(function*() {
      const { before, high, lan, low } = yield* play
      yield* high.kill
      yield* TestClock.adjust("500 millis")
      const after = yield* low.run(status)
      assert.strictEqual(after.role, "host")
      assert.strictEqual(after.reigns.at(-1)!.cause, "crash")
      assert.isAbove(after.clock, before.clock + 20)
      yield* VirtualNode.start(lan, { game: Gather, rank: 2, name: "again" })
      yield* TestClock.adjust("500 millis")
      assert.deepEqual((yield* low.run(status)).peers.filter((peer) => peer.state === "up").map(({ name }) => name), [
        "again"
      ])
    }), 60_000)

  it.scoped("hand over when one is stopped", () =>
    Effect.gen(function*() {
      const { high, low } = yield* play
      const stopping = yield* Effect.fork(high.stop)
      yield* TestClock.adjust("500 millis")
      yield* stopping
      const after = yield* low.run(status)
      assert.strictEqual(after.role, "host")
      assert.strictEqual(after.reigns.at(-1)!.cause, "handover")
    }), 60_000)
})
