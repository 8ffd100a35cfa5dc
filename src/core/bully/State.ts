/**
 * The bully election as data: what one node knows, what can happen to it, and what it wants done.
 *
 * Garcia-Molina, "Elections in a Distributed Computing System" (1982), with three additions: an epoch as fencing token,
 * claims that a peer with a live host refuses, and reigns that end by consent (handover, healing).
 */
import type { BullyMessage, Weight } from "../../protocol/Bully.ts"
import type { Cut } from "../../protocol/Event.ts"
import type { Epoch, PeerId } from "../../protocol/Ids.ts"
import { equals, type Reign, type ReignCause, type ReignRef } from "../../protocol/Reign.ts"
import { majority } from "../raft/Quorum.ts"

/** Times in milliseconds. */
export interface Options {
  /** Whether this node wants to host when it has the highest id. */
  readonly preempt: boolean
  /** Whether a host needs a majority of the last reign's members. All nodes of a cluster must agree on it. */
  readonly quorum: boolean
  /** How long a node without state listens before it hosts. */
  readonly listenMs: number
  /** How long a higher node may take to claim by itself before ELECTION is sent to it. */
  readonly headStartMs: number
  /** How long OK is waited for. */
  readonly okMs: number
  /** How long COORDINATOR is waited for after OK. */
  readonly coordinatorMs: number
  /** How often what needs an answer is said again. */
  readonly repeatMs: number
  /**
   * How long a host whose link is not closed may take to answer a probe before another claimant is believed. A host that
   * was stalled for 100 ms is none the less there; one that is gone is missed otherwise.
   */
  readonly probeMs: number
  /** A higher node preempts no sooner than this after it has joined. */
  readonly preemptAfterMs: number
  /** How long a handover may take before the old host takes the reign back. */
  readonly handoverMs: number
}

export interface PeerState {
  /** The link is up, and the peer is not suspected. */
  readonly live: boolean
  readonly preempts: boolean
  /** When its link came up. */
  readonly upSince: number
  /** The reign that it last said it had accepted. */
  readonly reported: ReignRef | null
  /** When COORDINATOR was last sent to it, how often since it last answered, and whether it refused that. */
  readonly toldAt: number
  readonly unanswered: number
  readonly refused: boolean
}

/** Why a reign begins, and which ones end by it with their hosts' consent. */
export interface Grounds {
  readonly cause: ReignCause
  readonly over: ReadonlyArray<ReignRef>
}

/** A claim that waits for an answer of the host that it would depose. */
export interface PendingClaim extends Grounds {
  readonly from: PeerId
  readonly reign: Reign
}

export type Phase =
  /** Just started: somebody may host already. */
  | { readonly _tag: "listening" }
  /** There is a host, and it seems alive. */
  | { readonly _tag: "following" }
  /** ELECTION sent to all higher live peers; waits for OK. */
  | { readonly _tag: "electing" }
  /** OK came, or a higher node has its head start; waits for COORDINATOR. */
  | { readonly _tag: "awaiting" }
  /** COORDINATOR sent; waits for every live peer to answer or to be found down. */
  | Claiming
  | { readonly _tag: "hosting" }
  /** Named a successor and orders nothing any more. */
  | { readonly _tag: "handing"; readonly to: PeerId }
  /** A host that was stalled asks its peers for their reigns. `offered`: it had offered its reign to another before. */
  | {
    readonly _tag: "verifying"
    readonly nonce: number
    readonly missing: ReadonlySet<PeerId>
    readonly offered: boolean
  }
  /** A host that gave way to a heavier reign waits for its claim. */
  | { readonly _tag: "yielding"; readonly to: ReignRef }
  /** Cannot host now (refused by a peer with a live host, or no majority): tries again after a while. */
  | { readonly _tag: "waiting" }

export interface Claiming extends Grounds {
  readonly _tag: "claiming"
  readonly reign: Reign
  /** The newest reign known when the claim was made. */
  readonly after: ReignRef | null
  readonly accepted: ReadonlySet<PeerId>
  /** Peers that hold to a host which this node sees too, and the reigns they hold to: that host's own answer decides. */
  readonly holding: ReadonlyMap<PeerId, ReignRef>
  /** With a quorum: peers that refused and are no members, so that nothing hangs on them. */
  readonly aside: ReadonlySet<PeerId>
}

/** `cause` and `over` are those of the accepted reign. */
export interface State extends Grounds {
  readonly self: PeerId
  readonly options: Options
  readonly phase: Phase
  readonly accepted: Reign | null
  /** The accepted reign's host has said that it does not host under it (any more). */
  readonly void: boolean
  /**
   * With a quorum: the newest reign that this node or a member of it has accepted. Claims are counted by its members, and
   * only they can overtake it.
   */
  readonly newest: Reign | null
  /** With a quorum: the last reign of another line whose claim was refused here. */
  readonly foreign: Reign | null
  /** The highest epoch seen anywhere, own claims included: the next claim is above it. */
  readonly highest: Epoch
  readonly peers: ReadonlyMap<PeerId, PeerState>
  /** Members that said goodbye, to be taken out of the next reign's members (quorum). */
  readonly departed: ReadonlySet<PeerId>
  /** Why the host was lost, for the next claim. */
  readonly lossCause: ReignCause
  readonly pending: PendingClaim | null
  /** Who asked for an election while this node followed a host, and waits for what that answers to a probe. */
  readonly askers: ReadonlySet<PeerId>
  readonly nonce: number
}

