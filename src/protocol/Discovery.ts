/** What nodes call across the LAN, one JSON datagram each: readable by people with tcpdump, and by any language. */
import { Schema } from "effect"
import { Name, PeerId } from "./Ids.ts"

/** Goes up when nodes of different versions could misunderstand one another. Checked in announcements, handshakes, sessions. */
export const protocolVersion = 2

/** The largest announcement, in bytes; what is larger is not even parsed. */
export const announcementBytesMax = 1200

export const Port = Schema.Int.pipe(Schema.between(1, 65535))

/** A dotted IPv4 address. */
export const Address = Schema.String.pipe(
  Schema.pattern(/^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)$/)
)

/**
 * "I am here": sent by broadcast at start and as a slow beat, and directly to whoever announces itself (`answer`).
 * `bye` is sent once on a clean stop.
 */
export const Announcement = Schema.Struct({
  hostless: Schema.Literal(protocolVersion),
  kind: Schema.Literal("announce", "answer", "bye"),
  cluster: Name,
  game: Name,
  peerId: PeerId,
  name: Name,
  /** Where the node takes links. */
  address: Address,
  port: Port,
  /** Where the node takes thin clients, if it does. */
  clientPort: Schema.NullOr(Port)
})
export type Announcement = typeof Announcement.Type

/**
 * "Who serves this cluster?", asked by a program that is no node. A node that takes thin clients answers with its
 * announcement, to who asks alone, unless that would be longer than the question: so it is padded.
 */
export const Seek = Schema.Struct({
  hostless: Schema.Literal(protocolVersion),
  kind: Schema.Literal("seek"),
  cluster: Name,
  pad: Schema.String
})
export type Seek = typeof Seek.Type
