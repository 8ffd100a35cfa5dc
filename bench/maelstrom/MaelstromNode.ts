/**
 * A node of the Maelstrom workbench: it is told who it is, then serves the workload lin-kv from a store on a Raft log that
 * it shares with the other nodes.
 */
import { Effect, Either, FiberSet, Scope, Stream } from "effect"
import { Inbox } from "../../src/layers/queues/Inbox.ts"
import { LineSplitter, tooLong } from "../../src/protocol/LineSplitter.ts"
import type { KeyValueService } from "../../src/services/KeyValue.ts"
import * as Answering from "./Answering.ts"
import type { PeerFrame } from "./MaelstromNetwork.ts"
import * as Member from "./Member.ts"
import {
  type Answer,
  type Envelope,
  error,
  type Init,
  lineBytesMax,
  parse,
  peerType,
  type Request,
  requestOf
} from "./Protocol.ts"

/** The most requests that are under way, and the most frames of other nodes that wait. */
const requestsMax = 1_024
const framesMax = 4_096
/** What is under way at the end of the input is waited for so long. */
const lingerMs = 1_000
/** When so much waits to be read by the workbench, messages to other nodes are dropped. */
const outgoingBytesMax = 8 * 1024 * 1024

/** The node's way to the workbench. */
export interface Lines<E> {
  readonly input: Stream.Stream<Uint8Array, E>
  /** Writes a line, given without its end. */
  readonly write: (line: string) => void
  /** How much of that is not taken yet. */
  readonly waitingBytes: () => number
}

interface Joined {
  readonly self: string
  readonly store: KeyValueService
}

/** Of a request: whom to answer, and as whom. */
interface Asked {
  readonly src: string
  readonly dest: string
  readonly body: { readonly msg_id?: number | undefined }
}

/**
 * Serves until the input ends, and fails only when the input does. What is no message is answered where it tells whom, and
 * logged.
 */
export const run = Effect.fnUntraced(function*<E>(lines: Lines<E>, options: Member.Options) {
  const scope = yield* Effect.scope
  const requests = yield* FiberSet.make<void>()
  const frames = new Inbox<PeerFrame>(framesMax)
  let joined: Joined | null = null

  const say = (src: string, dest: string, body: string): void =>
    lines.write(`{"src":${JSON.stringify(src)},"dest":${JSON.stringify(dest)},"body":${body}}`)

  /** Who gave no number waits for no answer. */
  const reply = ({ body: { msg_id }, dest, src }: Asked, answer: Answer): Effect.Effect<void> =>
    Effect.sync(() => {
      if (msg_id !== undefined) say(dest, src, JSON.stringify({ ...answer, in_reply_to: msg_id }))
    })

  const join = (asked: Asked, { node_id: self, node_ids }: Init) =>
    Effect.gen(function*() {
      const network = {
        self,
        nodes: [...new Set(node_ids)],
        send: (dest: string, body: string) => {
          if (lines.waitingBytes() > outgoingBytesMax) return false
          say(self, dest, body)
          return true
        },
        take: frames.take
      }
      const store = yield* Effect.orDie(Scope.extend(Member.start(network, options), scope))
      joined = { self, store }
      yield* reply(asked, { type: "init_ok" })
    })

  const serve = (asked: Asked, request: Request): Effect.Effect<void> => {
    if (request.type === "init") {
      return joined === null
        ? join(asked, request)
        : reply(asked, error("preconditionFailed", `this node is ${joined.self} already`))
    }
    if (joined === null) return reply(asked, error("temporarilyUnavailable", "this node waits for init"))
    const answer = Answering.answer(joined.store, request)
    return Effect.flatMap(FiberSet.size(requests), (size) =>
      size < requestsMax
        ? FiberSet.run(requests, Effect.flatMap(answer, (answer) => reply(asked, answer)))
        : reply(asked, error("temporarilyUnavailable", "too many requests are under way at this node")))
  }

  const receive = (message: Envelope, bytes: number): Effect.Effect<void> => {
    const { body, dest, src } = message
    if (joined !== null && dest !== joined.self) {
      return Effect.logWarning("a message is for another node", { src, dest, self: joined.self })
    }
    if (body.type === peerType) {
      const taken = joined !== null && frames.offer({ src, frame: body["frame"], bytes })
      return taken ? Effect.void : Effect.logDebug("a node's frame was dropped", { src })
    }
    if (body.in_reply_to !== undefined) return Effect.logDebug("an answer to what nobody asked", { src })
    return Either.match(requestOf(body), {
      onLeft: (answer) => reply(message, answer),
      onRight: (request) => serve(message, request)
    })
  }

  const take = (line: Uint8Array | typeof tooLong): Effect.Effect<void> => {
    if (line === tooLong) return Effect.logWarning("a line is too long", { bytesMax: lineBytesMax })
    return Either.match(parse(line), {
      onLeft: ({ detail, request }) =>
        Effect.zipRight(
          Effect.logWarning("a line is no message", { detail }),
          request === null ? Effect.void : reply(request, error("malformedRequest", detail))
        ),
      onRight: (message) => receive(message, line.length)
    })
  }

  const splitter = new LineSplitter(lineBytesMax)
  yield* Stream.runForEach(lines.input, (chunk) => Effect.forEach(splitter.push(chunk), take, { discard: true }))
  const last = splitter.end()
  if (last !== null) yield* take(last)
  yield* Effect.timeoutOption(FiberSet.awaitEmpty(requests), lingerMs)
}, Effect.scoped)
