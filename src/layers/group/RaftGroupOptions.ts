/** How a group's nodes behave. All times in milliseconds. */
import type { GroupId } from "../../protocol/Ids.ts"
import type { StateMachineService } from "../../services/StateMachine.ts"
import type { Options as RaftLogOptions } from "../raft/RaftLogOptions.ts"

export interface Options {
  /** How the group's log runs. Its name and first voters follow from the group. */
  readonly raft: Partial<Omit<RaftLogOptions, "group" | "voters">>
  /** What the commands of the group's log are for; a fresh one for each group that this node gets into. */
  readonly machine: (group: GroupId) => StateMachineService
  /** A voter that has vanished for so long is taken out, as long as three are left. */
  readonly removeAfterMs: number
  /** How long a node without a group waits for a higher one to found one, and for a group to find its leader. */
  readonly patienceMs: number
  /** How often a node says where it is, besides when that changes. */
  readonly tellEveryMs: number
  /** How often it asks again to be taken in. */
  readonly askEveryMs: number
}

const nothing = new Uint8Array(0)

/** Of a log that has no commands. */
const noMachine: StateMachineService = { apply: () => nothing, snapshot: () => nothing, restore: () => {} }

export const defaults: Options = {
  // There are few entries: a newcomer gets a short log.
  raft: { snapshotEvery: 256 },
  machine: () => noMachine,
  removeAfterMs: 10_000,
  patienceMs: 1_500,
  tellEveryMs: 500,
  askEveryMs: 100
}
