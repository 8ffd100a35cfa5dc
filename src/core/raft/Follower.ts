/** What a node does as its leader says (Raft paper, figure 2; section 7). */
import type { PeerId } from "../../protocol/Ids.ts"
import type { Core } from "./Core.ts"
import { campaign } from "./Election.ts"
import type { Entry } from "./Entry.ts"
import type { Message, MessageOf } from "./Message.ts"

type FromLeader = MessageOf<"append" | "heartbeat" | "snapshot" | "time-out-now" | "read-answer">

export const isFromLeader = (message: Message): message is FromLeader =>
  message._tag === "append" || message._tag === "heartbeat" || message._tag === "snapshot"
  || message._tag === "time-out-now" || message._tag === "read-answer"

/** Of this node's term. There is one leader in a term: whoever else asked for votes gives up. */
export const onLeader = (core: Core, from: PeerId, message: FromLeader): void => {
  if (core.role === "leader") throw new Error(`two leaders in term ${core.term}: ${core.self} and ${from}`)
  if (core.role !== "follower" || core.leader !== from) core.becomeFollower(core.term, from)
  core.electionElapsed = 0
  switch (message._tag) {
    case "append":
      return onAppend(core, from, message)
    case "heartbeat":
      core.commitTo(Math.min(message.commit, core.log.lastIndex))
      return core.send(from, { _tag: "heartbeat-answer", term: core.term, round: message.round }, "term")
    case "snapshot":
      return onSnapshot(core, from, message)
    case "time-out-now":
      if (core.log.mayCampaign(core.self, core.commit)) campaign(core, true)
      return
    case "read-answer":
      core.settledReads.push({ _tag: "ready", id: message.id, index: message.index })
  }
}

const accept = (core: Core, from: PeerId, match: number): void =>
  core.send(from, { _tag: "append-accepted", term: core.term, match }, "all")

const onAppend = (core: Core, from: PeerId, { commit, entries, prevIndex, prevTerm }: MessageOf<"append">): void => {
  const { log } = core
  // What is committed here is in every leader's log (leader completeness).
  if (prevIndex < core.commit) return accept(core, from, core.commit)
  if (!log.matches(prevIndex, prevTerm)) {
    const hintIndex = log.agreement(prevIndex, prevTerm)
    const hintTerm = log.term(hintIndex) ?? 0
    return core.send(from, { _tag: "append-rejected", term: core.term, prevIndex, hintIndex, hintTerm }, "term")
  }
  const last = merge(core, prevIndex, entries)
  // Without room for any it is as if the append were lost: an answer would only bring it again at once.
  if (last === null) return
  core.commitTo(Math.min(commit, last))
  accept(core, from, last)
}

/**
 * Adds what is not there yet, and drops what is otherwise: an entry that conflicts, and all after it. What is the same
 * stays, since an append may be late, and more may have come after it. Gives the index up to which the log is the
 * leader's, or null where there is no room for any.
 */
const merge = (core: Core, prevIndex: number, entries: ReadonlyArray<Entry>): number | null => {
  const { log } = core
  let same = 0
  while (same < entries.length && log.matches(prevIndex + 1 + same, entries[same]!.term)) same++
  if (same === entries.length) return prevIndex + same
  const keepTo = prevIndex + same
  // A new leader's first entry must find room, however many are not committed.
  const room = 2 * core.options.logEntriesMax - (keepTo + 1 - log.firstIndex)
  if (room <= 0) return null
  if (keepTo < log.lastIndex) {
    if (keepTo < core.commit) throw new Error(`entry ${keepTo + 1} is committed and cannot change`)
    log.truncate(keepTo)
    core.writes.truncated(keepTo)
  }
  log.append(entries.slice(same, same + room))
  return log.lastIndex
}

const onSnapshot = (core: Core, from: PeerId, { snapshot }: MessageOf<"snapshot">): void => {
  const { index, term } = snapshot
  if (index <= core.commit) return accept(core, from, core.commit)
  if (core.log.matches(index, term)) {
    // It has those entries, and knows now that they are committed.
    core.commitTo(index)
    return accept(core, from, index)
  }
  core.writes.restored(snapshot, core.commit)
  core.log.restore(snapshot)
  core.commit = index
  core.restoring = true
  accept(core, from, index)
}
