/** What a node does that is in no group: it asks to be taken into one, waits for somebody to found one, or founds one. */
import type { GroupId, PeerId } from "../../protocol/Ids.ts"
import { heavier, type Sights, weightOf } from "./Sights.ts"

export interface Situation {
  readonly self: PeerId
  /** Peers that a link is up with, and what they said last. */
  readonly sights: Sights
  readonly dissolved: ReadonlySet<GroupId>
  /** How long this node has been in no group. */
  readonly forMs: number
}

export interface Patience {
  /** How long a node listens before it founds a group. */
  readonly listenMs: number
  /** How long it waits for a higher node to found one, and for a group to find its leader. */
  readonly patienceMs: number
}

export type Step =
  | { readonly _tag: "wait" }
  | { readonly _tag: "found" }
  | { readonly _tag: "ask"; readonly group: GroupId; readonly leader: PeerId }

const wait: Step = { _tag: "wait" }

export const next = ({ dissolved, forMs, self, sights }: Situation, { listenMs, patienceMs }: Patience): Step => {
  let best: Extract<Step, { readonly _tag: "ask" }> | null = null
  let bestWeight: ReturnType<typeof weightOf> = null
  /** It says so itself that it leads. */
  let isOwnWord = false
  let isElecting = false
  let higher = false
  for (const [peer, sight] of sights) {
    if (sight === null) continue
    const { group, leader } = sight
    if (group === null) higher ||= peer > self
    if (group === null || dissolved.has(group)) continue
    if (leader === null || leader === self) {
      isElecting = true
      continue
    }
    const weight = weightOf(sight)!
    // Of one group its leader knows best.
    const better = bestWeight === null || best === null || (weight.group === bestWeight.group
      ? leader === peer && !isOwnWord
      : heavier(weight, bestWeight))
    if (!better) continue
    best = { _tag: "ask", group, leader }
    isOwnWord = leader === peer
    bestWeight = weight
  }
  if (best !== null) return best
  if (forMs < listenMs) return wait
  // Whoever has not said yet where it is may be in a group.
  const isUnknown = [...sights.values()].some((sight) => sight === null)
  return (isElecting || higher || isUnknown) && forMs < patienceMs ? wait : { _tag: "found" }
}
