/**
 * Snapshots in parts, since a frame holds no more than so much: at most a window of parts to each follower is under way,
 * and at most one snapshot is put together.
 */
import type { Snapshot } from "../../core/raft/Entry.ts"
import type { MessageOf } from "../../core/raft/Message.ts"
import { joined } from "../../protocol/Bytes.ts"
import type { PeerId } from "../../protocol/Ids.ts"
import { partBytesMax, type SnapshotPart } from "../../protocol/Raft.ts"
import { partOf } from "./RaftWire.ts"

/** Of one snapshot's parts that are not answered. */
const windowParts = 4

interface Sending {
  readonly term: number
  readonly snapshot: Snapshot
  sent: number
  /** Whether it got further since it was last asked for. */
  moved: boolean
}

type Send = (to: PeerId, part: SnapshotPart) => void

/** What a leader sends. */
export class SnapshotSending {
  private readonly byPeer = new Map<PeerId, Sending>()

  constructor(private readonly send: Send) {}

  /** One that is on its way already goes on, as long as it gets further. */
  begin(to: PeerId, { snapshot, term }: MessageOf<"snapshot">): void {
    const underWay = this.byPeer.get(to)
    if (underWay?.moved && underWay.snapshot.index === snapshot.index && underWay.term === term) {
      underWay.moved = false
      return
    }
    const sending = { term, snapshot, sent: 0, moved: false }
    this.byPeer.set(to, sending)
    this.fill(to, sending, 0)
  }

  received(from: PeerId, index: number, of: number, received: number): void {
    const sending = this.byPeer.get(from)
    if (sending?.snapshot.index !== index || sending.snapshot.term !== of) return
    sending.moved = true
    if (received >= sending.snapshot.data.length) this.byPeer.delete(from)
    else this.fill(from, sending, received)
  }

  /** Its link has ended, or this node leads no more. */
  forget(peer: PeerId): void {
    this.byPeer.delete(peer)
  }

  clear(): void {
    this.byPeer.clear()
  }

  private fill(to: PeerId, sending: Sending, received: number): void {
    const { snapshot, term } = sending
    const end = Math.min(snapshot.data.length, received + windowParts * partBytesMax)
    // An empty state is one part, too.
    for (let first = sending.sent === 0; first || sending.sent < end; first = false) {
      this.send(to, partOf(term, snapshot, sending.sent, partBytesMax))
      sending.sent += Math.min(partBytesMax, snapshot.data.length - sending.sent)
    }
  }
}

/** What a follower has of the one snapshot that it is sent. */
export class SnapshotReceiving {
  private from: PeerId | null = null
  private first: SnapshotPart | null = null
  private parts: Array<Uint8Array> = []
  private bytes = 0

  /** How far it has come, and the whole if that is it. Parts that do not follow are passed over. */
  take(from: PeerId, part: SnapshotPart): { readonly received: number; readonly whole: MessageOf<"snapshot"> | null } {
    const { bytes, configuration, index, of, offset, term, total } = part
    if (offset === 0) {
      this.clear()
      this.from = from
      this.first = part
    }
    if (this.from !== from || this.first?.index !== index || this.first.of !== of) return { received: 0, whole: null }
    if (offset !== this.bytes || offset + bytes.length > total) return { received: this.bytes, whole: null }
    this.parts.push(bytes)
    this.bytes += bytes.length
    const received = this.bytes
    if (received < total) return { received, whole: null }
    const data = joined(this.parts)
    this.clear()
    return { received, whole: { _tag: "snapshot", term, snapshot: { index, term: of, configuration, data } } }
  }

  forget(peer: PeerId): void {
    if (this.from === peer) this.clear()
  }

  private clear(): void {
    this.from = null
    this.first = null
    this.parts = []
    this.bytes = 0
  }
}
