/**
 * How a leader's log gets to its followers (Raft paper, 5.3; dissertation, 10.2.1).
 */
import type { PeerId } from "../../protocol/Ids.ts"
import type { Core } from "./Core.ts"
import { sizeOf } from "./Entry.ts"
import type { Progress } from "./Progress.ts"

/** Sends each follower what it lacks, as far as the windows allow. */
export const replicate = (core: Core): void => {
  for (const [to, progress] of core.progress) {
    if (to === core.self) continue
    // Bounded by the window, or by one probe.
    while (sendAppend(core, to, progress));
  }
}

/** Whether more may follow. */
const sendAppend = (core: Core, to: PeerId, progress: Progress): boolean => {
  const { commit, log, options, term } = core
  if (progress.mode === "snapshot" || (progress.mode === "probe" && progress.paused)) return false
  const full = progress.mode === "replicate" && progress.inFlight.isFull
  const lacks = progress.next <= log.lastIndex && !full
  const news = progress.mode === "replicate" && progress.toldCommit < commit && !full
  if (!lacks && !news && !progress.due) return false
  const prevIndex = progress.next - 1
  const prevTerm = log.term(prevIndex)
  if (prevTerm === undefined) {
    sendSnapshot(core, to, progress)
    return false
  }
  const entries = lacks ? log.slice(progress.next, options.appendEntriesMax, options.appendBytesMax) : []
  let bytes = 0
  for (const entry of entries) bytes += sizeOf(entry)
  // Beside its own write: what is committed counts this node only when that is done.
  core.send(to, { _tag: "append", term, prevIndex, prevTerm, entries, commit }, "nothing")
  progress.sent(prevIndex + entries.length, entries.length, bytes)
  progress.toldCommit = Math.max(progress.toldCommit, Math.min(commit, prevIndex + entries.length))
  return progress.mode === "replicate" && entries.length > 0
}

/** To who is there to take it. */
const sendSnapshot = (core: Core, to: PeerId, progress: Progress): void => {
  const { snapshot } = core.log
  progress.due = false
  // It must be on this node's disk: the entries that it stands for may be gone from there as soon as it is.
  if (!progress.active || core.writes.snapshotIndex < snapshot.index) return
  core.send(to, { _tag: "snapshot", term: core.term, snapshot }, "nothing")
  progress.sendsSnapshot(snapshot.index)
}

/** It is there: what it lacks, or was asked, may be on its way, or lost. */
export const onHeartbeatAnswer = (core: Core, progress: Progress, round: number): void => {
  progress.round = Math.max(progress.round, round)
  progress.paused = false
  if (progress.mode === "probe" || progress.match < core.log.lastIndex) progress.due = true
}
