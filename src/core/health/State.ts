/**
 * Failure detection as data: what a node knows of the peers that it is linked with, what can happen to it, and what it
 * wants done.
 *
 * A peer is suspected when nothing came from it for `suspectAfterMs` of this node's own running time, or when it tells for
 * twice as long that it hears nothing: then nothing else that this node sends gets there, and no stream either way. One
 * that stays so for `abandonAfterMs` loses its link.
 */
import type { Beat } from "../../protocol/Beat.ts"
import type { PeerId } from "../../protocol/Ids.ts"
import type { ReignRef } from "../../protocol/Reign.ts"

/** Times in milliseconds. */
export interface Options {
  /** How often linked nodes beat. */
  readonly beatEveryMs: number
  /** A peer that was not heard for so long is suspected to be dead. */
  readonly suspectAfterMs: number
  /** A peer that was suspected for so long is disconnected. */
  readonly abandonAfterMs: number
}

/** The other side of a link, as far as it matters here. `via`: the peer that carries the link, or null. */
export interface Linked {
  readonly peerId: PeerId
  readonly via: PeerId | null
}

/** What is known of a peer whose link is up. All times are of this node's monotonic clock, in milliseconds. */
export interface Watched<P extends Linked> {
  peer: P
  heardAt: number
  suspect: boolean
  /** Since when, while it is suspected. */
  suspectAt: number
  /** When each of the last beats was sent, by number modulo `rememberedBeats`. */
  readonly sentAt: Array<number>
  heardNumber: number
  heardNumberAt: number
  /** The newest of this node's beats that the peer says it has heard. */
  echoed: number
  /** When that last rose. */
  echoedAt: number
  /** How many of the peer's beats in a row echoed nothing new. */
  unechoing: number
  /** Smoothed round trip, or null before the first measure. */
  rttMs: number | null
  /** The reign that the peer last said it had accepted. */
  reign: ReignRef | null
}

/** Steps change it in place: beats are many, and peers may be. */
export interface State<P extends Linked> {
  readonly options: Options
  readonly peers: Map<PeerId, Watched<P>>
  /** What this node's beats say. */
  reign: ReignRef | null
  /** The number of the last beat, to whomever: so a peer that kept count meanwhile takes none for an older one. */
  sent: number
  /** When this node's last stall ended: nobody is suspected for what it missed itself. */
  awakeSince: number
  /** When it last looked at how long peers have been silent. */
  lookedAt: number
}

/** `now`: monotonic, in milliseconds; never less than in the step before. */
export type Input<P extends Linked> =
  /** A link is up, or another connection of it to the same process. */
  | { readonly _tag: "up"; readonly now: number; readonly peer: P }
  /** `renewed`: the process is the same, and `up` follows at once. */
  | { readonly _tag: "down"; readonly peerId: PeerId; readonly renewed: boolean }
  | { readonly _tag: "heard"; readonly now: number; readonly from: PeerId; readonly beat: BeatContent }
  /** This node did not run, or could reach nobody, until then. */
  | { readonly _tag: "stalled"; readonly endedAt: number }
  /** It is time to beat, and to look at who has been silent. */
  | { readonly _tag: "tick"; readonly now: number }

/** What a beat says, but for whose it is. */
export type BeatContent = Pick<Beat, "number" | "echo" | "echoAgeMs" | "reign">

/** To be carried out in order. */
export type Output<P extends Linked> =
  /** `way`: where a peer takes no datagrams, the link is the way of `datagram` too. */
  | {
    readonly _tag: "beat"
    readonly to: P
    readonly beat: BeatContent
    readonly way: "datagram" | "link" | "both"
  }
  /** `deafMs`: how long it has told that it hears nothing, if it is suspected for that; else null. */
  | {
    readonly _tag: "suspected"
    readonly peerId: PeerId
    readonly silentMs: number
    readonly deafMs: number | null
  }
  | { readonly _tag: "recovered"; readonly peerId: PeerId }
  /** The peer's accepted reign is another than before, or is to be believed anew. */
  | { readonly _tag: "reported"; readonly peerId: PeerId; readonly reign: ReignRef | null }
  /** There was a cut: the peer's stream may wait for its next retransmission for long. */
  | { readonly _tag: "renew"; readonly peerId: PeerId }
  /** Suspected for too long: its link is to be closed. */
  | { readonly _tag: "abandon"; readonly peerId: PeerId }
  /** When the next tick is due. */
  | { readonly _tag: "wake"; readonly afterMs: number }

/** Beats of which the sending time is remembered, for the round trip. */
export const rememberedBeats = 64

export const initial = <P extends Linked>(options: Options, reign: ReignRef | null): State<P> => ({
  options,
  peers: new Map(),
  reign,
  sent: 0,
  awakeSince: -Infinity,
  lookedAt: -Infinity
})

/** How much longer than its silence a peer's deafness is borne: its echo takes a beat there and one back. */
const deafFactor = 2

/** How long nothing came from the peer, this node's own stalls left out. */
export const silentMs = <P extends Linked>({ awakeSince }: State<P>, { heardAt }: Watched<P>, now: number): number =>
  now - Math.max(heardAt, awakeSince)

/** How long the peer has told that it hears nothing, this node's own stalls left out. */
export const deafMs = <P extends Linked>({ awakeSince }: State<P>, { echoedAt }: Watched<P>, now: number): number =>
  now - Math.max(echoedAt, awakeSince)

export const isDeaf = <P extends Linked>(state: State<P>, peer: Watched<P>, now: number): boolean =>
  deafMs(state, peer, now) >= state.options.suspectAfterMs * deafFactor

/** What does not hold that must hold after every step; empty where all is well. */
export const invariants = <P extends Linked>(state: State<P>): ReadonlyArray<string> => {
  const { awakeSince, lookedAt, options: { suspectAfterMs }, peers } = state
  const broken: Array<string> = []
  for (const [id, entry] of peers) {
    const must = (holds: boolean, what: string): unknown => holds || broken.push(`${id} ${what}`)
    const { echoed, echoedAt, heardAt, heardNumber, peer, rttMs, sentAt, suspect, suspectAt } = entry
    must(peer.peerId === id, "is known by its id")
    must(sentAt.length <= rememberedBeats, "has no more beats remembered than are of use")
    must(heardNumber >= 0 && echoed >= 0, "counts beats up from 0, and so does this node")
    must(echoedAt <= heardAt, "echoes only by what is heard of it")
    must(rttMs === null || (rttMs >= 0 && rttMs < Infinity), "is as far away as a time says")
    if (suspect) {
      must(suspectAt <= lookedAt, "is suspected by a look")
      // What ended after that is another stall.
      const since = awakeSince > suspectAt ? echoedAt : Math.max(echoedAt, awakeSince)
      must(suspectAt - since >= suspectAfterMs, "is suspected for its own silence, not for this node's")
    } else {
      const isOverdue = silentMs(state, entry, lookedAt) >= suspectAfterMs || isDeaf(state, entry, lookedAt)
      must(!isOverdue, "is suspected once it was silent or deaf for too long")
    }
  }
  return broken
}
