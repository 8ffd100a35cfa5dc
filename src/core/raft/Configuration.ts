/**
 * Who takes part, and how. A configuration is an entry of the log and is in force from the moment that it is there, on
 * each node whose log has it, committed or not (section 6 of Ongaro & Ousterhout, "In Search of an Understandable
 * Consensus Algorithm"; sections 4.1 and 4.3 of Ongaro's dissertation).
 *
 * All lists are sorted and without doubles.
 */
import type { PeerId } from "../../protocol/Ids.ts"
import type { Configuration } from "../../protocol/Raft.ts"

export type { Configuration }

/** Of voters, old and new, and learners together. */
export const membersMax = 64

/** A cluster's first configuration. Without voters: of a node that waits to be told. */
export const initial = (voters: ReadonlyArray<PeerId>): Configuration => ({
  voters: [...new Set(voters)].sort(),
  outgoing: [],
  learners: [],
  learnersNext: [],
  autoLeave: false
})

export const isJoint = (configuration: Configuration): boolean => configuration.outgoing.length > 0

export const isVoter = ({ outgoing, voters }: Configuration, node: PeerId): boolean =>
  voters.includes(node) || outgoing.includes(node)

/** Everybody whom a leader sends the log to. */
export const members = ({ learners, outgoing, voters }: Configuration): ReadonlySet<PeerId> =>
  new Set([...voters, ...outgoing, ...learners])
