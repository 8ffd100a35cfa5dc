/** How a group's leader changes its members: one at a time, by what nodes ask for and by who is missing. */
import type { Join } from "../../protocol/Group.ts"
import type { PeerId } from "../../protocol/Ids.ts"
import { membersMax } from "../../protocol/Reign.ts"
import type { Change } from "../raft/ConfigurationChange.ts"

/** Whoever has vanished stays a voter where there would be fewer than these: it may come back, and would be needed. */
export const votersKept = 3

/** `left`: it has said goodbye; `ended`: its process or machine closed the link; `silent`: it cannot be heard. */
export interface Absence {
  readonly how: "left" | "ended" | "silent"
  readonly forMs: number
}

export interface Situation {
  readonly self: PeerId
  readonly voters: ReadonlyArray<PeerId>
  readonly learners: ReadonlyArray<PeerId>
  readonly asks: ReadonlyMap<PeerId, Pick<Join, "stage">>
  readonly absences: ReadonlyMap<PeerId, Absence>
  /** Whether a learner's log is nearly the leader's. */
  readonly hasCaughtUp: (peer: PeerId) => boolean
}

export type Step =
  | { readonly _tag: "change"; readonly change: Change }
  | { readonly _tag: "welcome"; readonly peer: PeerId }

const remove = (node: PeerId): Step => ({ _tag: "change", change: { _tag: "remove", node } })

/** What is to be done now, if no change is under way; null: nothing. */
export const next = (situation: Situation, removeAfterMs: number): Step | null =>
  gone(situation) ?? asked(situation) ?? vanished(situation, removeAfterMs)

/** Those who are known to be no more. */
const gone = ({ absences, learners, self, voters }: Situation): Step | null => {
  for (const member of [...voters, ...learners]) {
    if (member !== self && absences.get(member)?.how === "left") return remove(member)
  }
  // Of two, the one that leads may do so alone: the other cannot lead without its vote.
  const other = voters.find((voter) => voter !== self)
  return voters.length === 2 && other !== undefined && absences.get(other)?.how === "ended" ? remove(other) : null
}

const asked = ({ absences, asks, hasCaughtUp, learners, self, voters }: Situation): Step | null => {
  for (const [peer, { stage }] of [...asks].sort(([a], [b]) => a < b ? -1 : 1)) {
    if (peer === self || absences.has(peer)) continue
    const isVoter = voters.includes(peer)
    const isLearner = learners.includes(peer)
    if (stage === "fresh") {
      // What it promised in another life is forgotten, so that life's vote must not count any more.
      if (isVoter || isLearner) return remove(peer)
      if (voters.length + learners.length < membersMax) return { _tag: "welcome", peer }
    } else if (!isVoter && !isLearner) {
      return { _tag: "change", change: { _tag: "learner", node: peer } }
    } else if (isLearner && stage === "learner" && hasCaughtUp(peer)) {
      return { _tag: "change", change: { _tag: "voter", node: peer } }
    }
  }
  return null
}

const vanished = ({ absences, learners, voters }: Situation, removeAfterMs: number): Step | null => {
  const forMs = (peer: PeerId): number => absences.get(peer)?.forMs ?? 0
  const learner = learners.find((peer) => forMs(peer) >= removeAfterMs)
  if (learner !== undefined) return remove(learner)
  if (voters.length <= votersKept) return null
  const longest = [...voters].sort((a, b) => forMs(b) - forMs(a))[0]!
  return forMs(longest) >= removeAfterMs ? remove(longest) : null
}

export const votersAfter = (voters: ReadonlyArray<PeerId>, { _tag, node }: Change): ReadonlyArray<PeerId> => {
  const others = voters.filter((voter) => voter !== node)
  return _tag === "voter" ? [...others, node] : others
}
