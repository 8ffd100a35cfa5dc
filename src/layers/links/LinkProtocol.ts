/**
 * What every transport's links have in common, as plain synchronous code: messages to frames and back, the handshake,
 * and when a peer has sent too much nonsense.
 */
import { Either, ParseResult, Record as Rec, type Schema } from "effect"
import { type Conversation, conversations, isConversation, type MessageOf } from "../../protocol/Conversation.ts"
import { decodeBody, encodeFrame, type Format } from "../../protocol/Frame.ts"
import type { HandshakeMessage, Introduction, RefusalReason, Refused } from "../../protocol/Handshake.ts"
import { decoder } from "../../protocol/Validation.ts"

/** How long a connection may take to become a link, in milliseconds, from the first SYN on. */
export const handshakeTimeoutMs = 2_000

/** A message with its conversation, as it came. */
export type Incoming = { readonly [C in Conversation]: { readonly conversation: C; readonly message: MessageOf<C> } }[
  Conversation
]

const decoders = Rec.map(conversations, ({ schema }) => decoder(schema as Schema.Schema<unknown, unknown>))

/** A body's message, by its conversation's schema, or why there is none. Throws `FrameError` on no body. */
export const decodeMessage = (body: Uint8Array): Incoming | string => messageOf(decodeBody(body))

/** The same for a frame that is plain data already. */
export const messageOf = (frame: unknown): Incoming | string => {
  if (!Array.isArray(frame) || frame.length !== 2) return "not a pair of conversation and message"
  const conversation: unknown = frame[0]
  if (!isConversation(conversation)) return "unknown conversation"
  const message = decoders[conversation](frame[1])
  return Either.isRight(message)
    ? { conversation, message: message.right } as Incoming
    : `${conversation}: ${brief(message.left)}`
}

export const encodeMessage = <C extends Conversation>(
  conversation: C,
  message: MessageOf<C>,
  format: Format
): Uint8Array => encodeFrame([conversation, message], format)

const brief = (error: ParseResult.ParseError): string =>
  ParseResult.ArrayFormatter.formatErrorSync(error)
    .slice(0, 3)
    .map((issue) => `${issue.path.join(".")}: ${issue.message.slice(0, 120)}`)
    .join("; ")

/** Why no link comes about. */
export type Refusal = Omit<typeof Refused.Type, "_tag">

/** Whether two nodes may be linked at all, as far as their introductions tell. Null: they may. */
export const compareIntroductions = (me: Introduction, other: Introduction): Refusal | null => {
  const differ = (reason: RefusalReason, what: string, mine: unknown, theirs: unknown): Refusal => ({
    reason,
    detail: `${what} ${mine} here, ${theirs} there`
  })
  if (other.version !== me.version) return differ("version", "protocol version", me.version, other.version)
  if (other.cluster !== me.cluster) return differ("cluster", "cluster", me.cluster, other.cluster)
  if (other.game !== me.game) return differ("game", "game", me.game, other.game)
  if (other.gameVersion !== me.gameVersion) {
    return differ("game", `version of ${me.game}`, me.gameVersion, other.gameVersion)
  }
  if (other.peerId === me.peerId) return { reason: "self", detail: "this node's own id" }
  return null
}

export type Role = "dialer" | "acceptor"

/** At which message of the handshake an introduction is judged. */
export type Stage = "hello" | "welcome" | "confirm"

/** What is to be done after a handshake message: say these, and the link is up, or it is over. */
export type Step =
  | { readonly _tag: "go-on"; readonly say: HandshakeMessage }
  | { readonly _tag: "up"; readonly say: HandshakeMessage | null; readonly other: Introduction }
  | { readonly _tag: "refuse" | "refused"; readonly refusal: Refusal }
  | { readonly _tag: "goodbye"; readonly reason: string }

/**
 * One connection's handshake. The dialer counts the link up when the welcome repeats its nonce, the acceptor when the
 * confirm does: either has then seen both directions work. `judge` adds what only the table of links can tell, at
 * `hello` and `confirm` to the acceptor, at `welcome` to the dialer.
 */
export class Handshake {
  private awaited: Stage | "none"
  /** The other side, as soon as it has introduced itself. */
  other: Introduction | null = null

  constructor(
    readonly role: Role,
    private readonly me: Introduction,
    private readonly judge: (other: Introduction, stage: Stage) => Refusal | null
  ) {
    this.awaited = role === "dialer" ? "welcome" : "hello"
  }

  hello(): HandshakeMessage {
    return { _tag: "hello", me: this.me }
  }

  receive(message: HandshakeMessage): Step {
    switch (message._tag) {
      case "refused":
        return { _tag: "refused", refusal: { reason: message.reason, detail: printable(message.detail) } }
      case "goodbye":
        return { _tag: "goodbye", reason: printable(message.reason) }
      case "hello": {
        const refusal = this.introduce(message.me, "hello")
        if (refusal !== null) return { _tag: "refuse", refusal }
        this.awaited = "confirm"
        return { _tag: "go-on", say: { _tag: "welcome", me: this.me, nonce: message.me.nonce, proof: null } }
      }
      case "welcome": {
        if (message.nonce !== this.me.nonce) return refuse("invalid", "the welcome is not for this hello")
        const refusal = this.introduce(message.me, "welcome")
        if (refusal !== null) return { _tag: "refuse", refusal }
        this.awaited = "none"
        return { _tag: "up", say: { _tag: "confirm", nonce: message.me.nonce, proof: null }, other: message.me }
      }
      case "confirm": {
        if (this.awaited !== "confirm" || this.other === null) return refuse("invalid", "confirm out of turn")
        if (message.nonce !== this.me.nonce) return refuse("invalid", "the confirm is not for this welcome")
        const refusal = this.judge(this.other, "confirm")
        if (refusal !== null) return { _tag: "refuse", refusal }
        this.awaited = "none"
        return { _tag: "up", say: null, other: this.other }
      }
    }
  }

  private introduce(other: Introduction, stage: "hello" | "welcome"): Refusal | null {
    if (this.awaited !== stage) return { reason: "invalid", detail: `${stage} out of turn` }
    const refusal = compareIntroductions(this.me, other) ?? this.judge(other, stage)
    if (refusal === null) this.other = other
    return refusal
  }
}

/** What others say goes into logs, and must not steer a terminal from there. */
const printable = (text: string): string => text.replace(/\p{C}/gu, "?")

const refuse = (reason: RefusalReason, detail: string): Step => ({ _tag: "refuse", refusal: { reason, detail } })

/** How many invalid messages within how many seconds are taken before a peer is disconnected. */
export const invalidMax = 32
export const invalidWindowMs = 10_000

/** Tells a peer that errs now and then from one that keeps on. */
export class InvalidGauge {
  private readonly times: Array<bigint> = []

  /** Counts one at `nowNanos` (monotonic). True when that was one too many. */
  count(nowNanos: bigint): boolean {
    this.times.push(nowNanos)
    if (this.times.length <= invalidMax) return false
    const first = this.times.shift()!
    return nowNanos - first <= BigInt(invalidWindowMs) * 1_000_000n
  }
}
