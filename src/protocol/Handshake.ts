/**
 * How a link begins. The dialer says `hello`, the other side `welcome` (or `refused`), the dialer `confirm`: after that
 * both know that both directions work.
 *
 * The nonces, the authentication suite and the proof are there so that keys can come without a new protocol; `none` is
 * the only suite so far.
 */
import { Schema } from "effect"
import { Address, Port } from "./Discovery.ts"
import { Name, PeerId } from "./Ids.ts"

export const AuthSuite = Schema.Literal("none")

/** 128 random bits in hex. */
export const Nonce = Schema.String.pipe(Schema.pattern(/^[0-9a-f]{32}$/))

/** Who a node is and what it plays, as each side of a link tells the other. */
export const Introduction = Schema.Struct({
  version: Schema.Int,
  cluster: Name,
  game: Name,
  gameVersion: Schema.Int,
  peerId: PeerId,
  /** Grows with each start of a node that keeps its id. */
  incarnation: Schema.NonNegativeInt,
  name: Name,
  address: Address,
  /** Where the node takes beats as datagrams, if it does. */
  beatPort: Schema.NullOr(Port),
  /** Where the node takes thin clients, if it does. */
  clientPort: Schema.NullOr(Port),
  /** The page that the node shares with other machines, if it does. Shown as a link, so nothing but a web address. */
  page: Schema.NullOr(Schema.String.pipe(Schema.pattern(/^https?:\/\/[!-~]{1,248}$/))),
  /** Whether the node wants to host when it has the highest id. */
  preempts: Schema.Boolean,
  nonce: Nonce,
  auth: AuthSuite
})
export type Introduction = typeof Introduction.Type

/**
 * Why a link is not to be: another protocol version, cluster or game (its version too); the node itself; a node with
 * this id is linked already; as many members as there may be; the other side's dial goes first; what was said makes no
 * sense; the link was given up a moment ago, to be tried again `later`.
 */
export const RefusalReason = Schema.Literal(
  "version",
  "cluster",
  "game",
  "self",
  "duplicate",
  "full",
  "direction",
  "invalid",
  "later"
)
export type RefusalReason = typeof RefusalReason.Type

export const Hello = Schema.TaggedStruct("hello", { me: Introduction })
export const Welcome = Schema.TaggedStruct("welcome", {
  me: Introduction,
  nonce: Nonce,
  proof: Schema.NullOr(Schema.String)
})
export const Confirm = Schema.TaggedStruct("confirm", { nonce: Nonce, proof: Schema.NullOr(Schema.String) })
export const Refused = Schema.TaggedStruct("refused", {
  reason: RefusalReason,
  detail: Schema.String.pipe(Schema.maxLength(256))
})
/** Sent before a link is closed on purpose, so that the other side need not guess. */
export const Goodbye = Schema.TaggedStruct("goodbye", { reason: Schema.String.pipe(Schema.maxLength(64)) })

export const HandshakeMessage = Schema.Union(Hello, Welcome, Confirm, Refused, Goodbye)
export type HandshakeMessage = typeof HandshakeMessage.Type
