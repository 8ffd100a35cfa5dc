/**
 * What a leader does: it adds entries, sends them, and commits what a quorum has (Raft paper, 5.3, 5.4.2, section 6).
 */
import type { PeerId } from "../../protocol/Ids.ts"
import { isJoint } from "./Configuration.ts"
import * as ConfigurationChange from "./ConfigurationChange.ts"
import type { Core } from "./Core.ts"
import { type Entry, sizeOf } from "./Entry.ts"
import { follow } from "./Progress.ts"
import { reached, verdict } from "./Quorum.ts"
import { replicate } from "./Replication.ts"

export const becomeLeader = (core: Core): void => {
  core.role = "leader"
  core.leader = core.self
  core.transferee = null
  core.votes.clear()
  core.resetTimers()
  core.progress.clear()
  follow(core.progress, core.log.configuration, core.log.lastIndex + 1, core.options)
  core.uncommittedBytes = 0
  for (let index = core.commit + 1; index <= core.log.lastIndex; index++) {
    core.uncommittedBytes += sizeOf(core.log.entry(index)!)
  }
  core.termStart = core.log.lastIndex + 1
  // Nothing of an older term may be committed but by what follows it, and nobody may propose for long (5.4.2, section
  // 8).
  append(core, { _tag: "empty", index: core.termStart, term: core.term })
  sendHeartbeats(core)
}

/** Adds an entry to its own log; `replicate` sends it. */
export const append = (core: Core, entry: Entry): void => {
  core.log.append([entry])
  core.uncommittedBytes += sizeOf(entry)
}

/** Whether an entry of its own term is committed: before that it does not know what else is (5.4.2, and 6.4). */
export const isEstablished = (core: Core): boolean => core.commit >= core.termStart

export const tick = (core: Core): void => {
  if (++core.electionElapsed >= core.options.electionTicks) {
    core.electionElapsed = 0
    core.transferee = null
    if (!isHeard(core)) return core.becomeFollower(core.term, null)
  }
  for (const progress of core.progress.values()) {
    if (progress.mode === "snapshot" && ++progress.snapshotTicks >= core.options.snapshotTicks) progress.probe()
  }
  if (++core.heartbeatElapsed < core.options.heartbeatTicks) return
  core.heartbeatElapsed = 0
  sendHeartbeats(core)
}

/** Whether a quorum was heard of since this was last asked (dissertation, 6.2). */
const isHeard = (core: Core): boolean => {
  const heard = verdict(
    core.log.configuration,
    (voter) => voter === core.self || core.progress.get(voter)?.active === true
  )
  for (const progress of core.progress.values()) progress.active = false
  return heard === "won"
}

const sendHeartbeats = (core: Core): void => {
  for (const [to, progress] of core.progress) {
    if (to === core.self) continue
    // Beyond what is known to match, the follower may have something else.
    const commit = Math.min(core.commit, progress.match)
    core.send(to, { _tag: "heartbeat", term: core.term, commit, round: core.reads.newest }, "nothing")
  }
}

/** Begins a round of reads, if there are any and none is under way. */
export const beginReads = (core: Core): void => {
  if (!isEstablished(core) || !core.reads.begin(core.commit)) return
  sendHeartbeats(core)
  confirmReads(core)
}

/** Answers the reads for which a quorum has confirmed, since they were asked, that this node leads (6.4). */
export const confirmReads = (core: Core): void => {
  const { reads } = core
  if (!reads.isUnderWay) return
  const round = reached(
    core.log.configuration,
    (voter) => voter === core.self ? reads.newest : core.progress.get(voter)?.round ?? 0
  )
  const { index, reads: confirmed } = reads.confirmed(round)
  for (const { from, id } of confirmed) {
    if (from === null) core.settledReads.push({ _tag: "ready", id, index })
    else core.send(from, { _tag: "read-answer", term: core.term, id, index }, "nothing")
  }
}

/** What it has on its own disk counts as much as what a follower has. */
export const onPersisted = (core: Core): void => {
  const own = core.progress.get(core.self)
  if (own !== undefined) own.match = Math.max(own.match, core.writes.lastIndex)
  advance(core)
}

/** Commits what a quorum has, if it is of its own term: what is older may still be overwritten (5.4.2, figure 8). */
export const advance = (core: Core): void => {
  const { log } = core
  const index = reached(log.configuration, (voter) => core.progress.get(voter)?.match ?? 0)
  if (index <= core.commit || log.term(index) !== core.term) return
  for (let at = core.commit + 1; at <= index; at++) core.uncommittedBytes -= sizeOf(log.entry(at)!)
  core.commitTo(index)
  settleConfiguration(core)
}

/**
 * A committed configuration has consequences: a joint one is left, and a leader that is no voter in it leads no more.
 */
const settleConfiguration = (core: Core): void => {
  const { configuration, configurationIndex } = core.log
  if (configurationIndex > core.commit || !isEstablished(core)) return
  if (isJoint(configuration)) {
    if (configuration.autoLeave) configure(core, { _tag: "leave-joint" })
  } else if (!configuration.voters.includes(core.self)) {
    // The others are to hear that it is committed, and the next leader need not wait for this one's silence (4.2.2).
    replicate(core)
    const successor = configuration.voters.find((voter) => core.progress.get(voter)?.match === core.log.lastIndex)
    if (successor !== undefined) core.send(successor, { _tag: "time-out-now", term: core.term }, "nothing")
    core.becomeFollower(core.term, null)
  }
}

/** Puts the configuration after a change into its log, where it is in force at once. */
export const configure = (
  core: Core,
  request: ConfigurationChange.ChangeRequest
): ConfigurationChange.ChangeRefusal | null => {
  const changed = ConfigurationChange.apply(core.log.configuration, request)
  if (changed._tag === "refused") return changed.reason
  const { configuration } = changed
  const index = core.log.lastIndex + 1
  append(core, { _tag: "configuration", index, term: core.term, configuration })
  follow(core.progress, configuration, index, core.options)
  // Of fewer voters fewer may be enough for what is there already, or for a round of reads.
  confirmReads(core)
  return null
}

/** Hands leadership over as soon as the other has the whole log (3.10). */
export const settleTransfer = (core: Core, to: PeerId): void => {
  if (core.progress.get(to)?.match !== core.log.lastIndex) return
  core.send(to, { _tag: "time-out-now", term: core.term }, "nothing")
}
