/** Why links go down, over every transport. */
import { Effect } from "effect"
import { strict as assert } from "node:assert"
import { invalidMax } from "../layers/links/LinkProtocol.ts"
import * as MessageQueuesBounded from "../layers/queues/MessageQueuesBounded.ts"
import { protocolVersion } from "../protocol/Discovery.ts"
import type { Introduction } from "../protocol/Handshake.ts"
import { Epoch, RoomId, SeatId } from "../protocol/Ids.ts"
import { bytes, type Describe, frames, large, probe, rejected, type Test } from "./LinkMessages.ts"
import { downOf, idOf, introductionOf, linkedTo, pair, receive, shake, type World } from "./LinkNodes.ts"

const linked = Effect.fnUntraced(function*(world: World, other: Partial<Introduction> = {}) {
  const node = yield* world.node({ n: 9 })
  const raw = yield* world.wiring.dial(node.links.place)
  yield* shake(raw, introductionOf(1, other))
  yield* linkedTo(node, 1)
  return { node, raw }
})

export const ends = (test: Test, describe: Describe): void => {
  describe("a link goes down", () => {
    test("left: the other side stopped", function*(world) {
      const [a, b] = yield* pair(world)
      yield* b.links.send(a.peerId, "bully", probe(7))
      yield* b.stop
      assert.strictEqual(yield* downOf(a, 2), "left")
      // What was sent before the goodbye has arrived.
      assert.deepStrictEqual((yield* receive(a, "bully", 1))[0]!.message, probe(7))
      assert.deepStrictEqual(yield* a.links.peers, [])
    })

    test("closed: its stream ended", function*(world) {
      const { node, raw } = yield* linked(world)
      raw.say("bully", probe(1))
      raw.close()
      assert.strictEqual(yield* downOf(node, 1), "closed")
      yield* receive(node, "bully", 1)
    })

    test("reset: its process died", function*(world) {
      const { node, raw } = yield* linked(world)
      raw.reset()
      assert.strictEqual(yield* downOf(node, 1), "reset")
    })

    test("abandoned: given up here, and closed there", function*(world) {
      const { node, raw } = yield* linked(world)
      yield* node.links.disconnect(idOf(1), "abandoned")
      assert.strictEqual(yield* downOf(node, 1), "abandoned")
      assert.strictEqual((yield* raw.awaits("goodbye")).reason, "abandoned")
      assert.strictEqual(yield* raw.over, "closed")
    })

    test("slow: it takes nothing, which hurts nobody else", function*(world) {
      const { node, raw } = yield* linked(world)
      const other = yield* world.node({ n: 10 })
      yield* linkedTo(node, 1, 10)
      raw.pause()
      const message = large(1_000_000)
      const flood = Effect.gen(function*() {
        let sent = 0
        while (yield* node.links.send(idOf(1), "replication", message)) {
          sent += 1
          yield* Effect.yieldNow()
        }
        return sent
      })
      const sent = yield* flood
      assert.ok(sent >= 8, `${sent} is less than 8`)
      assert.ok(sent <= 64, `${sent} is more than 64`)
      assert.strictEqual(yield* downOf(node, 1), "slow")
      assert.ok(yield* node.links.send(other.peerId, "bully", probe(1)))
      yield* receive(other, "bully", 1)
    })
  })
}

