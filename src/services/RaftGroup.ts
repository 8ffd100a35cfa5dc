/**
 * A Raft log whose voters nobody configures: the nodes of a cluster find each other, one founds a group, the others are
 * taken in one at a time, and who has vanished is taken out. Of two groups that meet one is dissolved.
 */
import { Context, type Effect, type Stream } from "effect"
import type { Place } from "../core/group/Reigning.ts"
import type { GroupId, PeerId } from "../protocol/Ids.ts"
import type { ReignRef } from "../protocol/Reign.ts"
import type { RaftLogService } from "./RaftLog.ts"
import type { Watch } from "./Watch.ts"

/** What a leader noted in the group's log, the newest that is committed. */
export interface Note {
  /** Of the leader that noted it. */
  readonly term: number
  readonly body: Uint8Array
}

/** This node's place in the group that it is in. */
export interface GroupStanding extends Place {
  readonly group: GroupId
  /** The group's log, of no use any more once this node is in another group. */
  readonly log: RaftLogService
  /** As this node's log has them, sorted, as are its voters. */
  readonly learners: ReadonlyArray<PeerId>
  readonly note: Note | null
}

/** What whoever uses the log has to say on who is taken in, and when. All of it must be quick. */
export interface Guard {
  /** At the leader, before a voter more or less is there: whether these may be the voters, by now. */
  readonly mayChange: (voters: ReadonlyArray<PeerId>) => boolean
  /**
   * At the leader, before a node is taken in: whether it may be, by now. `accepted` is what that node has accepted;
   * `given`: by consent of that reign's host.
   */
  readonly mayJoin: (accepted: ReignRef | null, given: boolean) => boolean
  /** The newest reign that this node has accepted. */
  readonly accepted: () => ReignRef | null
  /** What this group weighs beside another with as many voters. */
  readonly seq: () => number
}

export interface RaftGroupService {
  /** Null: this node is in no group. */
  readonly now: () => GroupStanding | null
  /** Starts with what is so, then tells changes, in order; who lags misses the oldest. */
  readonly changes: Stream.Stream<GroupStanding | null>
  /** The same. */
  readonly watch: Watch<GroupStanding | null>
  /**
   * At the leader: notes this in the group's log, at most 16 KiB. False: it cannot, now. What no later leader has
   * overwritten by its own is the group's note once it is committed.
   */
  readonly note: (body: Uint8Array) => boolean
  /** In place of the one before. Without one, members change as they come and go. */
  readonly guard: (guard: Guard) => Effect.Effect<void>
  /** Looks again whether anything is to be done: something that the guard goes by has changed. */
  readonly look: () => void
}

export class RaftGroup extends Context.Tag("hostless/RaftGroup")<RaftGroup, RaftGroupService>() {}