export type TimerName = "phase" | "repeat" | "probe" | "preempt"

export type Input =
  | { readonly _tag: "start" }
  | { readonly _tag: "up"; readonly peer: PeerId; readonly preempts: boolean }
  | { readonly _tag: "down"; readonly peer: PeerId; readonly left: boolean }
  | { readonly _tag: "suspected"; readonly peer: PeerId }
  | { readonly _tag: "recovered"; readonly peer: PeerId }
  | { readonly _tag: "reported"; readonly peer: PeerId; readonly reign: ReignRef | null }
  | { readonly _tag: "received"; readonly from: PeerId; readonly message: BullyMessage }
  | { readonly _tag: "timer"; readonly name: TimerName }
  /** This node did not run for a while. */
  | { readonly _tag: "stalled" }
  /** The host wants this peer to take over; it has ordered nothing beyond the cuts. */
  | { readonly _tag: "hand-over"; readonly to: PeerId; readonly cuts: ReadonlyArray<Cut> }
  /** This node has everything up to the cuts of the handover that it was offered. */
  | { readonly _tag: "take-over"; readonly over: ReignRef }

/** What is true at the moment of a step. */
export interface Moment {
  /** Monotonic, in milliseconds. */
  readonly now: number
  /** What this node's reign weighs. */
  readonly weight: Pick<Weight, "seated" | "seq">
  /** How long nothing was heard of a peer, in milliseconds. */
  readonly silentMs: (peer: PeerId) => number
}

/** To be carried out in order. `accept` must be kept (synced, if it outlives the process) before what follows it. */
export type Output =
  | { readonly _tag: "send"; readonly to: PeerId; readonly message: BullyMessage }
  | { readonly _tag: "timer"; readonly name: TimerName; readonly ms: number }
  | { readonly _tag: "cancel"; readonly name: TimerName }
  | { readonly _tag: "accept"; readonly reign: Reign }
  /** The peer does not answer what it must answer: its link is to be closed. */
  | { readonly _tag: "abandon"; readonly peer: PeerId }
  /** The peer beats, but what should have come from it has not: its stream may be stuck. */
  | { readonly _tag: "renew"; readonly peer: PeerId }
  /** A host that this node cannot see, and a peer that does. */
  | { readonly _tag: "reach"; readonly peer: PeerId; readonly via: PeerId }
  /** The host should hand over to this peer. */
  | { readonly _tag: "wish"; readonly to: PeerId }
  | { readonly _tag: "offer"; readonly reign: ReignRef; readonly cuts: ReadonlyArray<Cut> }

export const initial = (self: PeerId, options: Options, acceptedBefore: Reign | null): State => ({
  self,
  options,
  phase: { _tag: "listening" },
  accepted: acceptedBefore,
  void: false,
  newest: acceptedBefore,
  foreign: null,
  cause: "start",
  over: [],
  highest: (acceptedBefore?.epoch ?? 0) as Epoch,
  peers: new Map(),
  departed: new Set(),
  lossCause: "start",
  pending: null,
  askers: new Set(),
  nonce: 0
})

export const livePeers = (state: State): ReadonlyArray<PeerId> =>
  [...state.peers].filter(([, peer]) => peer.live).map(([id]) => id).sort()

export const isLive = (state: State, peer: PeerId): boolean => state.peers.get(peer)?.live === true

/** Whether a peer is live and has said that it follows this node's accepted reign. */
export const follows = (state: State, peer: PeerId): boolean => {
  const known = state.peers.get(peer)
  return known?.live === true && equals(known.reported, state.accepted)
}

/**
 * Whether a majority of the accepted reign's members follows it. That they are there is not enough: they may follow
 * somebody newer since. Always so without a quorum.
 */
export const hasQuorum = (state: State): boolean => {
  const { accepted, options, self } = state
  if (!options.quorum || accepted === null) return true
  const following = accepted.members.filter((id) => id === self || follows(state, id)).length
  return following >= majority(accepted.members.length)
}

/** Whether this node orders events now. */
export const hosts = (state: State): boolean =>
  state.phase._tag === "hosting" && state.accepted !== null && hasQuorum(state)

/**
 * Whether a reign of this node stands, or is about to. Otherwise whoever says that it follows this node is mistaken, and
 * is told so.
 */
export const reigns = ({ phase: { _tag } }: State): boolean =>
  _tag === "claiming" || _tag === "hosting" || _tag === "handing" || _tag === "yielding" || _tag === "verifying"

export const role = (state: State): "host" | "peer" | "electing" =>
  hosts(state) ? "host" : state.phase._tag === "following" ? "peer" : "electing"

/**
 * The reigns that this one goes on from without asking: handed over whole, or given up in a heal. Not those that only
 * did not stand in its way (`over` of a claim after a crash).
 */
export const endedByConsent = (state: State): ReadonlyArray<ReignRef> =>
  state.cause === "handover" || state.cause === "heal" ? state.over : []
