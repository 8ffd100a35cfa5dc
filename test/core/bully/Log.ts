/**
 * What the election is for, as far as its safety is concerned: one log that whoever hosts goes on with. A host asks all
 * that follow it for their ends of it, takes the furthest, adds entries and replicates them.
 */
import { majority } from "../../../src/core/raft/Quorum.ts"
import type { PeerId } from "../../../src/protocol/Ids.ts"
import { compare, equals, ref, type Reign, type ReignRef } from "../../../src/protocol/Reign.ts"

/** An end of a log; what comes before it hangs on it. */
export interface Entry {
  readonly seq: number
  readonly reign: ReignRef
  readonly before: Entry | null
}

export type LogMessage =
  | { readonly _tag: "sync-request"; readonly reign: ReignRef }
  | { readonly _tag: "sync-answer"; readonly reign: ReignRef; readonly end: Entry | null }
  | { readonly _tag: "replicate"; readonly reign: ReignRef; readonly end: Entry }
  | { readonly _tag: "held"; readonly reign: ReignRef; readonly end: Entry }

/** Whether a log that ends here has the entry. */
export const has = (end: Entry | null, entry: Entry | null): boolean => {
  if (entry === null) return true
  let at = end
  while (at !== null && at.seq > entry.seq) at = at.before
  return at === entry
}

const furtherThan = (a: Entry | null, b: Entry | null): boolean => {
  if (a === null) return false
  if (b === null) return true
  return (compare(a.reign, b.reign) || a.seq - b.seq) > 0
}

/** What the log needs of the node that it lives on. */
export interface LogOwner {
  readonly id: PeerId
  readonly quorum: boolean
  readonly livePeers: () => ReadonlyArray<PeerId>
  readonly send: (to: PeerId, message: LogMessage) => void
  /** A majority holds this entry, or without a quorum another node. */
  readonly committed: (entry: Entry, reign: ReignRef) => void
  /** A host goes on from this end. */
  readonly began: (reign: Reign, end: Entry | null) => void
}

export class Log {
  end: Entry | null = null
  private reign: Reign | null = null
  private role: "host" | "peer" | "electing" = "electing"
  private running = false
  /** The last reign of its own under which everybody was heard. */
  private asked: ReignRef | null = null
  private answers = new Map<PeerId, Entry | null>()
  private held = new Map<PeerId, Entry>()
  /** A question of a reign that is not accepted here yet. */
  private early: { readonly from: PeerId; readonly reign: ReignRef } | null = null

  constructor(private readonly owner: LogOwner) {}

  /** Peers that have everything, as far as is known. */
  get followers(): ReadonlyArray<PeerId> {
    return this.running ? [...this.answers.keys()] : []
  }

  stand(role: "host" | "peer" | "electing", reign: Reign | null, over: ReadonlyArray<ReignRef>): void {
    const news = !equals(reign, this.reign)
    this.role = role
    if (news) {
      this.reign = reign
      this.running = false
      this.answers = new Map()
      this.held = new Map()
      if (this.early !== null && equals(this.early.reign, reign)) this.answer(this.early.from)
    }
    if (role !== "host" || this.running || this.reign === null) return
    for (const peer of this.owner.livePeers()) this.ask(peer)
    // A reign of its own that this one goes on from, but that had not yet heard everybody, leaves that to do.
    const whole = over.every((ended) => ended.host !== this.owner.id || equals(ended, this.asked))
    if (over.length > 0 && whole) this.begin()
    else this.settle()
  }

  ask(peer: PeerId): void {
    if (this.reign !== null && this.reign.host === this.owner.id && this.role === "host") {
      this.owner.send(peer, { _tag: "sync-request", reign: ref(this.reign) })
    }
  }

  settle(): void {
    if (this.running || this.role !== "host" || this.reign === null) return
    if (this.owner.livePeers().some((peer) => !this.answers.has(peer))) return
    if (this.owner.quorum) {
      const there = this.reign.members.filter((id) => id === this.owner.id || this.answers.has(id)).length
      if (there < majority(this.reign.members.length)) return
    }
    for (const end of this.answers.values()) if (furtherThan(end, this.end)) this.end = end
    this.begin()
  }

  private begin(): void {
    this.running = true
    this.asked = ref(this.reign!)
    this.owner.began(this.reign!, this.end)
    for (const peer of this.answers.keys()) this.replicate(peer)
  }

  /** Whoever has not answered is asked again; one more entry. */
  tick(): void {
    if (this.role !== "host") return
    for (const peer of this.owner.livePeers()) if (!this.answers.has(peer)) this.ask(peer)
    if (!this.running) return
    this.end = { seq: (this.end?.seq ?? 0) + 1, reign: ref(this.reign!), before: this.end }
    for (const peer of this.answers.keys()) this.replicate(peer)
    if (this.owner.quorum) this.count()
  }

  private replicate(peer: PeerId): void {
    if (this.end !== null) this.owner.send(peer, { _tag: "replicate", reign: ref(this.reign!), end: this.end })
  }

  /** The newest entry of this reign that a majority holds is safe. */
  private count(): void {
    const { members } = this.reign!
    const ends = members
      .map((id) => id === this.owner.id ? this.end : this.held.get(id) ?? null)
      .sort((a, b) => (b?.seq ?? 0) - (a?.seq ?? 0))
    const entry = ends[majority(members.length) - 1] ?? null
    if (entry !== null && equals(entry.reign, this.reign)) this.owner.committed(entry, this.reign!)
  }

  private answer(to: PeerId): void {
    this.early = null
    this.owner.send(to, { _tag: "sync-answer", reign: ref(this.reign!), end: this.end })
  }

  receive(from: PeerId, message: LogMessage): void {
    if (message._tag === "sync-request") {
      if (equals(this.reign, message.reign)) this.answer(from)
      else if (this.reign === null || compare(message.reign, this.reign) > 0) {
        this.early = { from, reign: message.reign }
      }
      return
    }
    if (!equals(this.reign, message.reign)) return
    switch (message._tag) {
      case "sync-answer":
        this.answers.set(from, message.end)
        if (this.running) this.replicate(from)
        else this.settle()
        return
      case "replicate":
        if (this.role !== "peer" || from !== this.reign!.host) return
        this.end = message.end
        this.owner.send(from, { _tag: "held", reign: message.reign, end: message.end })
        return
      case "held":
        if ((this.held.get(from)?.seq ?? 0) < message.end.seq) this.held.set(from, message.end)
        if (!this.running) return
        if (this.owner.quorum) this.count()
        else if (has(this.end, message.end)) this.owner.committed(message.end, this.reign!)
        return
    }
  }

  gone(peer: PeerId): void {
    this.answers.delete(peer)
    this.settle()
  }
}
