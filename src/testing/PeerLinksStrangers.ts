/** Whom nodes take as a peer, over every transport. */
import { Effect } from "effect"
import { strict as assert } from "node:assert"
import { protocolVersion } from "../protocol/Discovery.ts"
import { strangerBodyBytesMax } from "../protocol/Frame.ts"
import type { Introduction, RefusalReason } from "../protocol/Handshake.ts"
import { membersMax } from "../protocol/Reign.ts"
import { bytes, type Describe, large, probe, rejected, type Test, untilSome } from "./LinkMessages.ts"
import { idOf, introductionOf, linkedTo, nonce, type RawConnection, receive, shake } from "./LinkNodes.ts"

export const strangers = (test: Test, describe: Describe): void => {
  describe("a stranger is refused", () => {
    const refusals: ReadonlyArray<readonly [RefusalReason, string, Partial<Introduction>]> = [
      ["version", "another protocol version", { version: protocolVersion + 1 }],
      ["cluster", "another cluster", { cluster: "other" }],
      ["game", "another game", { game: "chess" }],
      ["game", "another version of the game", { gameVersion: 2 }],
      ["self", "the node's own id", { peerId: idOf(9) }],
      ["duplicate", "an earlier start of a node that is linked", { peerId: idOf(3), incarnation: 4 }],
      ["duplicate", "another machine with the id of a linked node", {
        peerId: idOf(3),
        incarnation: 5,
        address: "127.0.0.9"
      }]
    ]
    for (const [reason, name, other] of refusals) {
      test(`${reason}: ${name}`, function*(world, { dial }) {
        const node = yield* world.node({ n: 9 })
        yield* shake(yield* dial(node.links.place), introductionOf(3, { incarnation: 5 }))
        yield* linkedTo(node, 3)
        const raw = yield* dial(node.links.place)
        raw.say("handshake", { _tag: "hello", me: introductionOf(1, other) })
        assert.strictEqual((yield* raw.awaits("refused")).reason, reason)
        yield* raw.over
        assert.strictEqual(node.told.length, 1)
      })
    }

    test("full: as many nodes as there may be", function*(world, { dial }) {
      const node = yield* world.node({ n: 900 })
      for (let n = 1; n < membersMax; n++) yield* shake(yield* dial(node.links.place), introductionOf(n))
      const raw = yield* dial(node.links.place)
      raw.say("handshake", { _tag: "hello", me: introductionOf(membersMax) })
      assert.strictEqual((yield* raw.awaits("refused")).reason, "full")
    })

    test("later: given up a moment ago, and taken when that is over", function*(world, { dial }) {
      const node = yield* world.node({ n: 9 })
      yield* shake(yield* dial(node.links.place), introductionOf(1))
      yield* linkedTo(node, 1)
      yield* node.links.disconnect(idOf(1), "abandoned")
      const raw = yield* dial(node.links.place)
      raw.say("handshake", { _tag: "hello", me: introductionOf(1) })
      assert.strictEqual((yield* raw.awaits("refused")).reason, "later")
      yield* Effect.sleep(1_010)
      yield* shake(yield* dial(node.links.place), introductionOf(1))
      yield* linkedTo(node, 1)
    })

    test("direction: the node dials it just now", function*(world, { dial, listen }) {
      const node = yield* world.node({ n: 1 })
      const dialled: Array<RawConnection> = []
      const place = yield* listen(2, (raw) => dialled.push(raw))
      world.announce(idOf(2), place)
      const mine = yield* untilSome(dialled)
      yield* mine.until(({ received }) => received.length > 0)
      const raw = yield* dial(node.links.place)
      raw.say("handshake", { _tag: "hello", me: introductionOf(2) })
      assert.strictEqual((yield* raw.awaits("refused")).reason, "direction")
    })

    const nonsense: ReadonlyArray<readonly [string, (raw: RawConnection) => void]> = [
      ["speaks before the handshake", (raw) => raw.say("bully", probe(1))],
      ["confirms what nobody welcomed", (raw) => raw.say("handshake", { _tag: "confirm", nonce, proof: null })],
      ["says hello that is none", (raw) => raw.say("handshake", { _tag: "hello", me: {} as never })]
    ]
    for (const [name, act] of nonsense) {
      test(`invalid: it ${name}`, function*(world, { dial }) {
        const node = yield* world.node({ n: 9 })
        const raw = yield* dial(node.links.place)
        act(raw)
        assert.strictEqual((yield* raw.awaits("refused")).reason, "invalid")
        yield* raw.over
        assert.strictEqual(yield* rejected(node), 1)
      })
    }

    test("invalid: it confirms with another nonce", function*(world, { dial }) {
      const node = yield* world.node({ n: 9 })
      const raw = yield* dial(node.links.place)
      raw.say("handshake", { _tag: "hello", me: introductionOf(1) })
      yield* raw.awaits("welcome")
      raw.say("handshake", { _tag: "confirm", nonce, proof: null })
      assert.strictEqual((yield* raw.awaits("refused")).reason, "invalid")
    })

    test("without a word: it sends a frame too large for a stranger", function*(world, { dial }) {
      const node = yield* world.node({ n: 9 })
      const raw = yield* dial(node.links.place)
      raw.write(bytes(0, 0, (strangerBodyBytesMax + 1) >> 8, (strangerBodyBytesMax + 1) & 255))
      yield* raw.over
      assert.strictEqual(yield* rejected(node), 1)
    })

    test("without a word: it says nothing for two seconds", function*(world, { dial }) {
      const node = yield* world.node({ n: 9 })
      const raw = yield* dial(node.links.place)
      yield* raw.over
      assert.strictEqual(yield* rejected(node), 1)
    })
  })
}

export const dialled = (test: Test, describe: Describe): void => {
  describe("a dialled node", () => {
    test("is not believed when the welcome is for another hello", function*(world, { listen }) {
      const node = yield* world.node({ n: 1 })
      const dialled: Array<RawConnection> = []
      world.announce(idOf(2), yield* listen(2, (raw) => dialled.push(raw)))
      const raw = yield* untilSome(dialled)
      yield* raw.awaits("hello")
      raw.say("handshake", { _tag: "welcome", me: introductionOf(2), nonce, proof: null })
      assert.strictEqual((yield* raw.awaits("refused")).reason, "invalid")
      assert.strictEqual(node.told.length, 0)
    })

    test("may send large frames right behind its confirm", function*(world, { dial }) {
      const node = yield* world.node({ n: 9 })
      const raw = yield* dial(node.links.place)
      raw.say("handshake", { _tag: "hello", me: introductionOf(1) })
      const { me } = yield* raw.awaits("welcome")
      raw.say("handshake", { _tag: "confirm", nonce: me.nonce, proof: null })
      raw.say("replication", large(1_000_000))
      yield* receive(node, "replication", 1)
    })

    test("is dialled again and again until it answers", function*(world, { listen }) {
      yield* world.node({ n: 1 })
      const dialled: Array<RawConnection> = []
      world.announce(
        idOf(2),
        yield* listen(2, (raw) => {
          dialled.push(raw)
          if (dialled.length < 4) raw.reset()
        })
      )
      const raw = yield* untilSome(dialled, 4)
      yield* raw.awaits("hello")
    })
  })
}
