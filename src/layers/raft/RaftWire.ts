/** The core's messages as plain data and back. Snapshots apart: they go in parts. */
import type { Entry, Snapshot } from "../../core/raft/Entry.ts"
import type { Message, MessageOf } from "../../core/raft/Message.ts"
import type { Entry as WireEntry, RaftMessage, SnapshotPart } from "../../protocol/Raft.ts"

export type Plain = Exclude<Message, { readonly _tag: "snapshot" }>

/** Bytes as the wire has them. */
export const toText = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64")

export const toBytes = (text: string): Uint8Array => Buffer.from(text, "base64")

/** A leader sends an entry to each follower, one soon after the other: it is written once. A power of two. */
const writtenMax = 1_024
const written: Array<{ readonly data: Uint8Array; readonly text: string } | undefined> = []

/** Not a `WeakMap`: collecting garbage takes longer by each that is in one. */
const textOf = (index: number, data: Uint8Array): string => {
  const place = index & (writtenMax - 1)
  const found = written[place]
  if (found?.data === data) return found.text
  const text = toText(data)
  written[place] = { data, text }
  return text
}

const entryToWire = (entry: Entry): WireEntry => {
  switch (entry._tag) {
    case "command":
      return [entry.term, textOf(entry.index, entry.data)]
    case "empty":
      return [entry.term, null]
    case "configuration":
      return [entry.term, entry.configuration]
  }
}

const entryFromWire = ([term, content]: WireEntry, index: number): Entry => {
  if (content === null) return { _tag: "empty", index, term }
  return typeof content === "string"
    ? { _tag: "command", index, term, data: toBytes(content) }
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
  bytes: toText(snapshot.data.subarray(offset, offset + bytesMax))
})
