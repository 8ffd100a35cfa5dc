/** The part of the `PeerLinks` conformance suite about links by way of a third node. */
import { Effect } from "effect"
import { strict as assert } from "node:assert"
import { encodeBody } from "../protocol/Frame.ts"
import { type Describe, probe, type Test } from "./LinkMessages.ts"
import { downOf, idOf, introductionOf, linkedTo, receive, shake, type TestNode, type World } from "./LinkNodes.ts"

/** Two that know nothing of each other, and one that knows both. */
const trio = (world: World) =>
  Effect.gen(function*() {
    const c = yield* world.node({ n: 3, heard: false })
    const places = [c.links.place]
    const a = yield* world.node({ n: 1, heard: false, places, format: "json" })
    const b = yield* world.node({ n: 2, heard: false, places })
    yield* linkedTo(c, 1, 2)
    yield* linkedTo(a, 3)
    yield* linkedTo(b, 3)
    return { a, b, c }
  })

const viaOf = (node: TestNode, n: number) =>
  Effect.map(node.links.peers, (peers) => peers.find(({ peerId }) => peerId === idOf(n))?.via)

export const relayed = (test: Test, describe: Describe): void => {
  describe("by way of a third node", () => {
    test("carry messages both ways, in order", function*(world) {
      const { a, b, c } = yield* trio(world)
      yield* a.links.reach(b.peerId, c.peerId)
      yield* linkedTo(a, 2, 3)
      yield* linkedTo(b, 1, 3)
      assert.deepStrictEqual([yield* viaOf(a, 2), yield* viaOf(b, 1)], [c.peerId, c.peerId])
      assert.deepStrictEqual([yield* viaOf(a, 3), yield* viaOf(c, 1)], [null, null])
      const numbers = Array.from({ length: 500 }, (_, i) => i)
      for (const i of numbers) {
        assert.ok(yield* a.links.send(b.peerId, "bully", probe(i)))
        assert.ok(yield* b.links.send(a.peerId, "bully", probe(i)))
      }
      for (const [node, other] of [[a, b], [b, a]] as const) {
        const got = yield* receive(node, "bully", numbers.length)
        assert.deepStrictEqual(got, numbers.map((i) => ({ from: other.peerId, message: probe(i) })))
      }
    })

    test("go down with the node between", function*(world) {
      const { a, b, c } = yield* trio(world)
      yield* a.links.reach(b.peerId, c.peerId)
      yield* linkedTo(a, 2, 3)
      yield* linkedTo(b, 1, 3)
      yield* c.stop
      assert.strictEqual(yield* downOf(a, 2), "reset")
      assert.strictEqual(yield* downOf(b, 1), "reset")
    })

    test("go down at the other end when one disconnects", function*(world) {
      const { a, b, c } = yield* trio(world)
      yield* b.links.reach(a.peerId, c.peerId)
      yield* linkedTo(a, 2, 3)
      yield* linkedTo(b, 1, 3)
      yield* a.links.disconnect(b.peerId, "left")
      assert.strictEqual(yield* downOf(b, 1), "left")
      yield* linkedTo(a, 3)
    })

    test("do not come about where the node between is not linked with the other", function*(world) {
      const { a, b, c } = yield* trio(world)
      yield* a.links.reach(idOf(9), c.peerId)
      yield* a.links.reach(b.peerId, idOf(9))
      yield* a.links.reach(b.peerId, c.peerId)
      yield* linkedTo(a, 2, 3)
      assert.strictEqual(yield* viaOf(a, 9), undefined)
    })

    test("are not forged: a node speaks for nobody else", function*(world, { dial }) {
      const { a, b, c } = yield* trio(world)
      const raw = yield* dial(c.links.place)
      yield* shake(raw, introductionOf(4))
      yield* linkedTo(c, 1, 2, 4)
      const ends = { to: b.peerId, channel: 1 }
      const helloOf = (n: number) => encodeBody(["handshake", { _tag: "hello", me: introductionOf(n) }], "msgpack")
      raw.say("relay", { _tag: "carry", ...ends, from: a.peerId, dialer: a.peerId, frame: helloOf(1) })
      raw.say("relay", { _tag: "carry", ...ends, from: idOf(4), dialer: idOf(4), frame: helloOf(4) })
      // Its own was carried: b's welcome comes back, and what was forged before that was not.
      yield* raw.until((raw) => raw.received.find(({ conversation }) => conversation === "relay"))
      const answers = raw.received.filter(({ conversation }) => conversation === "relay")
      assert.deepStrictEqual(answers.map(({ message }) => (message as { from: string }).from), [b.peerId])
      assert.strictEqual(yield* viaOf(b, 1), undefined)
    })

    test(
      "are ended, not the link of a slow reader, when more is sent to that than it takes",
      function*(world, { dial }) {
        const c = yield* world.node({ n: 3, heard: false })
        const [sender, reader] = [yield* dial(c.links.place), yield* dial(c.links.place)]
        yield* shake(sender, introductionOf(4))
        yield* shake(reader, introductionOf(5))
        yield* linkedTo(c, 4, 5)
        reader.pause()
        const ends = { from: idOf(4), to: idOf(5), dialer: idOf(4), channel: 1 }
        const frame = new Uint8Array(64 * 1024)
        const closed = () => sender.received.some(({ message }) => (message as { _tag: string })._tag === "closed")
        for (let sent = 0; sent < 1_000 && !closed(); sent++) {
          sender.say("relay", { _tag: "carry", ...ends, frame })
          if (sent % 10 === 9) yield* Effect.sleep(1)
        }
        yield* sender.until(closed)
        yield* linkedTo(c, 4, 5)
      }
    )
  })
}
