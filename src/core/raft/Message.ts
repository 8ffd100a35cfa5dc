/**
 * What nodes tell each other, as plain data: what goes over a wire, where each is described, but with whole entries, and
 * with a snapshot in one piece.
 */
import type { Append, RaftMessage } from "../../protocol/Raft.ts"
import type { Entry, Snapshot } from "./Entry.ts"

export type Message =
  | Exclude<RaftMessage, { readonly _tag: "append" | "snapshot-part" | "snapshot-received" | "proposals" | "declined" }>
  | Omit<typeof Append.Type, "entries"> & { readonly entries: ReadonlyArray<Entry> }
  /** In place of entries that the leader has no more (section 7). */
  | { readonly _tag: "snapshot"; readonly term: number; readonly snapshot: Snapshot }

export type MessageOf<Tag extends Message["_tag"]> = Extract<Message, { readonly _tag: Tag }>
