/**
 * From one configuration to the next: one voter at a time (dissertation, 4.1), or any number by way of a joint
 * configuration (Raft paper, section 6; dissertation, 4.3). Plain arithmetic; when a change may be made is for the
 * leader to know.
 */
import type { PeerId } from "../../protocol/Ids.ts"
import { type Configuration, isJoint, membersMax } from "./Configuration.ts"

/** What becomes of a node. What is so already, or cannot be since nobody knows the node, changes nothing. */
export interface Change {
  readonly _tag: "voter" | "learner" | "remove"
  readonly node: PeerId
}

export type ChangeRequest =
  /** At most one voter more or less; any number of learners. */
  | { readonly _tag: "simple"; readonly changes: ReadonlyArray<Change> }
  | { readonly _tag: "enter-joint"; readonly changes: ReadonlyArray<Change>; readonly autoLeave: boolean }
  | { readonly _tag: "leave-joint" }

export type ChangeRefusal =
  /** It would leave no voter. */
  | "no-voters"
  /** Of two configurations that differ by more than one voter, two majorities need not overlap. */
  | "more-than-one-voter"
  /** In a joint configuration there is nothing to do but to leave it. */
  | "joint"
  | "not-joint"
  | "too-many-members"

export type Changed =
  | { readonly _tag: "changed"; readonly configuration: Configuration }
  | { readonly _tag: "refused"; readonly reason: ChangeRefusal }

const refused = (reason: ChangeRefusal): Changed => ({ _tag: "refused", reason })

const changed = (configuration: Configuration): Changed =>
  configuration.voters.length + configuration.outgoing.length + configuration.learners.length > membersMax
    ? refused("too-many-members")
    : { _tag: "changed", configuration }

const sorted = (nodes: Iterable<PeerId>): ReadonlyArray<PeerId> => [...nodes].sort()

/** Makes the changes, in order, to all but the outgoing voters. */
const make = (configuration: Configuration, changes: ReadonlyArray<Change>): Configuration => {
  const voters = new Set(configuration.voters)
  const learners = new Set(configuration.learners)
  const learnersNext = new Set(configuration.learnersNext)
  for (const { _tag, node } of changes) {
    if (_tag === "learner" && learners.has(node)) continue
    voters.delete(node)
    learners.delete(node)
    learnersNext.delete(node)
    if (_tag === "voter") voters.add(node)
    if (_tag !== "learner") continue
    // Until the joint configuration is left its vote among the outgoing ones counts: it cannot be a learner yet.
    if (configuration.outgoing.includes(node)) learnersNext.add(node)
    else learners.add(node)
  }
  return {
    ...configuration,
    voters: sorted(voters),
    learners: sorted(learners),
    learnersNext: sorted(learnersNext)
  }
}

const differ = ({ voters: before }: Configuration, { voters: after }: Configuration): number =>
  after.filter((node) => !before.includes(node)).length + before.filter((node) => !after.includes(node)).length

const leaveJoint = (before: Configuration): Changed =>
  isJoint(before)
    ? changed({
      voters: before.voters,
      outgoing: [],
      learners: sorted(new Set([...before.learners, ...before.learnersNext])),
      learnersNext: [],
      autoLeave: false
    })
    : refused("not-joint")

/** The configuration after a change, or why there is none. */
export const apply = (before: Configuration, request: ChangeRequest): Changed => {
  if (request._tag === "leave-joint") return leaveJoint(before)
  if (isJoint(before)) return refused("joint")
  if (request._tag === "simple") {
    const after = make(before, request.changes)
    if (after.voters.length === 0) return refused("no-voters")
    return differ(before, after) > 1 ? refused("more-than-one-voter") : changed(after)
  }
  const after = make({ ...before, outgoing: before.voters, autoLeave: request.autoLeave }, request.changes)
  return before.voters.length === 0 || after.voters.length === 0 ? refused("no-voters") : changed(after)
}
