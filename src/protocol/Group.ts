/**
 * How nodes that nobody has configured become the voters of one Raft log: what each says of the group that it is in, and
 * how it asks to be taken into another's.
 */
import { Schema } from "effect"
import { GroupId, PeerId } from "./Ids.ts"
import { membersMax, ReignRef } from "./Reign.ts"

/** The most groups that a node remembers to be dissolved. */
export const dissolvedMax = 16

const Count = Schema.NonNegativeInt
const Members = Schema.Array(PeerId).pipe(Schema.maxItems(membersMax))

/** Groups, by what they weigh when two of them meet, in this order: voters, the newest event, the id. */
export const GroupWeight = Schema.Struct({ voters: Count, seq: Count, group: GroupId })
export type GroupWeight = typeof GroupWeight.Type

/**
 * To every peer, when it changes and now and then: the group that the sender is in, or null. `leader`: whom it follows
 * there. Members and weight are as the sender's log has them, so the leader's are the ones to go by.
 */
export const Presence = Schema.TaggedStruct("presence", {
  group: Schema.NullOr(GroupId),
  term: Count,
  leader: Schema.NullOr(PeerId),
  voters: Members,
  learners: Members,
  seq: Count,
  /** Groups that have dissolved themselves by an entry that is committed: whoever is in one is to leave it. */
  dissolved: Schema.Array(GroupId).pipe(Schema.maxItems(dissolvedMax))
})
export type Presence = typeof Presence.Type

/**
 * To a leader, until the sender's own log says that it votes. `fresh`: the sender knows nothing of this group, whatever
 * somebody with its id may have known; `welcomed`: it has a log, and is not in it; `learner`: its log says that it is a
 * learner, and that this is committed. `accepted`: the newest reign that it has accepted; `given`: that one's host has
 * given it up for this group.
 */
export const Join = Schema.TaggedStruct("join", {
  group: GroupId,
  stage: Schema.Literal("fresh", "welcomed", "learner"),
  accepted: Schema.NullOr(ReignRef),
  given: Schema.Boolean
})
export type Join = typeof Join.Type

/**
 * The recipient may begin with an empty log. Nobody with its id is a member of this group, by what is committed up to
 * `index`; it has given its vote in `term`, to the sender.
 */
export const Welcome = Schema.TaggedStruct("welcome", { group: GroupId, term: Count, index: Count })

/** From leader to leader: of the two groups the recipient's has been found lighter, by these figures. */
export const Lighter = Schema.TaggedStruct("lighter", { lighter: GroupWeight, heavier: GroupWeight })

export const GroupMessage = Schema.Union(Presence, Join, Welcome, Lighter)
export type GroupMessage = typeof GroupMessage.Type
