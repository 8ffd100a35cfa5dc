/** A node's place in one group, as long as it is there: its log, and what that says. */
import type { Scope } from "effect"
import { type Stage, stageOf } from "../../core/group/Stage.ts"
import { isJoint } from "../../core/raft/Configuration.ts"
import type { GroupId, PeerId } from "../../protocol/Ids.ts"
import type { RaftMessage } from "../../protocol/Raft.ts"
import type { GroupStanding } from "../../services/RaftGroup.ts"
import type { RaftLogService } from "../../services/RaftLog.ts"
import type { RaftNode } from "../raft/RaftNode.ts"
import type { GroupNotes } from "./GroupNotes.ts"

export class GroupMembership {
  private votes = false

  constructor(
    readonly group: GroupId,
    private readonly welcomedAt: number,
    readonly log: RaftLogService,
    readonly node: RaftNode,
    readonly notes: GroupNotes,
    /** Whether this node was in another group before, which gave way. */
    private readonly followsAnother: boolean,
    private readonly runs: () => boolean,
    readonly scope: Scope.CloseableScope
  ) {}

  /** Whom this node follows; nobody, if its log has failed. */
  get leader(): PeerId | null {
    return this.runs() ? this.node.raft.leader : null
  }

  get isEstablished(): boolean {
    const { applied, raft } = this.node
    return this.runs() && raft.isEstablished && applied.index >= raft.commit
  }

  get stage(): Stage {
    const { commit, configuration, configurationIndex, self } = this.node.raft
    return stageOf(self, { commit, configuration, configurationIndex, welcomedAt: this.welcomedAt })
  }

  get voters(): ReadonlyArray<PeerId> {
    const { outgoing, voters } = this.node.raft.configuration
    return outgoing.length === 0 ? voters : [...new Set([...voters, ...outgoing])].sort()
  }

  get learners(): ReadonlyArray<PeerId> {
    return this.node.raft.configuration.learners
  }

  /** Whether it is committed that these are the members. */
  get isSettled(): boolean {
    const { commit, configuration, configurationIndex } = this.node.raft
    return !isJoint(configuration) && commit >= configurationIndex
  }

  /** A node whose earlier life may have voted gives no vote before that counts no more. */
  readonly accepts = (message: RaftMessage): boolean => {
    if (message._tag !== "vote" && message._tag !== "pre-vote") return true
    this.votes ||= this.stage !== "welcomed"
    return this.votes
  }

  standing(): GroupStanding {
    const { followsAnother, group, isEstablished, isSettled, leader, learners, log, notes: { note }, voters } = this
    const { term } = this.node.raft
    return { group, log, term, leader, isEstablished, voters, learners, isSettled, followsAnother, note }
  }
}
