/** What a node makes of a message (Raft paper, figure 2: rules for all servers). */
import type { PeerId } from "../../protocol/Ids.ts"
import type { Core } from "./Core.ts"
import * as Election from "./Election.ts"
import { isFromLeader, onLeader } from "./Follower.ts"
import * as Leader from "./Leader.ts"
import type { Message, MessageOf } from "./Message.ts"
import { onHeartbeatAnswer } from "./Replication.ts"

export const receive = (core: Core, from: PeerId, message: Message): void => {
  if (message._tag === "pre-vote") return Election.onPreVote(core, from, message)
  if (message.term > core.term) {
    // Who hears of a leader helps to elect no other, and hears of no other's term (dissertation, 4.2.3).
    if (message._tag === "vote" && !message.transfer && Election.hasLeader(core)) return
    // That term begins only if its candidate wins this round.
    const ahead = message._tag === "pre-vote-answer" && message.granted
    if (!ahead) core.becomeFollower(message.term, isFromLeader(message) ? from : null)
  }
  if (message.term < core.term) return onOld(core, from, message)
  switch (message._tag) {
    case "pre-vote-answer":
      if (core.role === "pre-candidate" && message.term === core.term + (message.granted ? 1 : 0)) {
        Election.onAnswer(core, from, message.granted)
      }
      return
    case "vote":
      return Election.onVote(core, from, message)
    case "vote-answer":
      if (core.role === "candidate") Election.onAnswer(core, from, message.granted)
      return
    case "outdated":
      return
    case "append-accepted":
    case "append-rejected":
    case "heartbeat-answer":
    case "read":
      if (core.role === "leader") onFollower(core, from, message)
      return
    default:
      return onLeader(core, from, message)
  }
}

/** Whoever does not know yet that its term is over is told: it may lead, or wait for votes that nobody gives. */
const onOld = (core: Core, from: PeerId, message: Message): void => {
  if (message._tag === "vote") return core.send(from, { _tag: "vote-answer", term: core.term, granted: false }, "term")
  if (isFromLeader(message) && message._tag !== "read-answer") {
    core.send(from, { _tag: "outdated", term: core.term }, "term")
  }
}

type FromFollower = MessageOf<"append-accepted" | "append-rejected" | "heartbeat-answer" | "read">

const onFollower = (core: Core, from: PeerId, message: FromFollower): void => {
  if (message._tag === "read") {
    core.reads.ask({ from, id: message.id })
    return
  }
  const progress = core.progress.get(from)
  if (progress === undefined) return
  progress.active = true
  const { log } = core
  switch (message._tag) {
    case "append-accepted":
      if (message.match > log.lastIndex || !progress.accepted(message.match, log.firstIndex)) return
      Leader.advance(core)
      if (core.transferee === from) Leader.settleTransfer(core, from)
      return
    case "append-rejected":
      return progress.rejected(message.prevIndex, log.agreement(message.hintIndex, message.hintTerm))
    case "heartbeat-answer":
      onHeartbeatAnswer(core, progress, message.round)
      return Leader.confirmReads(core)
  }
}
