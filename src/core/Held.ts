/**
 * What screens may see of a room whose host knows how far its followers hold the log.
 */
import type { PeerId, Seq } from "../protocol/Ids.ts"
import { majority } from "./raft/Quorum.ts"

/**
 * The newest event that may be shown: with a quorum, what a majority of the members holds (this node included, up to
 * `tip`); otherwise what at least one follower holds, or everything when there is no follower.
 */
export const shown = (
  tip: Seq,
  followers: ReadonlyMap<PeerId, Seq>,
  quorum: { readonly members: ReadonlyArray<PeerId>; readonly self: PeerId } | null
): Seq => {
  if (quorum === null) {
    if (followers.size === 0) return tip
    let newest = 0
    for (const held of followers.values()) if (held > newest) newest = held
    return Math.min(newest, tip) as Seq
  }
  const held = quorum.members
    .map((id) => id === quorum.self ? tip : Math.min(followers.get(id) ?? 0, tip))
    .sort((a, b) => b - a)
  return (held[majority(quorum.members.length) - 1] ?? 0) as Seq
}
