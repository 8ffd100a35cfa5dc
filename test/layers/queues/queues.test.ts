import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import * as MessageQueuesBounded from "../../../src/layers/queues/MessageQueuesBounded.ts"
import type { DeliveryClass } from "../../../src/protocol/Conversation.ts"
import { type Envelope, MessageQueues, type Queues } from "../../../src/services/MessageQueues.ts"
import { idOf } from "../../../src/testing/LinkNodes.ts"

const bounds = { messages: 10, messagesPerPeer: 4, bytesPerPeer: 1_000 }
const small: MessageQueuesBounded.Options = {
  inward: { control: bounds, replication: bounds, input: bounds, hint: bounds },
  outward: { bytes: 1_000, controlReserveBytes: 500, hintBytes: 100, frames: 8, controlReserveFrames: 2 }
}
const layer = MessageQueuesBounded.layerWith(small)
const probe = (n: number, nonce: number): Envelope<"bully"> => ({ from: idOf(n), message: { _tag: "probe", nonce } })
const nonces = (envelopes: ReadonlyArray<Envelope<"bully">>) =>
  envelopes.map(({ message }) => (message as { nonce: number }).nonce)

/** Offers the same message over and over until it is not accepted. */
const fill = (queues: Queues, conversation: "bully" | "replication" | "input" | "beat", n: number, bytes?: number) => {
  for (let accepted = 0;; accepted++) {
    const offered = queues.offer(conversation, { from: idOf(n), message: {} as never }, bytes)
    if (offered !== "accepted") return [accepted, offered]
  }
}

describe("queues inwards", () => {
  it.effect("give all that waits, in order, and wait where nothing does", () =>
    Effect.gen(function*() {
      const queues = yield* MessageQueues
      const waiting = yield* Effect.fork(queues.take("bully"))
      yield* Effect.yieldNow()
      for (const nonce of [1, 2, 3]) assert.strictEqual(queues.offer("bully", probe(1, nonce)), "accepted")
      assert.deepStrictEqual(nonces(yield* Fiber.join(waiting)), [1, 2, 3])
      queues.offer("bully", probe(1, 4))
      assert.deepStrictEqual((yield* queues.depths).bully, 1)
      assert.deepStrictEqual(nonces(yield* queues.take("bully")), [4])
      assert.deepStrictEqual((yield* queues.depths).bully, 0)
      const again = yield* Effect.fork(queues.take("bully"))
      yield* Effect.yieldNow()
      assert.isNull(again.unsafePoll())
      queues.offer("bully", probe(1, 5))
      assert.deepStrictEqual(nonces(yield* Fiber.join(again)), [5])
    }).pipe(Effect.provide(layer)))

  it.effect("lose nothing when a taker is interrupted", () =>
    Effect.gen(function*() {
      const queues = yield* MessageQueues
      const waiting = yield* Effect.fork(queues.take("bully"))
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(waiting)
      queues.offer("bully", probe(1, 1))
      assert.deepStrictEqual(nonces(yield* queues.take("bully")), [1])
    }).pipe(Effect.provide(layer)))

  const classes = [["bully", "overflow"], ["replication", "overflow"], ["input", "dropped"], [
    "beat",
    "dropped"
  ]] as const
  for (const [conversation, full] of classes) {
    it.effect(`${conversation}: one peer fills its share only, all together the queue`, () =>
      Effect.gen(function*() {
        const queues = yield* MessageQueues
        assert.deepStrictEqual(fill(queues, conversation, 1), [4, full])
        assert.deepStrictEqual(fill(queues, conversation, 2), [4, full])
        assert.deepStrictEqual(fill(queues, conversation, 3), [2, full])
        assert.deepStrictEqual(fill(queues, conversation, 4), [0, full])
        assert.lengthOf(yield* queues.take(conversation), 10)
        assert.deepStrictEqual(fill(queues, conversation, 1), [4, full])
      }).pipe(Effect.provide(layer)))
  }

  it.effect("count bytes where they are told", () =>
    Effect.gen(function*() {
      const queues = yield* MessageQueues
      assert.deepStrictEqual(fill(queues, "replication", 1, 400), [2, "overflow"])
      assert.deepStrictEqual(fill(queues, "replication", 2, 5_000), [1, "overflow"])
    }).pipe(Effect.provide(layer)))
})

describe("an outbox", () => {
  const offerAll = (delivery: DeliveryClass, size: number) =>
    Effect.map(MessageQueues, (queues) => {
      const outbox = queues.outbox()
      for (let accepted = 0;; accepted++) {
        const offered = outbox.offer(new Uint8Array(size), delivery)
        if (offered !== "accepted") return [accepted, offered, outbox.bytes()]
      }
    }).pipe(Effect.provide(layer))

  it.effect("is bounded in bytes, per class", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* offerAll("replication", 300), [3, "overflow", 900])
      assert.deepStrictEqual(yield* offerAll("input", 300), [3, "dropped", 900])
      assert.deepStrictEqual(yield* offerAll("hint", 40), [2, "dropped", 80])
      assert.deepStrictEqual(yield* offerAll("control", 300), [5, "overflow", 1_500])
    }))

  it.effect("is bounded in frames, with a reserve for control", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* offerAll("replication", 1), [8, "overflow", 8])
      assert.deepStrictEqual(yield* offerAll("control", 1), [10, "overflow", 10])
    }))

  it.effect("takes a single frame of any size", () =>
    Effect.map(offerAll("hint", 9_000), (result) => assert.deepStrictEqual(result, [1, "dropped", 9_000])))

  it.effect("is empty after all was taken, in order", () =>
    Effect.gen(function*() {
      const outbox = (yield* MessageQueues).outbox()
      for (const byte of [1, 2, 3]) outbox.offer(Uint8Array.of(byte), "control")
      assert.deepStrictEqual(outbox.takeAll().map(([byte]) => byte), [1, 2, 3])
      assert.deepStrictEqual([outbox.takeAll().length, outbox.bytes()], [0, 0])
    }).pipe(Effect.provide(layer)))

  it.effect("gives hints by themselves", () =>
    Effect.gen(function*() {
      const outbox = (yield* MessageQueues).outbox()
      const classes = ["control", "hint", "replication", "hint", "input"] as const
      for (const [byte, delivery] of classes.entries()) outbox.offer(Uint8Array.of(byte), delivery)
      assert.deepStrictEqual(outbox.takeHints().map(([byte]) => byte), [1, 3])
      assert.deepStrictEqual([outbox.takeHints().length, outbox.bytes()], [0, 3])
      outbox.offer(Uint8Array.of(9), "hint")
      assert.deepStrictEqual(outbox.takeAll().map(([byte]) => byte), [0, 2, 4, 9])
      assert.deepStrictEqual([outbox.takeHints().length, outbox.bytes()], [0, 0])
    }).pipe(Effect.provide(layer)))
})
