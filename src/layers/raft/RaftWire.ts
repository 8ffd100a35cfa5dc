/** The core's messages as plain data and back. Snapshots apart: they go in parts. */
import type { Entry, Snapshot } from "../../core/raft/Entry.ts"
import type { Message, MessageOf } from "../../core/raft/Message.ts"
import type { Entry as WireEntry, RaftMessage, SnapshotPart } from "../../protocol/Raft.ts"

export type Plain = Exclude<Message, { readonly _tag: "snapshot" }>

const entryToWire = (entry: Entry): WireEntry => [
  entry.term,
  entry._tag === "command" ? entry.data : entry._tag === "empty" ? null : entry.configuration
]

const entryFromWire = ([term, content]: WireEntry, index: number): Entry => {
  if (content === null) return { _tag: "empty", index, term }
  return content instanceof Uint8Array
    ? { _tag: "command", index, term, data: content }
    : { _tag: "configuration", index, term, configuration: content }
}

export const toWire = (message: Plain): RaftMessage =>
  message._tag === "append" ? { ...message, entries: message.entries.map(entryToWire) } : message

type Carried = Extract<RaftMessage, { readonly _tag: Plain["_tag"] }>

export const fromWire = (message: Carried): Plain =>
  message._tag === "append"
    ? {
      ...message,
      entries: message.entries.map((entry, at) => entryFromWire(entry, message.prevIndex + 1 + at))
    } satisfies MessageOf<"append">
    : message

/** The part of a snapshot from `offset` on. */
export const partOf = (term: number, snapshot: Snapshot, offset: number, bytesMax: number): SnapshotPart => ({
  _tag: "snapshot-part",
  term,
  index: snapshot.index,
  of: snapshot.term,
  configuration: snapshot.configuration,
  total: snapshot.data.length,
  offset,
  bytes: snapshot.data.subarray(offset, offset + bytesMax)
})
