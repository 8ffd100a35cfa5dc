/**
 * A change of host is the rarest and most urgent thing that a node does: the first time, its code is cold, its decoders
 * are not even built, and a change that takes 3 ms takes 15. So a node rehearses one at leisure, on made-up peers, some
 * time after its start: the election's steps, and the frames that a change of host sends and decodes.
 */
import { Duration, Effect, Layer } from "effect"
import * as Bully from "../core/bully/State.ts"
import { step } from "../core/bully/Step.ts"
import { type Conversation, deliveryOf, type MessageOf } from "../protocol/Conversation.ts"
import { bodyBytesMax, FrameSplitter } from "../protocol/Frame.ts"
import type { PeerId, RoomId, Seq, TokenHash } from "../protocol/Ids.ts"
import type { ReignRef } from "../protocol/Reign.ts"
import { ClusterConfig } from "../services/ClusterConfig.ts"
import { decodeMessage, encodeMessage } from "./LinkProtocol.ts"

const peer = (digit: string) => `${digit.repeat(8)}-0000-4000-8000-000000000000` as PeerId
const cast = [peer("1"), peer("2"), peer("3")] as const

/** Through the same code as on a wire. */
const carry = <C extends Conversation>(conversation: C, message: MessageOf<C>): MessageOf<C> => {
  const [body] = new FrameSplitter(bodyBytesMax).push(encodeMessage(conversation, message, "msgpack"))
  const incoming = decodeMessage(body!)
  if (typeof incoming === "string") {
    throw new Error(`rehearsed ${conversation} (${deliveryOf(conversation)}): ${incoming}`)
  }
  return incoming.message as MessageOf<C>
}

/** Three nodes elect a host, lose it, and hand over: each message goes through the wire's code. */
const electOnce = (options: Bully.Options): void => {
  const states = new Map(cast.map((id) => [id, Bully.initial(id, options, null)]))
  const moment: Bully.Moment = { now: 0, weight: { seated: true, seq: 1 as Seq }, silentMs: () => 0 }
  const queue: Array<readonly [PeerId, Bully.Input]> = []
  const run = (): void => {
    for (let steps = 0; queue.length > 0 && steps < 200; steps++) {
      const [id, input] = queue.shift()!
      const state = states.get(id)
      if (state === undefined) continue
      const result = step(state, input, moment)
      states.set(id, result.state)
      for (const output of result.outputs) {
        if (output._tag === "send") {
          queue.push([output.to, { _tag: "received", from: id, message: carry("bully", output.message) }])
        }
      }
    }
  }
  const [low, middle, high] = cast
  for (const id of cast) {
    queue.push([id, { _tag: "start" }])
    for (const other of cast) if (other !== id) queue.push([id, { _tag: "up", peer: other, preempts: true }])
  }
  run()
  queue.push([high, { _tag: "timer", name: "phase" }])
  run()
  states.delete(high)
  queue.push([low, { _tag: "down", peer: high, left: false }], [middle, { _tag: "down", peer: high, left: false }])
  run()
  queue.push([middle, { _tag: "hand-over", to: low, cuts: [] }])
  run()
}

const reign: ReignRef = { epoch: 1 as ReignRef["epoch"], host: cast[2] }
const room = "main" as RoomId
const seq = 1 as Seq

/** What a change of host sends besides the election. */
const syncOnce = (): void => {
  carry("sync", { _tag: "sync-request", reign })
  carry("progress", { _tag: "sync-answer", reign, heads: [{ room, reign, seq }] })
  carry("progress", { _tag: "held", reign, room, seq })
  carry("replication", {
    _tag: "events",
    reign,
    room,
    events: [{ _tag: "reigned", seq, reign, cause: "crash" }, { _tag: "away", seq, seat: 1 as never }],
    shown: seq,
    digest: null
  })
  carry("input", {
    _tag: "take-seat",
    reign,
    room,
    tokenHash: "0".repeat(64) as TokenHash,
    profile: { name: "rehearsal", color: "#000000" },
    node: cast[0]
  })
}

/** How often it is rehearsed, how long after the start, and with what pauses: often enough for the code to get warm. */
const times = 40
const startAfter = Duration.seconds(1)
const pause = Duration.millis(25)

export const layer = Layer.scopedDiscard(Effect.gen(function*() {
  const config = yield* ClusterConfig
  yield* Effect.forkScoped(Effect.gen(function*() {
    yield* Effect.sleep(startAfter)
    for (let i = 0; i < times; i++) {
      electOnce(config)
      syncOnce()
      yield* Effect.sleep(pause)
    }
  }))
}))
