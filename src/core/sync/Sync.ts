/**
 * How a new host brings all logs to the same end before it orders anything, as data: whom it asks, who has answered how far
 * its logs go, whose log is ahead, and what to fetch from whom. One input in, the next state and what is to be done out; no
 * clock, no I/O.
 *
 * Heads are compared by the reign that ordered the log's last event, then by that event's number. A, B and C hold a room up to
 * event 88 of reign 6, event 90 of reign 6 and event 120 of reign 5. If A is to host, it fetches the room from B and goes on
 * with event 91: what C holds beyond its last common event was ordered by a host that reign 6 had deposed.
 */
import type { Head } from "../../protocol/Event.ts"
import type { PeerId, RoomId } from "../../protocol/Ids.ts"
import { majority } from "../raft/Quorum.ts"
import { compareHeads } from "../Room.ts"

/** How long a sync waits for the answers of suspected peers, in milliseconds. */
export const suspectsAskedMs = 300

/** Whose logs count where a host needs a majority: those of the reign's members. */
export interface Quorum {
  readonly members: ReadonlyArray<PeerId>
  readonly self: PeerId
}

/**
 * `claimed`: the reign has not begun (or it is being handed over): its peers are only asked. `begun`: what they answer is
 * waited for and fetched. `over`: all logs have the same end, and events may be ordered.
 */
export type Stage = "claimed" | "begun" | "over"

/** A room that some peer's log takes further than this node's, and that peer. */
export interface Ahead {
  readonly room: RoomId
  readonly peer: PeerId
}

export interface State {
  readonly self: PeerId
  /** Null where no majority is needed. */
  readonly quorum: Quorum | null
  /** The host of the reign before, while this one is only claimed. */
  readonly deposed: PeerId | null
  /** When this node began to ask, in monotonic milliseconds. */
  readonly sinceMs: number
  readonly stage: Stage
  /** How far the logs of those go who have answered in this reign. */
  readonly answers: ReadonlyMap<PeerId, ReadonlyArray<Head>>
  /** Those, this node included, that lost with an earlier process what they had held. */
  readonly forgetful: ReadonlySet<PeerId>
  /** What was asked for last, and is waited for. */
  readonly fetching: Ahead | null
}

export type Input =
  /** The questions may be asked; again, of whoever has not answered yet. */
  | { readonly _tag: "ask" }
  /** A peer is there (again), or may not have heard the question. */
  | { readonly _tag: "there"; readonly peer: PeerId }
  /** The peer's link is down, or it is suspected. */
  | { readonly _tag: "gone"; readonly peer: PeerId }
  /** The reign has begun. `whole`: nobody's log goes before this node's. */
  | { readonly _tag: "accepted"; readonly whole: boolean }
  | { readonly _tag: "answered"; readonly from: PeerId; readonly heads: ReadonlyArray<Head>; readonly forgot: boolean }
  /** A room that was fetched has come, and this node's log goes at least so far by now. */
  | { readonly _tag: "taken" }
  /** What came for it from there is nothing that the game takes. */
  | { readonly _tag: "unusable"; readonly from: PeerId }
  /** This node orders nothing more, since it hands over; and goes on after all. */
  | { readonly _tag: "suspended" }
  | { readonly _tag: "resumed" }

export type Output =
  | { readonly _tag: "ask"; readonly peers: ReadonlyArray<PeerId> }
  | ({ readonly _tag: "fetch" } & Ahead)
  /** Sync is over. Whoever has answered is to follow from its heads on. */
  | { readonly _tag: "begin" }
  /** A peer that answers later is to follow, too. */
  | { readonly _tag: "follow"; readonly peer: PeerId; readonly heads: ReadonlyArray<Head> }

/** What a step sees of the world. */
export interface Surroundings {
  /** Monotonic milliseconds. */
  readonly nowMs: number
  /** Of every peer whose link is up. */
  readonly health: ReadonlyMap<PeerId, { readonly state: "up" | "suspect" }>
  /** How far this node's own log of a room goes. */
  readonly head: (room: RoomId) => Head | undefined
}

export interface Step {
  readonly state: State
  readonly outputs: ReadonlyArray<Output>
}

/** Nobody has been asked yet. `forgot`: this node lost with an earlier process what it had held. */
export const initial = (
  { deposed, forgot, quorum, self, sinceMs }: Pick<State, "deposed" | "quorum" | "self" | "sinceMs"> & {
    readonly forgot: boolean
  }
): State => ({
  self,
  quorum,
  deposed,
  sinceMs,
  stage: "claimed",
  answers: new Map(),
  forgetful: new Set(forgot ? [self] : []),
  fetching: null
})

