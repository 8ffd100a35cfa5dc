/** What links carry, with schemas and delivery classes. A link frame is the pair `[conversation, message]`. */
import type { Schema } from "effect"
import { Beat } from "./Beat.ts"
import { BullyMessage } from "./Bully.ts"
import { GroupMessage } from "./Group.ts"
import { HandshakeMessage } from "./Handshake.ts"
import { InputMessage } from "./Input.ts"
import { LeadershipMessage } from "./Leadership.ts"
import { RaftFrame } from "./Raft.ts"
import { RelayMessage } from "./Relay.ts"
import { ProgressMessage, ReplicationMessage, SyncMessage } from "./Replication.ts"

/**
 * - `control`: never dropped; a peer that cannot take it is disconnected as too slow.
 * - `replication`: reliable, ordered, never conflated; a laggard gets a snapshot instead.
 * - `input`: limited; what is over the limit is dropped, and sent again by the screen until it is acknowledged.
 * - `hint`: may be dropped whenever that is convenient; the newest stands for those before it.
 */
export type DeliveryClass = "control" | "replication" | "input" | "hint"

export const conversations = {
  handshake: { schema: HandshakeMessage, delivery: "control" },
  beat: { schema: Beat, delivery: "hint" },
  bully: { schema: BullyMessage, delivery: "control" },
  sync: { schema: SyncMessage, delivery: "control" },
  progress: { schema: ProgressMessage, delivery: "control" },
  replication: { schema: ReplicationMessage, delivery: "replication" },
  input: { schema: InputMessage, delivery: "input" },
  relay: { schema: RelayMessage, delivery: "replication" },
  // In one queue, so that a vote is not told before what it is about. Most of it is entries, which must not take the
  // room that is kept for control; Raft's own windows bound them, and it does without what a broken link loses.
  raft: { schema: RaftFrame, delivery: "replication" },
  group: { schema: GroupMessage, delivery: "control" },
  leadership: { schema: LeadershipMessage, delivery: "control" }
  // oxlint-disable-next-line typescript/no-explicit-any -- any schema will do here
} as const satisfies Record<string, { readonly schema: Schema.Schema<any, any>; readonly delivery: DeliveryClass }>

export type Conversation = keyof typeof conversations
export type MessageOf<C extends Conversation> = (typeof conversations)[C]["schema"]["Type"]

export const deliveryOf = (conversation: Conversation): DeliveryClass => conversations[conversation].delivery

export const isConversation = (name: unknown): name is Conversation =>
  typeof name === "string" && Object.hasOwn(conversations, name)
