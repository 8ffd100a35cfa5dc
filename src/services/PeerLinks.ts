/** Links to the other nodes of the cluster. */
import { Context, Data, type Effect, type Stream } from "effect"
import type { Conversation, MessageOf } from "../protocol/Conversation.ts"
import type { Introduction } from "../protocol/Handshake.ts"
import type { PeerId } from "../protocol/Ids.ts"
import type { Counters } from "../protocol/Status.ts"
import type { Place, Unbound } from "./Discovery.ts"
import type { Watch } from "./Watch.ts"

/** Links cannot be had at all. `detail` says which port or address, and what to do. */
export class LinkError extends Data.TaggedError("LinkError")<Unbound> {}

/** The other side of a link, as it introduced itself. */
export interface Peer extends
  Pick<
    Introduction,
    "peerId" | "incarnation" | "name" | "address" | "beatPort" | "clientPort" | "page" | "preempts"
  >
{
  /** The peer that carries the link, where the two cannot reach each other; null: nobody. */
  readonly via: PeerId | null
}

/**
 * Why a link went down: `closed` and `reset` mean that the other process or machine said so (a killed process too);
 * `left` that it said goodbye; `slow` that it did not take what it was sent; `invalid` that it kept sending what no
 * schema takes; `abandoned` that it was given up here; `replaced` that another start of the same node
 * is linked instead; `renewed` that another connection to the same process is. After these two `up` follows at once.
 */
export type DownReason = "closed" | "reset" | "left" | "slow" | "invalid" | "abandoned" | "replaced" | "renewed"

export type LinkChange =
  | { readonly _tag: "up"; readonly peer: Peer }
  | { readonly _tag: "down"; readonly peerId: PeerId; readonly reason: DownReason }

export type LinkCounters = Pick<Counters, "framesIn" | "framesOut" | "framesRejected">

export interface Links {
  /** Where this node takes links. */
  readonly place: Place
  /** All peers whose link is up, at most one link each. */
  readonly peers: Effect.Effect<ReadonlyArray<Peer>>
  /** Starts with `up` for each peer that is up, then tells changes, in order, none missing. */
  readonly changes: Stream.Stream<LinkChange>
  /** The same. */
  readonly watch: Watch<LinkChange>
  /**
   * Hands a message to the peer's outbox: reliable and in order per peer until the link goes down, hints apart, which may
   * be lost and overtake others. False when there is no link, or the message was dropped as its class allows.
   */
  readonly send: <C extends Conversation>(to: PeerId, conversation: C, message: MessageOf<C>) => Effect.Effect<boolean>
  /** The same message to several peers, encoded once. Peers without a link are passed over. */
  readonly broadcast: <C extends Conversation>(
    to: Iterable<PeerId>,
    conversation: C,
    message: MessageOf<C>
  ) => Effect.Effect<void>
  /**
   * Begins a link with a peer by way of another that both are linked with, in place of one that is of no use. It goes
   * down with the link that carries it, and when a direct one comes up.
   */
  readonly reach: (peer: PeerId, via: PeerId) => Effect.Effect<void>
  /**
   * Dials the peer anew if this node dialled its link; the new connection takes the old one's place when it stands. For
   * who has been out of reach: the old one goes on only when its next retransmission is due, which after a cut is up to as
   * long again (RFC 6298).
   */
  readonly renew: (peer: PeerId) => Effect.Effect<void>
  /** Closes the peer's link; it may dial again after a while. */
  readonly disconnect: (peer: PeerId, reason: DownReason) => Effect.Effect<void>
  /** Counts a message whose content its conversation's owner refused; a peer that goes on is disconnected as `invalid`. */
  readonly reject: (peer: PeerId, detail: string) => Effect.Effect<void>
  readonly counters: Effect.Effect<LinkCounters>
}

export class PeerLinks extends Context.Tag("hostless/PeerLinks")<PeerLinks, Links>() {}
