/** How a node of a Raft log runs. */
import { defaults as coreDefaults, type Options as CoreOptions } from "../../core/raft/Options.ts"
import type { Bounds } from "../../core/raft/Sessions.ts"
import { GroupId, type PeerId } from "../../protocol/Ids.ts"
import { appendEntriesMax, commandBytesMax } from "../../protocol/Raft.ts"
import { headerBytes } from "./Command.ts"

export interface Options {
  /** The log's name, the same on all its nodes. */
  readonly group: GroupId
  /** The first voters, the same on all nodes that start with nothing; none: this node waits to be added. */
  readonly voters: ReadonlyArray<PeerId>
  /** One tick, in milliseconds: with ten of them a follower waits 150 to 300 ms for its leader (Raft paper, 5.2). */
  readonly tickMs: number
  readonly core: CoreOptions
  /** A snapshot is made after so many entries, or so many bytes of commands. */
  readonly snapshotEvery: number
  readonly snapshotEveryBytes: number
  /** The most commands, and the most reads, that wait at this node. */
  readonly waitingMax: number
  /** The most commands of this node that are under way. No more than `sessions.resultsMax`. */
  readonly windowMax: number
  /** How long a command, a read, or a change waits, in ticks. */
  readonly timeoutTicks: number
  /** What is neither answered nor declined for so long is sent again, in ticks. */
  readonly resendTicks: number
  /** The same on all nodes. */
  readonly sessions: Bounds
  /** What `committed` keeps. */
  readonly committedMax: number
  readonly committedBytesMax: number
}

export const defaults: Options = {
  group: GroupId.make("log"),
  voters: [],
  tickMs: 15,
  core: { ...coreDefaults, appendEntriesMax, commandBytesMax: commandBytesMax + headerBytes },
  snapshotEvery: 8_192,
  snapshotEveryBytes: 16 * 1024 * 1024,
  waitingMax: 4_096,
  windowMax: 256,
  timeoutTicks: 667,
  resendTicks: 67,
  sessions: { sessionsMax: 256, resultsMax: 256 },
  committedMax: 8_192,
  committedBytesMax: 8 * 1024 * 1024
}
