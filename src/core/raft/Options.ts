/** How a node runs. */
export interface Options {
  /**
   * A follower that hears of no leader for one to two times as many ticks, by chance, asks for votes; as long is a
   * leader believed alive, and for so long it goes on without a majority (Raft paper, 5.2; dissertation, 6.2 and
   * 4.2.3).
   */
  readonly electionTicks: number
  /** Between a leader's heartbeats; well below `electionTicks`. */
  readonly heartbeatTicks: number
  /** Of one append: so many entries, and bytes but for one entry that alone is larger. */
  readonly appendEntriesMax: number
  readonly appendBytesMax: number
  /** Of the appends to one follower that are not answered. */
  readonly inFlightMessagesMax: number
  readonly inFlightBytesMax: number
  readonly commandBytesMax: number
  /** Of entries that are not committed: beyond that a leader takes no commands. */
  readonly uncommittedBytesMax: number
  /** In memory: beyond it a leader takes no commands until compacted; a follower takes twice as much. */
  readonly logEntriesMax: number
  /** How many entries before a snapshot stay at hand for followers that are a little behind. */
  readonly trailingEntries: number
  /** Of the entries in one output. */
  readonly committedEntriesMax: number
  readonly committedBytesMax: number
  readonly readsMax: number
  /** A snapshot that was not answered for so long is sent again. */
  readonly snapshotTicks: number
}

export const defaults: Options = {
  electionTicks: 10,
  heartbeatTicks: 2,
  appendEntriesMax: 256,
  appendBytesMax: 64 * 1024,
  inFlightMessagesMax: 64,
  inFlightBytesMax: 1024 * 1024,
  commandBytesMax: 32 * 1024,
  uncommittedBytesMax: 4 * 1024 * 1024,
  logEntriesMax: 65_536,
  trailingEntries: 256,
  committedEntriesMax: 1_024,
  committedBytesMax: 1024 * 1024,
  readsMax: 1_024,
  snapshotTicks: 100
}
