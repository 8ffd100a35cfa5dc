/** What the leader of a group does that meets another group: one of the two is dissolved, and its nodes join the other. */
import type { GroupWeight } from "../../protocol/Group.ts"
import type { GroupId, PeerId } from "../../protocol/Ids.ts"
import { heavier, type Sights, weightOf } from "./Sights.ts"

export type Step =
  /** This group gives way. */
  | { readonly _tag: "dissolve"; readonly into: GroupId }
  /** The other leader is to be told that its group gives way. */
  | { readonly _tag: "tell"; readonly to: PeerId; readonly lighter: GroupWeight; readonly heavier: GroupWeight }

/**
 * The figures change while they travel, so one side alone compares them: the leader of the group with the higher id.
 * `mine`: of the group that this node leads.
 */
export const next = (mine: GroupWeight, sights: Sights, dissolved: ReadonlySet<GroupId>): ReadonlyArray<Step> => {
  const steps: Array<Step> = []
  for (const [peer, sight] of sights) {
    const other = sight?.leader === peer ? weightOf(sight) : null
    if (other === null || other.group >= mine.group || dissolved.has(other.group)) continue
    if (heavier(other, mine)) return [{ _tag: "dissolve", into: other.group }]
    steps.push({ _tag: "tell", to: peer, lighter: other, heavier: mine })
  }
  return steps
}

/** Leaders of other groups that this node has no link with, and only hears of. */
export const unreached = (mine: GroupId, sights: Sights, dissolved: ReadonlySet<GroupId>): ReadonlySet<PeerId> => {
  const found = new Set<PeerId>()
  for (const sight of sights.values()) {
    if (sight === null || sight.group === null || sight.group === mine || dissolved.has(sight.group)) continue
    if (sight.leader !== null && !sights.has(sight.leader)) found.add(sight.leader)
  }
  return found
}
