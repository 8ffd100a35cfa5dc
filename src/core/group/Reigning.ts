/**
 * Who hosts, where a group's Raft log says so. A leader notes its reign in the log once it has applied all that leaders
 * before it committed; the reign begins, for each node, when that note is committed there. So the reigns of a group are one
 * sequence, the same for all, and only who leads under the newest of them hosts.
 */
import type { Epoch, PeerId } from "../../protocol/Ids.ts"
import {
  type Declaration,
  equals,
  ref as refOf,
  type Reign,
  type ReignCause,
  type ReignRef
} from "../../protocol/Reign.ts"
import { majority } from "../raft/Quorum.ts"

export type { Declaration }

/** The newest that is committed, and the term that it is of. */
export interface Declared extends Declaration {
  readonly term: number
}

/** This node's place in its group. */
export interface Place {
  readonly term: number
  /** Whom this node follows; itself, if it leads. */
  readonly leader: PeerId | null
  /** It leads, and has applied all that leaders before it have committed. */
  readonly isEstablished: boolean
  readonly voters: ReadonlyArray<PeerId>
  /** Whether it is committed that these are the members. */
  readonly isSettled: boolean
  /** This node was in another group before, which gave way. */
  readonly followsAnother: boolean
}

/** What a new reign is to do besides. */
export interface Wants {
  /** How the last host was lost. */
  readonly lossCause: ReignCause
  /** The reign that was offered to this node, and that it holds all events of. */
  readonly offered: ReignRef | null
  /** Reigns of others that are given up for this one. */
  readonly given: ReadonlyArray<ReignRef>
  /** Epochs that somebody has accepted who is to follow. */
  readonly above: number
  /** The present reign was offered to another, who did not take it. */
  readonly again: boolean
}

export const nothing: Wants = { lossCause: "silence", offered: null, given: [], above: 0, again: false }

const overMax = 16

const sameMembers = (a: ReadonlyArray<PeerId>, b: ReadonlyArray<PeerId>): boolean =>
  a.length === b.length && a.every((id) => b.includes(id))

/** Whether this node leads under the newest reign, which is its own. */
export const leads = (self: PeerId, place: Place, declared: Declared | null): declared is Declared =>
  place.isEstablished && declared !== null && declared.term === place.term && declared.reign.host === self

/** What an established leader has to note now, if anything. `accepted`: the newest reign that this node has accepted. */
export const next = (
  self: PeerId,
  place: Place,
  declared: Declared | null,
  accepted: Reign | null,
  wants: Wants
): Declaration | null => {
  if (!place.isEstablished || !place.isSettled) return null
  const epoch = Math.max(declared?.reign.epoch ?? 0, accepted?.epoch ?? 0, wants.above) + 1 as Epoch
  const ref: ReignRef = { epoch, host: self }
  const reign: Reign = { ...ref, members: place.voters, root: declared?.reign.root ?? ref }
  if (declared === null) {
    return place.followsAnother && accepted !== null
      ? { reign, cause: "heal", over: [refOf(accepted)] }
      : { reign, cause: "start", over: [] }
  }
  const last = refOf(declared.reign)
  if (!leads(self, place, declared)) {
    const isOffered = equals(wants.offered, last)
    return { reign, cause: isOffered ? "handover" : wants.lossCause, over: isOffered ? [last] : [] }
  }
  // Whoever it was offered to may have ordered something: all are asked.
  if (wants.again) return { reign, cause: "silence", over: [] }
  // Nodes of a group that gave way come one by one, and each is to find its reign among those that have ended.
  const over = [last, ...wants.given, ...declared.over.filter(({ host }) => host !== self)].slice(0, overMax)
  if (wants.given.length > 0 || wants.above >= declared.reign.epoch) return { reign, cause: "heal", over }
  return sameMembers(declared.reign.members, place.voters) ? null : { reign, cause: "handover", over }
}

/**
 * Whether these may be the voters. What was shown under this reign a majority of its members holds, and majorities of two
 * sets that differ by one always meet (Ongaro's dissertation, 4.1); what was shown before must be held by one of any
 * majority of theirs.
 */
export const mayReignOver = (
  voters: ReadonlyArray<PeerId>,
  { members }: Reign,
  holders: ReadonlySet<PeerId>
): boolean => {
  const joined = voters.filter((id) => !members.includes(id)).length
  const left = members.filter((id) => !voters.includes(id)).length
  const holding = voters.filter((id) => holders.has(id)).length
  return joined + left <= 1 && holding > voters.length - majority(voters.length)
}
