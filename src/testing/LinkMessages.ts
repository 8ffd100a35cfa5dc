/** What the suites of links say, and look at. */
import { Effect, type Scope } from "effect"
import type { YieldWrap } from "effect/Utils"
import { encodeMessage } from "../layers/links/LinkProtocol.ts"
import type { Conversation, MessageOf } from "../protocol/Conversation.ts"
import { Epoch, InputNumber, RoomId, SeatId, Seq } from "../protocol/Ids.ts"
import { idOf, type TestNode, type Wiring, type World } from "./LinkNodes.ts"

/** One test of a suite, over the suite's network. */
export type Test = <E>(
  name: string,
  body: (world: World, wiring: Wiring) => Generator<YieldWrap<Effect.Effect<unknown, E, Scope.Scope>>, void>,
  timeout?: number
) => void

/** Of the test runner: names the tests that its body defines. */
export type Describe = (name: string, body: () => void) => unknown

/** A message that is easy to tell from others. */
export const probe = (number: number) => ({ _tag: "probe" as const, nonce: number })
export const bytes = (...values: ReadonlyArray<number>) => Uint8Array.from(values)

/** A message of about so many bytes. */
export const large = (size: number) => ({
  _tag: "events" as const,
  reign: { epoch: Epoch.make(1), host: idOf(1) },
  logs: [{
    room: RoomId.make("main"),
    after: null,
    events: [{
      _tag: "tick" as const,
      seq: Seq.make(1),
      inputs: [[SeatId.make(1), InputNumber.make(1), "x".repeat(size)] as const]
    }],
    shown: Seq.make(1),
    digest: null
  }]
})

/** The same message so many times, as bytes. */
export const frames = <C extends Conversation>(count: number, conversation: C, message: MessageOf<C>): Uint8Array =>
  Buffer.concat(Array.from({ length: count }, () => encodeMessage(conversation, message, "msgpack")))

export const ups = (node: TestNode) => node.told.filter((change) => change._tag === "up").length
export const rejected = (node: TestNode) => Effect.map(node.links.counters, (counters) => counters.framesRejected)

/** Waits until a list that callbacks fill is so long; its last. */
export const untilSome = <A>(list: ReadonlyArray<A>, length = 1): Effect.Effect<A> =>
  Effect.map(
    Effect.iterate(0, { while: () => list.length < length, body: () => Effect.as(Effect.sleep(5), 0) }),
    () => list[length - 1]!
  )
