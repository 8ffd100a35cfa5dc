/**
 * What `PeerLinks` promises, as one suite that runs over every transport.
 */
import { assert, describe } from "@effect/vitest"
import { Effect, Fiber, Scope, Stream, type TestServices } from "effect"
import { encodeMessage, invalidMax } from "../../src/layers/LinkProtocol.ts"
import * as MessageQueuesBounded from "../../src/layers/MessageQueuesBounded.ts"
import type { Conversation, MessageOf } from "../../src/protocol/Conversation.ts"
import { protocolVersion } from "../../src/protocol/Discovery.ts"
import { strangerBodyBytesMax } from "../../src/protocol/Frame.ts"
import type { Introduction, RefusalReason } from "../../src/protocol/Handshake.ts"
import { Epoch, InputNumber, RoomId, SeatId, Seq } from "../../src/protocol/Ids.ts"
import { membersMax } from "../../src/protocol/Reign.ts"
import type { Place } from "../../src/services/Discovery.ts"
import {
  downOf,
  idOf,
  introductionOf,
  linkedTo,
  nonce,
  type RawConnection,
  receive,
  shake,
  type TestNode,
  type Wiring,
  World
} from "./linkNodes.ts"

type Body<E> = (world: World, wiring: Wiring) => Effect.Effect<void, E, Scope.Scope>
/** `it.effect` or `it.live`, in scope. */
export type Runner = <E>(
  name: string,
  body: () => Effect.Effect<void, E, Scope.Scope | TestServices.TestServices>,
  timeout?: number
) => void

const probe = (number: number) => ({ _tag: "probe" as const, nonce: number })
const bytes = (...values: ReadonlyArray<number>) => Uint8Array.from(values)

const large = (size: number) => ({
  _tag: "events" as const,
  reign: { epoch: Epoch.make(1), host: idOf(1) },
  room: RoomId.make("main"),
  events: [{
    _tag: "tick" as const,
    seq: Seq.make(1),
    inputs: [[SeatId.make(1), InputNumber.make(1), "x".repeat(size)] as const]
  }],
  shown: Seq.make(1),
  digest: null
})

const frames = <C extends Conversation>(count: number, conversation: C, message: MessageOf<C>): Uint8Array =>
  Buffer.concat(Array.from({ length: count }, () => encodeMessage(conversation, message, "msgpack")))

const ups = (node: TestNode) => node.told.filter((change) => change._tag === "up").length
const rejected = (node: TestNode) => Effect.map(node.links.counters, (counters) => counters.framesRejected)

