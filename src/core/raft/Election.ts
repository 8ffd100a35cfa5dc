/**
 * Who leads: time-outs, votes (Raft paper, 5.2 and 5.4.1), and the round before in which a node asks whether it would
 * be voted for, so that one that cannot win disturbs nobody (dissertation, 9.6).
 */
import type { PeerId } from "../../protocol/Ids.ts"
import type { Core } from "./Core.ts"
import { becomeLeader } from "./Leader.ts"
import type { Message, MessageOf } from "./Message.ts"
import { verdict } from "./Quorum.ts"

/**
 * For so many ticks after they begin, only one of two who ask at the same time goes on asking. Not longer: it may be
 * the one that cannot win since a link is missing.
 */
const youngTicks = 2

/** A node that does not lead waits for a leader, or for votes. */
export const tick = (core: Core): void => {
  core.electionElapsed++
  if (core.electionElapsed >= core.electionTimeout) return preCampaign(core)
  if (core.role === "follower" || ++core.heartbeatElapsed < core.options.heartbeatTicks) return
  // What was lost is asked again before all begins anew.
  core.heartbeatElapsed = 0
  askForVotes(core)
}

/** Asks whether it would win, if it may. */
export const preCampaign = (core: Core): void => {
  core.resetTimers()
  core.leader = null
  if (!core.log.mayCampaign(core.self, core.commit)) return
  core.role = "pre-candidate"
  core.votes.clear()
  core.votes.set(core.self, true)
  askForVotes(core)
  count(core)
}

/** Enters the next term and asks for votes. Its own counts when it is on disk. */
export const campaign = (core: Core, byTransfer: boolean): void => {
  core.resetTimers()
  core.role = "candidate"
  core.leader = null
  core.byTransfer = byTransfer
  core.votes.clear()
  core.enter(core.term + 1, core.self)
  askForVotes(core)
}

const request = (core: Core): Message => {
  const { lastIndex, lastTerm } = core.log
  return core.role === "pre-candidate"
    ? { _tag: "pre-vote", term: core.term + 1, lastIndex, lastTerm }
    : { _tag: "vote", term: core.term, lastIndex, lastTerm, transfer: core.byTransfer }
}

const ask = (core: Core, voter: PeerId): void =>
  // A candidate that forgot its term could ask for the same votes again, and lead twice in one term.
  core.send(voter, request(core), core.role === "pre-candidate" ? "nothing" : "all")

const askForVotes = (core: Core): void => {
  const { outgoing, voters } = core.log.configuration
  for (const voter of new Set([...voters, ...outgoing])) {
    if (!core.votes.has(voter) && voter !== core.self) ask(core, voter)
  }
}

/** An answer to this node's request. */
export const onAnswer = (core: Core, from: PeerId, granted: boolean): void => {
  // The first answer counts: nobody votes twice.
  if (!core.votes.has(from)) core.votes.set(from, granted)
  count(core)
}

const count = (core: Core): void => {
  switch (verdict(core.log.configuration, (voter) => core.votes.get(voter))) {
    case "won":
      return core.role === "pre-candidate" ? campaign(core, false) : becomeLeader(core)
    case "lost":
      return core.becomeFollower(core.term, null)
    case "pending":
      return
  }
}

/** This node's own vote is on disk. */
export const onPersisted = (core: Core): void => {
  if (core.role !== "candidate" || core.votes.has(core.self)) return
  if (core.writes.term === core.term && core.writes.vote === core.self) onAnswer(core, core.self, true)
}

/**
 * Whether this node believes in a leader that is alive: then it helps to elect no other (dissertation, 4.2.3). A leader
 * believes in itself until it has missed a majority.
 */
export const hasLeader = (core: Core): boolean =>
  core.leader !== null && core.electionElapsed < core.options.electionTicks

export const onPreVote = (core: Core, from: PeerId, message: MessageOf<"pre-vote">): void => {
  const { lastIndex, lastTerm, term } = message
  if (term > core.term && hasLeader(core)) return
  const granted = term > core.term && core.log.isNotAheadOf(lastIndex, lastTerm)
  const rivals = granted && core.role === "pre-candidate" && term === core.term + 1
    && core.electionElapsed < youngTicks
  if (rivals && isBehind(core, from, message)) {
    // It can hear by now that this node asks, even if it believed in a leader before.
    if (!core.votes.has(from)) ask(core, from)
    return
  }
  if (rivals) core.becomeFollower(core.term, null)
  if (granted) core.send(from, { _tag: "pre-vote-answer", term, granted }, "nothing")
  else core.send(from, { _tag: "pre-vote-answer", term: core.term, granted }, "term")
}

/** Of two who ask at the same time: first counts the log, then the id. */
const isBehind = (core: Core, from: PeerId, { lastIndex, lastTerm }: MessageOf<"pre-vote">): boolean => {
  const { log } = core
  return lastTerm === log.lastTerm && lastIndex === log.lastIndex && from < core.self
}

/** The request is of this node's term. */
export const onVote = (core: Core, from: PeerId, { lastIndex, lastTerm }: MessageOf<"vote">): void => {
  const free = core.vote === null || core.vote === from
  const granted = free && core.log.isNotAheadOf(lastIndex, lastTerm)
  if (granted) {
    // If it was about to ask for the next term's votes, that can wait for this term's leader.
    core.becomeFollower(core.term, null)
    if (core.vote === null) core.voteFor(from)
  }
  core.send(from, { _tag: "vote-answer", term: core.term, granted }, "all")
}
