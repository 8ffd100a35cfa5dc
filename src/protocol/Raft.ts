/** Between nodes of a Raft log: messages of `core/raft`, parts of snapshots, commands on their way to the leader. */
import { Schema } from "effect"
import { GroupId, PeerId } from "./Ids.ts"
import { bytesUpTo } from "./PlainData.ts"

/** The most bytes of one command, and what may stand before it in its entry. */
export const commandBytesMax = 32 * 1024
export const commandHeaderBytesMax = 64
/** The most entries of one append. */
export const appendEntriesMax = 256
/** The most commands of one message on their way to the leader. */
export const proposalsMax = 256
/** The most bytes of one part of a snapshot. */
export const partBytesMax = 192 * 1024
/** The most bytes of a snapshot. */
export const snapshotBytesMax = 64 * 1024 * 1024
/** Of voters, old and new, and of learners. */
const membersMax = 64

const Count = Schema.NonNegativeInt

const Command = bytesUpTo(commandBytesMax + commandHeaderBytesMax)
const Members = Schema.Array(PeerId).pipe(Schema.maxItems(membersMax))

export const Configuration = Schema.Struct({
  /** Whose majority decides. */
  voters: Members,
  /** The voters before, whose majority must agree too while the configuration is joint; empty otherwise. */
  outgoing: Members,
  /** They are sent the log and have no vote (4.2.1). None is a voter, old or new. */
  learners: Members,
  /** Voters of before that are learners as soon as the joint configuration is left. */
  learnersNext: Members,
  /** The leader leaves the joint configuration by itself as soon as it is committed. */
  autoLeave: Schema.Boolean
})
export type Configuration = typeof Configuration.Type

/** Its term, and a command, nothing (a leader's first entry) or a configuration. Its index follows from its place. */
const Entry = Schema.Tuple(Count, Schema.Union(Command, Schema.Null, Configuration))
export type Entry = typeof Entry.Type

/** Raft paper, 5.3. The entries follow on `prevIndex` without gaps. */
export const Append = Schema.TaggedStruct("append", {
  term: Count,
  prevIndex: Count,
  prevTerm: Count,
  entries: Schema.Array(Entry).pipe(Schema.maxItems(appendEntriesMax)),
  commit: Count
})

/** A part of a snapshot: `bytes` of `total`, from `offset` on. `of`: the term of the snapshot's last entry. */
export const SnapshotPart = Schema.TaggedStruct("snapshot-part", {
  term: Count,
  index: Count,
  of: Count,
  configuration: Configuration,
  total: Count.pipe(Schema.lessThanOrEqualTo(snapshotBytesMax)),
  offset: Count,
  bytes: bytesUpTo(partBytesMax)
})
export type SnapshotPart = typeof SnapshotPart.Type

/** The sender has this snapshot up to `received`. */
export const SnapshotReceived = Schema.TaggedStruct("snapshot-received", { index: Count, of: Count, received: Count })

/** Commands for the leader's log, each as it is to stand there. */
export const Proposals = Schema.TaggedStruct("proposals", {
  commands: Schema.Array(Command).pipe(Schema.minItems(1), Schema.maxItems(proposalsMax))
})

/** They are not in the sender's log: to be sent again. By their numbers in the recipient's session; 0 opens one. */
export const Declined = Schema.TaggedStruct("declined", {
  numbers: Schema.Array(Count).pipe(Schema.minItems(1), Schema.maxItems(proposalsMax))
})

const asked = { term: Count, lastIndex: Count, lastTerm: Count }

/** `term` is the sender's own unless stated otherwise. Numbers are of sections of Ongaro's dissertation. */
export const RaftMessage = Schema.Union(
  /** Would you vote for me? `term`: the one after the sender's, which it does not enter before it may win (9.6). */
  Schema.TaggedStruct("pre-vote", asked),
  /** Granted: `term` is that of the request. */
  Schema.TaggedStruct("pre-vote-answer", { term: Count, granted: Schema.Boolean }),
  /**
   * Raft paper, 5.2. `transfer`: the leader itself wants it so, and no node need wait for the leader's silence (4.2.3).
   */
  Schema.TaggedStruct("vote", { ...asked, transfer: Schema.Boolean }),
  Schema.TaggedStruct("vote-answer", { term: Count, granted: Schema.Boolean }),
  Append,
  /** The sender has the leader's log up to `match`, on its disk. */
  Schema.TaggedStruct("append-accepted", { term: Count, match: Count }),
  /**
   * The sender lacks the entry at `prevIndex`, or has another one. Below or at `hintIndex`, of whose entry `hintTerm`
   * is the term, the logs may agree; above, they cannot.
   */
  Schema.TaggedStruct("append-rejected", { term: Count, prevIndex: Count, hintIndex: Count, hintTerm: Count }),
  /** `round`: the newest round of reads that wait to hear that the sender still leads (6.4). */
  Schema.TaggedStruct("heartbeat", { term: Count, commit: Count, round: Count }),
  Schema.TaggedStruct("heartbeat-answer", { term: Count, round: Count }),
  /** To a leader of an older term. */
  Schema.TaggedStruct("outdated", { term: Count }),
  /** Be a candidate at once (3.10). */
  Schema.TaggedStruct("time-out-now", { term: Count }),
  /** A follower's read: up to which index must it have applied (6.4)? */
  Schema.TaggedStruct("read", { term: Count, id: Count }),
  Schema.TaggedStruct("read-answer", { term: Count, id: Count, index: Count }),
  SnapshotPart,
  SnapshotReceived,
  Proposals,
  Declined
)
export type RaftMessage = typeof RaftMessage.Type

/** A message, and the log that it is about: what is about another one than the recipient's changes nothing. */
export const RaftFrame = Schema.Struct({ group: GroupId, message: RaftMessage })
export type RaftFrame = typeof RaftFrame.Type
