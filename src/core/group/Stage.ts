/**
 * How far a node has come into its group. It votes, and says that it may be made a voter, only once its log says that
 * what it may have promised in an earlier life counts no more: its id was no member when it was welcomed, and was taken
 * in after that, by an entry that is committed.
 */
import type { Presence } from "../../protocol/Group.ts"
import type { GroupId, PeerId } from "../../protocol/Ids.ts"
import { type Configuration, isVoter } from "../raft/Configuration.ts"

export interface Place {
  readonly configuration: Configuration
  /** Of the entry with that configuration. */
  readonly configurationIndex: number
  readonly commit: number
  /** Up to here the log may know this node's id from an earlier life; -1: nowhere. */
  readonly welcomedAt: number
}

export type Stage = "welcomed" | "learner" | "voter"

export const stageOf = (self: PeerId, { commit, configuration, configurationIndex, welcomedAt }: Place): Stage => {
  if (configurationIndex <= welcomedAt) return "welcomed"
  // Nobody is made a voter who has not said before that it is a learner.
  if (isVoter(configuration, self)) return "voter"
  return configuration.learners.includes(self) && commit >= configurationIndex ? "learner" : "welcomed"
}

/**
 * What a group's leader says counts more than this node's own log: that may be of a time when this node was a member.
 * `term`: of that log; `sight`: the leader's own word.
 */
export const heardStage = (
  self: PeerId,
  stage: Stage,
  group: GroupId,
  term: number,
  leader: PeerId | null,
  sight: Presence | null
): Stage => {
  const isOut = stage === "voter" && sight !== null && sight.leader === leader && sight.group === group
    && sight.term >= term && !sight.voters.includes(self) && !sight.learners.includes(self)
  return isOut ? "welcomed" : stage
}
