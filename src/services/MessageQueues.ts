/**
 * The queues between links and whoever handles a conversation: one inwards per conversation, one outwards per peer, all
 * bounded. Game code never touches a socket.
 */
import { Context, type Effect } from "effect"
import type { Conversation, DeliveryClass, MessageOf } from "../protocol/Conversation.ts"
import type { PeerId } from "../protocol/Ids.ts"

/** A validated message and the peer whose link it came by. */
export interface Envelope<C extends Conversation = Conversation> {
  readonly from: PeerId
  readonly message: MessageOf<C>
}

/** What became of an offer: `overflow` means that the sender must be disconnected, since its class may not drop. */
export type Offered = "accepted" | "dropped" | "overflow"

/** What waits for one peer's wire. Not safe across fibers: its link owns it. */
export interface Outbox {
  /** Bytes are kept in order. What a full outbox does depends on the class: `hint` and `input` are dropped, else overflow. */
  readonly offer: (frame: Uint8Array, delivery: DeliveryClass) => Offered
  /** Everything that waits, in order; the outbox is empty after that. */
  readonly takeAll: () => ReadonlyArray<Uint8Array>
  /** Those of the class `hint`, in order: for a wire on which they need not wait. The others stay. */
  readonly takeHints: () => ReadonlyArray<Uint8Array>
  readonly bytes: () => number
}

export interface Queues {
  /** Called by links, never blocks. `bytes`: the message's size on the wire, which counts against the sender's bound. */
  readonly offer: <C extends Conversation>(conversation: C, envelope: Envelope<C>, bytes?: number) => Offered
  /** All waiting messages of a conversation, at least one, in order of arrival. Each conversation has one taker. */
  readonly take: <C extends Conversation>(conversation: C) => Effect.Effect<ReadonlyArray<Envelope<C>>>
  /** What waits just now, maybe nothing, for the same taker: it must not learn of a link's end before what came by it. */
  readonly drain: <C extends Conversation>(conversation: C) => ReadonlyArray<Envelope<C>>
  /** A fresh outbox for a link. */
  readonly outbox: () => Outbox
  /** How many messages wait per conversation. */
  readonly depths: Effect.Effect<Readonly<Record<Conversation, number>>>
}

export class MessageQueues extends Context.Tag("hostless/MessageQueues")<MessageQueues, Queues>() {}