/** `make`: a network for one test, and how to wait on it. */
export const suite = (name: string, make: Effect.Effect<Wiring, never, Scope.Scope>, it: Runner): void => {
  const test = <E>(name: string, body: Body<E>, timeout = 10_000) =>
    it(
      name,
      () =>
        Effect.gen(function*() {
          const wiring = yield* make
          const scope = yield* Effect.scope
          yield* wiring.drive(Scope.extend(body(new World(wiring), wiring), scope))
        }),
      timeout
    )

  describe(`links over ${name}`, () => {
    describe("one link per pair", () => {
      const orders = [[1, 2, 3], [3, 2, 1], [2, 3, 1], [1, 3, 2]]
      for (const order of orders) {
        test(`started in the order ${order.join(" ")}`, (world) =>
          Effect.gen(function*() {
            const nodes = yield* Effect.forEach(order, (n) => world.node({ n }))
            for (const [i, node] of nodes.entries()) {
              yield* linkedTo(node, ...order.filter((_, other) => other !== i))
            }
            // A message each way over each link, so that a second link had the time to come up.
            for (const node of nodes) {
              yield* node.links.broadcast(nodes.map(({ peerId }) => peerId), "bully", probe(1))
            }
            for (const node of nodes) yield* receive(node, "bully", 2)
            for (const node of nodes) assert.deepStrictEqual([ups(node), node.told.length], [2, 2])
          }))
      }

      test("of five that start at once", (world) =>
        Effect.gen(function*() {
          const all = [1, 2, 3, 4, 5]
          const nodes = yield* Effect.forEach(all, (n) => world.node({ n }), { concurrency: "unbounded" })
          for (const [i, node] of nodes.entries()) yield* linkedTo(node, ...all.filter((n) => n !== i + 1))
          for (const node of nodes) assert.strictEqual(node.told.length, 4)
        }))

      test("where the higher dials an address it was given", (world) =>
        Effect.gen(function*() {
          const low = yield* world.node({ n: 1, heard: false })
          const high = yield* world.node({ n: 2, heard: false, places: [low.links.place] })
          yield* linkedTo(low, 2)
          yield* linkedTo(high, 1)
        }))

      test("where both know the other's address and hear of each other too", (world) =>
        Effect.gen(function*() {
          const first = yield* world.node({ n: 1 })
          const nodes = [first]
          for (const n of [2, 3]) {
            nodes.push(yield* world.node({ n, places: nodes.map(({ links }) => links.place) }))
          }
          yield* linkedTo(nodes[0]!, 2, 3)
          yield* linkedTo(nodes[1]!, 1, 3)
          yield* linkedTo(nodes[2]!, 1, 2)
        }))

      test("not to itself, at an address it was given", (world) =>
        Effect.gen(function*() {
          const node = yield* world.node({ n: 1, heard: false })
          const other = yield* world.node({ n: 2, places: [node.links.place], heard: false })
          const place: Place = other.links.place
          const again = yield* world.node({ n: 2, incarnation: 1, places: [place, node.links.place], heard: false })
          yield* linkedTo(again, 1)
        }))
    })

    describe("messages", () => {
      test("go both ways, with their sender's id", (world) =>
        Effect.gen(function*() {
          const [a, b] = [yield* world.node({ n: 1 }), yield* world.node({ n: 2, format: "json" })]
          yield* linkedTo(a, 2)
          yield* linkedTo(b, 1)
          assert.isTrue(yield* a.links.send(b.peerId, "bully", probe(1)))
          assert.isTrue(yield* b.links.send(a.peerId, "bully", probe(2)))
          assert.deepStrictEqual(yield* receive(b, "bully", 1), [{ from: a.peerId, message: probe(1) }])
          assert.deepStrictEqual(yield* receive(a, "bully", 1), [{ from: b.peerId, message: probe(2) }])
        }))

      test("keep their order over 10,000, both ways at once", (world) =>
        Effect.gen(function*() {
          const [a, b] = [yield* world.node({ n: 1 }), yield* world.node({ n: 2 })]
          yield* linkedTo(a, 2)
          yield* linkedTo(b, 1)
          const count = 10_000
          const numbers = Array.from({ length: count }, (_, i) => i)
          const send = (from: TestNode, to: TestNode) =>
            Effect.forEach(numbers, (i) =>
              Effect.zipRight(
                i % 100 === 0 ? Effect.yieldNow() : Effect.void,
                from.links.send(to.peerId, "bully", probe(i))
              ))
          const [atB, atA] = yield* Effect.all(
            [receive(b, "bully", count), receive(a, "bully", count), send(a, b), send(b, a)],
            { concurrency: "unbounded" }
          )
          for (const got of [atA, atB]) {
            assert.deepStrictEqual(got.map(({ message }) => (message as { nonce: number }).nonce), numbers)
          }
        }))

      test("may be large, but no larger than a frame", (world) =>
        Effect.gen(function*() {
          const [a, b] = [yield* world.node({ n: 1 }), yield* world.node({ n: 2 })]
          yield* linkedTo(a, 2)
          yield* linkedTo(b, 1)
          const message = large(4_000_000)
          assert.isFalse(yield* a.links.send(b.peerId, "replication", large(5_000_000)))
          assert.isTrue(yield* a.links.send(b.peerId, "replication", message))
          assert.isTrue(yield* a.links.send(b.peerId, "bully", probe(1)))
          assert.deepStrictEqual(yield* receive(b, "replication", 1), [{ from: a.peerId, message }])
          yield* receive(b, "bully", 1)
          assert.lengthOf(a.told, 1)
        }))

      test("reach all that are named in a broadcast, and nobody else", (world) =>
        Effect.gen(function*() {
          const nodes = yield* Effect.forEach([1, 2, 3, 4], (n) => world.node({ n }))
          const [a, b, c, d] = nodes as [TestNode, TestNode, TestNode, TestNode]
          yield* linkedTo(a, 2, 3, 4)
          yield* a.links.broadcast([b.peerId, c.peerId, idOf(99)], "bully", probe(1))
          yield* a.links.broadcast([b.peerId, c.peerId, d.peerId], "bully", probe(2))
          assert.deepStrictEqual((yield* receive(b, "bully", 2)).map(({ message }) => message), [probe(1), probe(2)])
          assert.deepStrictEqual((yield* receive(c, "bully", 2)).map(({ message }) => message), [probe(1), probe(2)])
          assert.deepStrictEqual((yield* receive(d, "bully", 1)).map(({ message }) => message), [probe(2)])
        }))

      test("are not sent where there is no link", (world) =>
        Effect.gen(function*() {
          const a = yield* world.node({ n: 1 })
          assert.isFalse(yield* a.links.send(idOf(2), "bully", probe(1)))
          yield* a.links.disconnect(idOf(2), "abandoned")
          yield* a.links.reject(idOf(2), "nothing")
          assert.deepStrictEqual(yield* a.links.counters, { framesIn: 0, framesOut: 0, framesRejected: 0 })
        }))

      test("are counted", (world) =>
        Effect.gen(function*() {
          const [a, b] = [yield* world.node({ n: 1 }), yield* world.node({ n: 2 })]
          yield* linkedTo(a, 2)
          yield* linkedTo(b, 1)
          const before = [yield* a.links.counters, yield* b.links.counters] as const
          yield* Effect.forEach([1, 2, 3], (i) => a.links.send(b.peerId, "bully", probe(i)))
          yield* receive(b, "bully", 3)
          const after = [yield* a.links.counters, yield* b.links.counters] as const
          assert.strictEqual(after[0].framesOut - before[0].framesOut, 3)
          assert.strictEqual(after[1].framesIn - before[1].framesIn, 3)
          assert.strictEqual(after[0].framesRejected + after[1].framesRejected, 0)
        }))
    })

    describe("changes", () => {
      test("begin with who is up, then tell all, in order", (world) =>
        Effect.gen(function*() {
          const a = yield* world.node({ n: 1 })
          const b = yield* world.node({ n: 2 })
          yield* linkedTo(a, 2)
          const late = yield* a.links.changes.pipe(Stream.take(4), Stream.runCollect, Effect.fork)
          yield* world.node({ n: 3 })
          yield* linkedTo(a, 2, 3)
          yield* b.stop
          yield* linkedTo(a, 3)
          yield* world.node({ n: 2, incarnation: 1 })
          yield* linkedTo(a, 2, 3)
          const told = Array.from(yield* Fiber.join(late), (change) =>
            change._tag === "up" ? `up ${change.peer.peerId.slice(7, 8)}` : `down ${change.peerId.slice(7, 8)}`)
          assert.deepStrictEqual(told, ["up 2", "up 3", "down 2", "up 2"])
        }))

      test("tell of a peer what it said of itself", (world, { dial }) =>
        Effect.gen(function*() {
          const a = yield* world.node({ n: 9 })
          const other = { incarnation: 4, beatPort: 77, page: "http://here", preempts: false, name: "Ünal" }
          yield* shake(yield* dial(a.links.place), introductionOf(1, other))
          yield* linkedTo(a, 1)
          const expected = { ...other, peerId: idOf(1), address: "127.0.0.1" }
          assert.deepStrictEqual(yield* a.links.peers, [expected])
        }))
    })

    describe("a link goes down", () => {
      const linked = Effect.fnUntraced(function*(world: World, other: Partial<Introduction> = {}) {
        const node = yield* world.node({ n: 9 })
        const raw = yield* world.wiring.dial(node.links.place)
        yield* shake(raw, introductionOf(1, other))
        yield* linkedTo(node, 1)
        return { node, raw }
      })

      test("left: the other side stopped", (world) =>
        Effect.gen(function*() {
          const [a, b] = [yield* world.node({ n: 1 }), yield* world.node({ n: 2 })]
          yield* linkedTo(a, 2)
          yield* linkedTo(b, 1)
          yield* b.links.send(a.peerId, "bully", probe(7))
          yield* b.stop
          assert.strictEqual(yield* downOf(a, 2), "left")
          // What was sent before the goodbye has arrived.
          assert.deepStrictEqual((yield* receive(a, "bully", 1))[0]!.message, probe(7))
          assert.deepStrictEqual(yield* a.links.peers, [])
        }))

      test("closed: its stream ended", (world) =>
        Effect.gen(function*() {
          const { node, raw } = yield* linked(world)
          raw.say("bully", probe(1))
          raw.close()
          assert.strictEqual(yield* downOf(node, 1), "closed")
          yield* receive(node, "bully", 1)
        }))

      test("reset: its process died", (world) =>
        Effect.gen(function*() {
          const { node, raw } = yield* linked(world)
          raw.reset()
          assert.strictEqual(yield* downOf(node, 1), "reset")
        }))

      test("abandoned: given up here, and closed there", (world) =>
        Effect.gen(function*() {
          const { node, raw } = yield* linked(world)
          yield* node.links.disconnect(idOf(1), "abandoned")
          assert.strictEqual(yield* downOf(node, 1), "abandoned")
          assert.strictEqual((yield* raw.awaits("goodbye")).reason, "abandoned")
          assert.strictEqual(yield* raw.over, "closed")
        }))

      test("slow: it takes nothing, which hurts nobody else", (world) =>
        Effect.gen(function*() {
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
          assert.isAtLeast(sent, 8)
          assert.isAtMost(sent, 64)
          assert.strictEqual(yield* downOf(node, 1), "slow")
          assert.isTrue(yield* node.links.send(other.peerId, "bully", probe(1)))
          yield* receive(other, "bully", 1)
        }))

      test("invalid: it kept sending what no schema takes", (world) =>
        Effect.gen(function*() {
          const { node, raw } = yield* linked(world)
          const wrong = { _tag: "probe", nonce: -1 } as const
          for (let i = 0; i < invalidMax; i++) raw.say("bully", wrong)
          raw.say("bully", probe(1))
          yield* receive(node, "bully", 1)
          assert.strictEqual(yield* rejected(node), invalidMax)
          raw.say("bully", wrong)
          assert.strictEqual(yield* downOf(node, 1), "invalid")
          assert.strictEqual((yield* raw.awaits("goodbye")).reason, "invalid")
        }))

      test("invalid: whoever handles its messages refuses them", (world) =>
        Effect.gen(function*() {
          const { node } = yield* linked(world)
          for (let i = 0; i <= invalidMax; i++) yield* node.links.reject(idOf(1), "no such room")
          assert.strictEqual(yield* downOf(node, 1), "invalid")
          assert.strictEqual(yield* rejected(node), invalidMax + 1)
        }))

      test("abandoned: it sends more than is handled", (world) =>
        Effect.gen(function*() {
          const { node, raw } = yield* linked(world)
          const { messagesPerPeer } = MessageQueuesBounded.defaults.inward.control
          raw.write(frames(messagesPerPeer, "bully", probe(1)))
          raw.say("sync", { _tag: "sync-request", reign: { epoch: Epoch.make(1), host: idOf(1) } })
          yield* receive(node, "sync", 1)
          assert.strictEqual((yield* node.queues.depths).bully, messagesPerPeer)
          assert.lengthOf(node.told, 1)
          raw.say("bully", probe(1))
          assert.strictEqual(yield* downOf(node, 1), "abandoned")
        }))

      test("not for inputs and hints that are more than is handled: those are dropped", (world) =>
        Effect.gen(function*() {
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
          assert.lengthOf(node.told, 1)
        }))

      const broken: ReadonlyArray<readonly [string, Uint8Array]> = [
        ["a length over the bound", bytes(0xff, 0xff, 0xff, 0xff)],
        ["an empty frame", bytes(0, 0, 0, 0)],
        ["an unknown format", bytes(0, 0, 0, 2, 7, 7)],
        ["a body cut short", bytes(0, 0, 0, 3, 0, 0x92, 0x01)],
        ["a body that is no JSON", bytes(0, 0, 0, 3, 1, 0x7b, 0x7b)]
      ]
      for (const [name, frame] of broken) {
        test(`invalid: ${name}`, (world) =>
          Effect.gen(function*() {
            const { node, raw } = yield* linked(world)
            raw.write(frame)
            assert.strictEqual(yield* downOf(node, 1), "invalid")
            assert.strictEqual(yield* rejected(node), 1)
            yield* raw.over
          }))
      }

      test(
        "replaced: its process dials anew, while the old link seems to be up",
        (world, { dial }) =>
          Effect.gen(function*() {
            const { node, raw } = yield* linked(world)
            const again = yield* dial(node.links.place)
            yield* shake(again, introductionOf(1))
            assert.strictEqual(yield* downOf(node, 1), "replaced")
            yield* raw.over
            again.say("bully", probe(3))
            yield* receive(node, "bully", 1)
            assert.deepStrictEqual(node.told.map(({ _tag }) => _tag), ["up", "down", "up"])
          })
      )

      test("replaced: a later start of the node dials", (world, { dial }) =>
        Effect.gen(function*() {
          const { node } = yield* linked(world, { incarnation: 3 })
          yield* shake(yield* dial(node.links.place), introductionOf(1, { incarnation: 4, address: "127.0.0.7" }))
          assert.strictEqual(yield* downOf(node, 1), "replaced")
          yield* linkedTo(node, 1)
          assert.deepStrictEqual((yield* node.links.peers).map(({ incarnation }) => incarnation), [4])
        }))
    })

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
        test(`${reason}: ${name}`, (world, { dial }) =>
          Effect.gen(function*() {
            const node = yield* world.node({ n: 9 })
            yield* shake(yield* dial(node.links.place), introductionOf(3, { incarnation: 5 }))
            yield* linkedTo(node, 3)
            const raw = yield* dial(node.links.place)
            raw.say("handshake", { _tag: "hello", me: introductionOf(1, other) })
            assert.strictEqual((yield* raw.awaits("refused")).reason, reason)
            yield* raw.over
            assert.lengthOf(node.told, 1)
          }))
      }

      test("full: as many nodes as there may be", (world, { dial }) =>
        Effect.gen(function*() {
          const node = yield* world.node({ n: 900 })
          for (let n = 1; n < membersMax; n++) yield* shake(yield* dial(node.links.place), introductionOf(n))
          const raw = yield* dial(node.links.place)
          raw.say("handshake", { _tag: "hello", me: introductionOf(membersMax) })
          assert.strictEqual((yield* raw.awaits("refused")).reason, "full")
        }))

      test("later: given up a moment ago, and taken when that is over", (world, { dial }) =>
        Effect.gen(function*() {
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
        }))

      test("direction: the node dials it just now", (world, { dial, listen }) =>
        Effect.gen(function*() {
          const node = yield* world.node({ n: 1 })
          const dialled: Array<RawConnection> = []
          const place = yield* listen(2, (raw) => dialled.push(raw))
          world.announce(idOf(2), place)
          const mine = yield* untilSome(dialled)
          yield* mine.until(({ received }) => received.length > 0)
          const raw = yield* dial(node.links.place)
          raw.say("handshake", { _tag: "hello", me: introductionOf(2) })
          assert.strictEqual((yield* raw.awaits("refused")).reason, "direction")
        }))

      const nonsense: ReadonlyArray<readonly [string, (raw: RawConnection) => void]> = [
        ["speaks before the handshake", (raw) => raw.say("bully", probe(1))],
        ["confirms what nobody welcomed", (raw) => raw.say("handshake", { _tag: "confirm", nonce, proof: null })],
        ["says hello that is none", (raw) => raw.say("handshake", { _tag: "hello", me: {} as never })]
      ]
      for (const [name, act] of nonsense) {
        test(`invalid: it ${name}`, (world, { dial }) =>
          Effect.gen(function*() {
            const node = yield* world.node({ n: 9 })
            const raw = yield* dial(node.links.place)
            act(raw)
            assert.strictEqual((yield* raw.awaits("refused")).reason, "invalid")
            yield* raw.over
            assert.strictEqual(yield* rejected(node), 1)
          }))
      }

      test("invalid: it confirms with another nonce", (world, { dial }) =>
        Effect.gen(function*() {
          const node = yield* world.node({ n: 9 })
          const raw = yield* dial(node.links.place)
          raw.say("handshake", { _tag: "hello", me: introductionOf(1) })
          yield* raw.awaits("welcome")
          raw.say("handshake", { _tag: "confirm", nonce, proof: null })
          assert.strictEqual((yield* raw.awaits("refused")).reason, "invalid")
        }))

      test("without a word: it sends a frame too large for a stranger", (world, { dial }) =>
        Effect.gen(function*() {
          const node = yield* world.node({ n: 9 })
          const raw = yield* dial(node.links.place)
          raw.write(bytes(0, 0, (strangerBodyBytesMax + 1) >> 8, (strangerBodyBytesMax + 1) & 255))
          yield* raw.over
          assert.strictEqual(yield* rejected(node), 1)
        }))

      test("without a word: it says nothing for two seconds", (world, { dial }) =>
        Effect.gen(function*() {
          const node = yield* world.node({ n: 9 })
          const raw = yield* dial(node.links.place)
          yield* raw.over
          assert.strictEqual(yield* rejected(node), 1)
        }))
    })

    describe("a dialled node", () => {
      test("is not believed when the welcome is for another hello", (world, { listen }) =>
        Effect.gen(function*() {
          const node = yield* world.node({ n: 1 })
          const dialled: Array<RawConnection> = []
          world.announce(idOf(2), yield* listen(2, (raw) => dialled.push(raw)))
          const raw = yield* untilSome(dialled)
          yield* raw.awaits("hello")
          raw.say("handshake", { _tag: "welcome", me: introductionOf(2), nonce, proof: null })
          assert.strictEqual((yield* raw.awaits("refused")).reason, "invalid")
          assert.lengthOf(node.told, 0)
        }))

      test("may send large frames right behind its confirm", (world, { dial }) =>
        Effect.gen(function*() {
          const node = yield* world.node({ n: 9 })
          const raw = yield* dial(node.links.place)
          raw.say("handshake", { _tag: "hello", me: introductionOf(1) })
          const { me } = yield* raw.awaits("welcome")
          raw.say("handshake", { _tag: "confirm", nonce: me.nonce, proof: null })
          raw.say("replication", large(1_000_000))
          yield* receive(node, "replication", 1)
        }))

      test("is dialled again and again until it answers", (world, { listen }) =>
        Effect.gen(function*() {
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
        }))
    })

    describe("links come again", () => {
      test("after they were given up", (world) =>
        Effect.gen(function*() {
          const [a, b] = [yield* world.node({ n: 1 }), yield* world.node({ n: 2 })]
          for (const [from, to] of [[a, b], [b, a]] as const) {
            yield* linkedTo(a, 2)
            yield* linkedTo(b, 1)
            yield* from.links.disconnect(to.peerId, "abandoned")
          }
          yield* linkedTo(a, 2)
          yield* linkedTo(b, 1)
        }))

      test("after the other side started anew, with its id or another", (world) =>
        Effect.gen(function*() {
          const a = yield* world.node({ n: 5 })
          for (const [n, incarnation] of [[6, 0], [6, 1], [4, 0], [4, 1], [7, 0]] as const) {
            const b = yield* world.node({ n, incarnation })
            yield* linkedTo(a, n)
            yield* linkedTo(b, 5)
            yield* b.stop
          }
        }))
    })
  })
}

/** Waits until a list that callbacks fill is so long; its last. */
const untilSome = <A>(list: ReadonlyArray<A>, length = 1): Effect.Effect<A> =>
  Effect.map(
    Effect.iterate(0, { while: () => list.length < length, body: () => Effect.as(Effect.sleep(5), 0) }),
    () => list[length - 1]!
  )
