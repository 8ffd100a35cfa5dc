/** What nodes say of the groups that they are in, and what groups weigh. */
import type { GroupWeight, Presence } from "../../protocol/Group.ts"
import type { PeerId } from "../../protocol/Ids.ts"

/** By peer; null: it has not said anything yet. */
export type Sights = ReadonlyMap<PeerId, Presence | null>

export const weightOf = ({ group, seq, voters }: Presence): GroupWeight | null =>
  group === null ? null : { group, seq, voters: voters.length }

/** Whether `a` goes on: more voters, then the newer event, then the higher id. Two groups are never equal. */
export const heavier = (a: GroupWeight, b: GroupWeight): boolean =>
  a.voters !== b.voters ? a.voters > b.voters : a.seq !== b.seq ? a.seq > b.seq : a.group > b.group