export const step = (state: State, input: Input, around: Surroundings): Step => {
  switch (input._tag) {
    case "ask": {
      const peers = awaited(state, around).filter((peer) => !state.answers.has(peer))
      const settled = settle(state, around)
      return peers.length === 0 ? settled : { ...settled, outputs: [{ _tag: "ask", peers }, ...settled.outputs] }
    }
    case "there":
      return { state, outputs: [{ _tag: "ask", peers: [input.peer] }] }
    case "gone":
      return settle(state.stage === "over" ? without(state, input.peer) : state, around)
    case "accepted": {
      if (state.stage === "over") return { state, outputs: [] }
      const begun: State = { ...state, stage: "begun" }
      return input.whole ? over(begun) : settle(begun, around)
    }
    case "answered": {
      const { forgot, from, heads } = input
      const answers = new Map(state.answers).set(from, heads)
      const forgetful = forgot ? new Set(state.forgetful).add(from) : state.forgetful
      const next = { ...state, answers, forgetful }
      if (state.stage !== "over") return settle(next, around)
      return { state: next, outputs: [{ _tag: "follow", peer: from, heads }] }
    }
    case "taken":
      return settle(state, around)
    case "unusable":
      return { state: without(state, input.from), outputs: [] }
    case "suspended":
      return { state: { ...state, stage: "claimed" }, outputs: [] }
    case "resumed":
      return { state: { ...state, stage: "over" }, outputs: [] }
  }
}

const over = (state: State): Step => ({
  state: { ...state, stage: "over", fetching: null },
  outputs: [{ _tag: "begin" }]
})

/** Its answer is void. */
const without = (state: State, peer: PeerId): State => {
  const answers = new Map(state.answers)
  answers.delete(peer)
  return { ...state, answers, fetching: state.fetching?.peer === peer ? null : state.fetching }
}

/**
 * Peers whose answer a sync waits for: the live ones, and for a while those that are only suspected: an overloaded
 * node may hold what nobody else does. The host that is deposed for its silence is not waited for.
 */
export const awaited = (
  { deposed, sinceMs }: State,
  { health, nowMs }: Pick<Surroundings, "health" | "nowMs">
): ReadonlyArray<PeerId> =>
  [...health].filter(([peer, { state }]) => state === "up" || (peer !== deposed && nowMs - sinceMs < suspectsAskedMs))
    .map(([peer]) => peer)

/** Once every awaited peer whose log counts has answered: takes the log that goes furthest, then goes on from it. */
const settle = (state: State, around: Surroundings): Step => {
  if (state.stage !== "begun") return { state, outputs: [] }
  const waits = awaited(state, around).some((peer) => counts(state, peer) && !state.answers.has(peer))
  if (waits) return { state, outputs: [] }
  let now: State = { ...state, fetching: null }
  // Each turn either fetches, or gives up on one peer's answer: at most one turn a peer.
  for (let next = ahead(now, around); next !== null; next = ahead(now, around)) {
    if (around.health.get(next.peer)?.state === "up") {
      return { state: { ...now, fetching: next }, outputs: [{ _tag: "fetch", ...next }] }
    }
    now = without(now, next.peer)
  }
  return heardEnough(now) ? over(now) : { state: now, outputs: [] }
}

/**
 * Whether the peer's log counts when a reign begins: with a quorum, a stranger holds nothing that screens were shown and
 * members do not hold too, unless they have all forgotten it.
 */
const counts = ({ forgetful, quorum }: State, peer: PeerId): boolean =>
  quorum === null || quorum.members.includes(peer) || quorum.members.every((id) => forgetful.has(id))

/**
 * With a quorum: whether so many members have told their heads, this node included, that one of them is in every
 * majority which may have held an event. Who forgot what it held tells nothing; once all have spoken, there is nobody
 * left to ask. Without a quorum always.
 */
const heardEnough = ({ answers, forgetful, quorum }: State): boolean => {
  if (quorum === null) return true
  const { members, self } = quorum
  const heard = members.filter((id) => id === self || answers.has(id))
  const remembering = heard.filter((id) => !forgetful.has(id))
  return heard.length === members.length || remembering.length > members.length - majority(members.length)
}

/** Of the rooms in which some peer's log goes further than this node's, the first; and the peer whose goes furthest there. */
const ahead = (state: State, { head: own }: Surroundings): Ahead | null => {
  const furthest = new Map<RoomId, { readonly peer: PeerId; readonly head: Head }>()
  for (const [peer, heads] of state.answers) {
    if (!counts(state, peer)) continue
    for (const head of heads) {
      const before = furthest.get(head.room)?.head ?? own(head.room)
      if (before === undefined || compareHeads(head, before) > 0) furthest.set(head.room, { peer, head })
    }
  }
  for (const [room, { peer }] of furthest) return { room, peer }
  return null
}

/** What can never be so; each entry says what is. */
export const invariants = (state: State): ReadonlyArray<string> => {
  const { answers, deposed, fetching, self, stage } = state
  const broken: Array<string> = []
  if (answers.has(self)) broken.push("it answered itself")
  if (deposed === self) broken.push("it deposed itself")
  if (fetching === null) return broken
  if (stage === "over") broken.push("it orders events before all logs have the same end")
  if (!counts(state, fetching.peer)) broken.push("it fetches a log that does not count")
  const heads = answers.get(fetching.peer)
  if (!heads?.some(({ room }) => room === fetching.room)) broken.push("it fetches a room that its peer has not told of")
  return broken
}
