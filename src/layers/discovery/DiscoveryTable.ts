/**
 * What announcements make known, the same over every transport: who is there, who was told about this node, what else is
 * played around here. Synchronous; all tables are bounded.
 */
import { Schema } from "effect"
import { Announcement, announcementBytesMax, protocolVersion, Seek } from "../../protocol/Discovery.ts"
import type { PeerId } from "../../protocol/Ids.ts"
import { jsonReader } from "../../protocol/Reading.ts"
import type { OtherGame, Place } from "../../services/Discovery.ts"

/** The most nodes of this cluster that are remembered, and for how long since they were heard, in milliseconds. */
export const peersMax = 256
export const peerKeptMs = 10_000
/** The most other games, the most nodes counted in one, and for how long since they were heard, in milliseconds. */
export const otherGamesMax = 64
export const otherNodesMax = 64
export const otherGameKeptMs = 10_000
/** A node is answered at most this often, in milliseconds. */
export const answerEveryMs = 100
/** The most programs that are no nodes that are answered in a second. */
export const seekersPerSecond = 200

const toUtf8 = new TextEncoder()

/** What a datagram says, or null. */
export const decode = jsonReader(Schema.Union(Announcement, Seek), announcementBytesMax)

export const encode = (call: Announcement | Seek): Uint8Array => toUtf8.encode(JSON.stringify(call))

const portMax = 65_535

/** Loopback reaches only loopback, so nodes on either side of that line cannot be in one game. */
const isLoopback = (address: string): boolean => address.startsWith("127.")

interface Known {
  announcement: Announcement
  heardAt: bigint
  answeredAt: bigint | null
}

export interface Heard {
  /** To be told to subscribers, or null. */
  readonly announcement: Announcement | null
  readonly answer: boolean
}

const nothing: Heard = { announcement: null, answer: false }

export class DiscoveryTable {
  rejected = 0
  private readonly peers = new Map<PeerId, Known>()
  private readonly others = new Map<string, Map<PeerId, bigint>>()
  private seekers = { second: -1n, answered: 0 }

  constructor(
    private readonly me: Omit<Announcement, "hostless" | "kind" | "address" | "port">,
    private readonly address: string,
    private readonly nowNanos: () => bigint
  ) {}

  own(kind: Announcement["kind"], place: Place): Announcement {
    return { hostless: protocolVersion, ...this.me, kind, address: place.address, port: place.port }
  }

  receive(datagram: Uint8Array): Heard {
    const announcement = decode(datagram)
    if (announcement === null) {
      this.rejected += 1
      return nothing
    }
    if (announcement.kind === "seek") return { announcement: null, answer: this.hearSeeker(announcement, datagram) }
    if (announcement.peerId === this.me.peerId || isLoopback(announcement.address) !== isLoopback(this.address)) {
      return nothing
    }
    if (announcement.cluster !== this.me.cluster || announcement.game !== this.me.game) {
      this.hearOther(announcement)
      return nothing
    }
    return this.hearPeer(announcement)
  }

  /** The newest announcement of each node of this cluster that is there. */
  newest(): ReadonlyArray<Announcement> {
    this.expire(this.peers, peerKeptMs, (known) => known.heardAt)
    return Array.from(this.peers.values(), (known) => known.announcement)
  }

  otherGames(): ReadonlyArray<OtherGame> {
    const games: Array<OtherGame> = []
    for (const [key, nodes] of this.others) {
      this.expire(nodes, otherGameKeptMs, (heardAt) => heardAt)
      if (nodes.size === 0) this.others.delete(key)
      else {
        const [cluster, game] = JSON.parse(key) as [string, string]
        games.push({ cluster, game, nodes: nodes.size })
      }
    }
    return games
  }

  /** Whether to answer: nothing longer than the question, so that it is of no use to who forges the sender. */
  private hearSeeker({ cluster }: Seek, { length }: Uint8Array): boolean {
    if (cluster !== this.me.cluster || this.me.clientPort === null) return false
    if (length < encode(this.own("answer", { address: this.address, port: portMax })).length) return false
    const second = this.nowNanos() / 1_000_000_000n
    if (second !== this.seekers.second) this.seekers = { second, answered: 0 }
    return ++this.seekers.answered <= seekersPerSecond
  }

  private hearPeer(announcement: Announcement): Heard {
    const { kind, peerId } = announcement
    if (kind === "bye") {
      this.peers.delete(peerId)
      return { announcement, answer: false }
    }
    const now = this.nowNanos()
    let known = this.peers.get(peerId)
    if (known === undefined) {
      if (this.peers.size >= peersMax) this.expire(this.peers, peerKeptMs, (known) => known.heardAt)
      if (this.peers.size >= peersMax) return nothing
      known = { announcement, heardAt: now, answeredAt: null }
      this.peers.set(peerId, known)
    }
    known.announcement = announcement
    known.heardAt = now
    const answer = kind === "announce" &&
      (known.answeredAt === null || now - known.answeredAt >= BigInt(answerEveryMs) * 1_000_000n)
    if (answer) known.answeredAt = now
    return { announcement, answer }
  }

  private hearOther({ cluster, game, kind, peerId }: Announcement): void {
    const key = JSON.stringify([cluster, game])
    const nodes = this.others.get(key)
    if (kind === "bye") {
      nodes?.delete(peerId)
      return
    }
    if (nodes !== undefined) {
      if (nodes.size < otherNodesMax || nodes.has(peerId)) nodes.set(peerId, this.nowNanos())
      return
    }
    if (this.others.size >= otherGamesMax) this.otherGames()
    if (this.others.size < otherGamesMax) this.others.set(key, new Map([[peerId, this.nowNanos()]]))
  }

  private expire<K, V>(table: Map<K, V>, keptMs: number, heardAt: (value: V) => bigint): void {
    const before = this.nowNanos() - BigInt(keptMs) * 1_000_000n
    for (const [key, value] of table) if (heardAt(value) < before) table.delete(key)
  }
}