/** What one side says that it may not, or too much of it. */
export const misuse = (test: Test, describe: Describe): void => {
  describe("a link goes down", () => {
    test("invalid: it kept sending what no schema takes", function*(world) {
      const { node, raw } = yield* linked(world)
      const wrong = { _tag: "probe", nonce: -1 } as const
      for (let i = 0; i < invalidMax; i++) raw.say("bully", wrong)
      raw.say("bully", probe(1))
      yield* receive(node, "bully", 1)
      assert.strictEqual(yield* rejected(node), invalidMax)
      raw.say("bully", wrong)
      assert.strictEqual(yield* downOf(node, 1), "invalid")
      assert.strictEqual((yield* raw.awaits("goodbye")).reason, "invalid")
    })

    test("invalid: whoever handles its messages refuses them", function*(world) {
      const { node } = yield* linked(world)
      for (let i = 0; i <= invalidMax; i++) yield* node.links.reject(idOf(1), "no such room")
      assert.strictEqual(yield* downOf(node, 1), "invalid")
      assert.strictEqual(yield* rejected(node), invalidMax + 1)
    })

    test("abandoned: it sends more than is handled", function*(world) {
      const { node, raw } = yield* linked(world)
      const { messagesPerPeer } = MessageQueuesBounded.defaults.inward.control
      raw.write(frames(messagesPerPeer, "bully", probe(1)))
      raw.say("sync", { _tag: "sync-request", reign: { epoch: Epoch.make(1), host: idOf(1) } })
      yield* receive(node, "sync", 1)
      assert.strictEqual((yield* node.queues.depths).bully, messagesPerPeer)
      assert.strictEqual(node.told.length, 1)
      raw.say("bully", probe(1))
      assert.strictEqual(yield* downOf(node, 1), "abandoned")
    })

    test("not for inputs and hints that are more than is handled: those are dropped", function*(world) {
      const { node, raw } = yield* linked(world)
      const { hint, input } = MessageQueuesBounded.defaults.inward
      const reign = { epoch: Epoch.make(1), host: idOf(1) }
      const quit = {
        _tag: "quit-seat",
        reign,
        room: RoomId.make("main"),
        seat: SeatId.make(1),
        for: "away"
      } as const
      raw.write(frames(2 * input.messagesPerPeer, "input", quit))
      const beat = { hostless: protocolVersion, cluster: "test", from: idOf(1), to: idOf(9), number: 1 } as const
      raw.write(frames(2 * hint.messagesPerPeer, "beat", { ...beat, echo: 0, echoAgeMs: 0, reign, mac: null }))
      raw.say("bully", probe(1))
      yield* receive(node, "bully", 1)
      const depths = yield* node.queues.depths
      assert.deepStrictEqual([depths.input, depths.beat], [input.messagesPerPeer, hint.messagesPerPeer])
      assert.strictEqual(node.told.length, 1)
    })

    const broken: ReadonlyArray<readonly [string, Uint8Array]> = [
      ["a length over the bound", bytes(0xff, 0xff, 0xff, 0xff)],
      ["an empty frame", bytes(0, 0, 0, 0)],
      ["an unknown format", bytes(0, 0, 0, 2, 7, 7)],
      ["a body cut short", bytes(0, 0, 0, 3, 0, 0x92, 0x01)],
      ["a body that is no JSON", bytes(0, 0, 0, 3, 1, 0x7b, 0x7b)]
    ]
    for (const [name, frame] of broken) {
      test(`invalid: ${name}`, function*(world) {
        const { node, raw } = yield* linked(world)
        raw.write(frame)
        assert.strictEqual(yield* downOf(node, 1), "invalid")
        assert.strictEqual(yield* rejected(node), 1)
        yield* raw.over
      })
    }

    test(
      "renewed: its process dials anew, while the old link seems to be up",
      function*(world, { dial }) {
        const { node, raw } = yield* linked(world)
        const again = yield* dial(node.links.place)
        yield* shake(again, introductionOf(1))
        assert.strictEqual(yield* downOf(node, 1), "renewed")
        yield* raw.over
        again.say("bully", probe(3))
        yield* receive(node, "bully", 1)
        assert.deepStrictEqual(node.told.map(({ _tag }) => _tag), ["up", "down", "up"])
      }
    )

    test("replaced: a later start of the node dials", function*(world, { dial }) {
      const { node } = yield* linked(world, { incarnation: 3 })
      yield* shake(yield* dial(node.links.place), introductionOf(1, { incarnation: 4, address: "127.0.0.7" }))
      assert.strictEqual(yield* downOf(node, 1), "replaced")
      yield* linkedTo(node, 1)
      assert.deepStrictEqual((yield* node.links.peers).map(({ incarnation }) => incarnation), [4])
    })
  })
}
