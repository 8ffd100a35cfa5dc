/** What the parts of a node's life in groups share: where it is, what it knows of others, and what it has said to them. */
import { Effect } from "effect"
import type { Join, Presence } from "../../protocol/Group.ts"
import type { GroupId, PeerId } from "../../protocol/Ids.ts"
import type { PeerHealth } from "../../services/FailureDetector.ts"
import type { Links } from "../../services/PeerLinks.ts"
import type { Guard } from "../../services/RaftGroup.ts"
import type { GroupMembership } from "./GroupMembership.ts"
import { GroupSurroundings } from "./GroupSurroundings.ts"
import { MuteLinks } from "./MuteLinks.ts"
import type { Options } from "./RaftGroupOptions.ts"

/** A link by way of another peer is asked for so often, and a lighter group's leader told, in milliseconds. */
export const againMs = 500
/** The most things that are not done again at once. */
const doneMax = 64

export class GroupDesk {
  readonly around = new GroupSurroundings()
  membership: GroupMembership | null = null
  /** Since when this node has been where it is: in no group, or in one that it has not got into yet. */
  sinceMs: number
  /** The reign that this node had accepted was given up by a group that it has left. */
  hasGiven = false
  guard: Guard = {
    mayChange: () => true,
    mayJoin: () => true,
    accepted: () => null,
    seq: () => this.membership?.node.applied.index ?? 0
  }
  health: ReadonlyMap<PeerId, PeerHealth> = new Map()
  asked: { readonly group: GroupId; readonly stage: Join["stage"] } | null = null
  private askedAt = -Infinity
  private turns = 0
  private readonly doneAt = new Map<string, number>()
  private readonly muteLinks = new MuteLinks()

  constructor(
    readonly self: PeerId,
    readonly options: Options,
    readonly links: Links,
    readonly nowMs: () => number,
    /** This node is to look again what there is to do. */
    readonly look: () => void
  ) {
    this.sinceMs = nowMs()
  }

  /**
   * Whether a peer can be heard: a link that is up need not be of any use, and what a peer said last may be taken from its
   * queue only after its link's end was told.
   */
  isHere(peer: PeerId): boolean {
    return this.health.get(peer)?.state === "up"
  }

  wasDone(what: string, withinMs: number): boolean {
    return this.nowMs() - (this.doneAt.get(what) ?? -Infinity) < withinMs
  }

  /** Whether it is to be done, since it was not done for so long; then it counts as done. */
  isDue(what: string, everyMs: number): boolean {
    if (this.wasDone(what, everyMs)) return false
    if (this.doneAt.size > doneMax) this.doneAt.clear()
    this.doneAt.set(what, this.nowMs())
    return true
  }

  ask(leader: PeerId, group: GroupId, stage: Join["stage"]): Effect.Effect<unknown> {
    if (!this.isHere(leader)) return this.reach(leader)
    const isNew = this.asked?.group !== group || this.asked.stage !== stage
    if (!isNew && this.nowMs() - this.askedAt < this.options.askEveryMs) return Effect.void
    this.asked = { group, stage }
    this.askedAt = this.nowMs()
    const accepted = this.guard.accepted()
    return this.links.send(leader, "group", { _tag: "join", group, stage, accepted, given: this.hasGiven })
  }

  /** By way of a peer that follows it. Not all of them have a link of their own with it, so they take turns. */
  reach(leader: PeerId): Effect.Effect<void> {
    const ways = [...this.around.sights].filter(([peer, sight]) =>
      sight?.leader === leader && peer !== leader && this.isHere(peer)
    )
    const way = ways[this.turns % ways.length]
    if (way === undefined || !this.isDue(`reach ${leader}`, againMs)) return Effect.void
    this.turns++
    return this.links.reach(leader, way[0])
  }

  /** Of the links that say nothing now, those anew that have been so all along. */
  renew(mute: ReadonlyArray<PeerId>): Effect.Effect<void> {
    return Effect.forEach(this.muteLinks.next(mute, this.nowMs()), this.links.renew, { discard: true })
  }

  /** What this node says of where it is. */
  presence(): Presence {
    const { around, guard, membership } = this
    return {
      _tag: "presence",
      group: membership?.group ?? null,
      term: membership?.node.raft.term ?? 0,
      // Whoever leads says so once it knows what it leads.
      leader: membership === null || (membership.leader === this.self && !membership.isEstablished)
        ? null
        : membership.leader,
      voters: membership?.voters ?? [],
      learners: membership?.learners ?? [],
      seq: guard.seq(),
      dissolved: [...around.dissolved]
    }
  }
}
