/** What a node knows of the others for its group's sake: where they say they are, what they ask for, and who is missing. */
import type { Absence } from "../../core/group/Changes.ts"
import { dissolvedMax, type GroupMessage, type Presence } from "../../protocol/Group.ts"
import type { GroupId, PeerId } from "../../protocol/Ids.ts"
import type { Envelope } from "../../services/MessageQueues.ts"
import type { DownReason, LinkChange } from "../../services/PeerLinks.ts"

type MessageOf<T extends GroupMessage["_tag"]> = Extract<GroupMessage, { readonly _tag: T }>
type EnvelopeOf<T extends GroupMessage["_tag"]> = Envelope<"group"> & { readonly message: MessageOf<T> }

const howOf = (reason: DownReason): Absence["how"] =>
  reason === "left" ? "left" : reason === "closed" || reason === "reset" ? "ended" : "silent"

export class GroupSurroundings {
  /** Of all peers that a link is up with. */
  readonly sights = new Map<PeerId, Presence | null>()
  /** What nodes ask the leader for, the newest of each. */
  readonly asks = new Map<PeerId, MessageOf<"join">>()
  /** How links ended that are not up again. */
  private readonly ends = new Map<PeerId, Absence["how"]>()
  /** Since when this node has been missing its group's members, while it leads; monotonic milliseconds. */
  private missingSince = new Map<PeerId, number>()
  /** Groups that are known to be dissolved; the oldest are forgotten. */
  readonly dissolved = new Set<GroupId>()
  welcome: EnvelopeOf<"welcome"> | null = null
  lighter: EnvelopeOf<"lighter"> | null = null

  learnDissolved(group: GroupId): void {
    if (this.dissolved.has(group)) return
    this.dissolved.add(group)
    for (const oldest of this.dissolved) if (this.dissolved.size > dissolvedMax) this.dissolved.delete(oldest)
  }

  linkChanged(change: LinkChange): void {
    if (change._tag === "up") {
      this.sights.set(change.peer.peerId, this.sights.get(change.peer.peerId) ?? null)
      this.ends.delete(change.peer.peerId)
      return
    }
    // The same process, over another connection.
    if (change.reason === "renewed") return
    this.sights.delete(change.peerId)
    this.asks.delete(change.peerId)
    this.ends.set(change.peerId, howOf(change.reason))
  }

  /** Not to be called with what came by a link whose end is told already; its beginning may be told later. */
  heard(from: PeerId, message: GroupMessage): void {
    switch (message._tag) {
      case "presence":
        this.sights.set(from, message)
        for (const group of message.dissolved) this.learnDissolved(group)
        return
      case "join":
        this.asks.set(from, message)
        return
      case "welcome":
        this.welcome = { from, message }
        return
      case "lighter":
        this.lighter = { from, message }
    }
  }

  /** Whom peers say they follow in a group's newest term, which is this node's own, `term`, at least. */
  leaderOf(group: GroupId, term: number, self: PeerId): PeerId | null {
    let newest = term
    let found: PeerId | null = null
    for (const sight of this.sights.values()) {
      const leader = sight?.group === group ? sight.leader : null
      if (sight === null || leader === null || leader === self || sight.term < newest) continue
      if (found === null || sight.term > newest) found = leader
      newest = sight.term
    }
    return found
  }

  /** Members that are missing now. `isHere`: whether a peer can be heard. */
  absences(members: Iterable<PeerId>, isHere: (peer: PeerId) => boolean, now: number): Map<PeerId, Absence> {
    const since = new Map<PeerId, number>()
    const absences = new Map<PeerId, Absence>()
    for (const member of members) {
      if (isHere(member)) continue
      const sinceMs = this.missingSince.get(member) ?? now
      since.set(member, sinceMs)
      const how = this.sights.has(member) ? "silent" : this.ends.get(member) ?? "silent"
      absences.set(member, { how, forMs: now - sinceMs })
    }
    this.missingSince = since
    return absences
  }

  /** This node does not lead any more: it misses nobody. */
  missNobody(): void {
    this.missingSince = new Map()
    this.asks.clear()
    // Of others' ends it need not know for ever.
    if (this.ends.size > endsMax) this.ends.clear()
  }
}

const endsMax = 256
