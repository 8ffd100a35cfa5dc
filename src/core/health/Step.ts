/** The failure detector's step function: one input in, what it wants done out. No clock, no I/O. */
import type { PeerId } from "../../protocol/Ids.ts"
import { equals } from "../../protocol/Reign.ts"
import {
  type BeatContent,
  deafMs,
  type Input,
  isDeaf,
  type Linked,
  type Output,
  rememberedBeats,
  silentMs,
  type State,
  type Watched
} from "./State.ts"

/** Beats that may go without an echo before they go over the link too: something may stop datagrams on the way. */
const unechoedMax = 6
/** So many beats in a row lost, in either direction, are a cut: loss by chance hardly takes as many. */
const cutBeats = 10
/** Share of a new measure in the smoothed round trip (RFC 6298's alpha). */
const rttGain = 1 / 8
/** The most that a beat says of the age of what it echoes. */
const echoAgeMsMax = 3_600_000

const nothing: ReadonlyArray<never> = []

export const step = <P extends Linked>(state: State<P>, input: Input<P>): ReadonlyArray<Output<P>> => {
  switch (input._tag) {
    case "up":
      onUp(state, input.peer, input.now)
      return nothing
    case "down":
      // The same process counts its beats on.
      if (!input.renewed) state.peers.delete(input.peerId)
      return nothing
    case "heard": {
      const entry = state.peers.get(input.from)
      return entry === undefined ? nothing : onHeard(state, entry, input.from, input.beat, input.now)
    }
    case "stalled":
      state.awakeSince = input.endedAt
      return nothing
    case "tick":
      return onTick(state, input.now)
  }
}

const onUp = <P extends Linked>(state: State<P>, peer: P, now: number): void => {
  const known = state.peers.get(peer.peerId)
  if (known !== undefined) {
    known.peer = peer
    known.heardAt = known.echoedAt = now
    known.suspect = false
    return
  }
  state.peers.set(peer.peerId, {
    peer,
    heardAt: now,
    suspect: false,
    suspectAt: 0,
    sentAt: [],
    heardNumber: 0,
    heardNumberAt: 0,
    echoed: state.sent,
    echoedAt: now,
    unechoing: 0,
    rttMs: null,
    reign: null
  })
}

// -------------------------------------------------------------------- what peers' beats say

const onHeard = <P extends Linked>(
  state: State<P>,
  entry: Watched<P>,
  from: PeerId,
  beat: BeatContent,
  now: number
): ReadonlyArray<Output<P>> => {
  let outputs: Array<Output<P>> | undefined
  entry.heardAt = now
  if (beat.echo > entry.echoed) entry.echoedAt = now
  if (entry.suspect && !isDeaf(state, entry, now)) {
    entry.suspect = false
    // First whom it follows now: what it had said before it fell silent does not count any more.
    if (beat.number > entry.heardNumber) entry.reign = beat.reign
    outputs = [
      { _tag: "reported", peerId: from, reign: entry.reign },
      { _tag: "recovered", peerId: from }
    ]
  }
  if (beat.number <= entry.heardNumber) return outputs ?? nothing
  if (endsCut(entry, beat)) (outputs ??= []).push({ _tag: "renew", peerId: from })
  entry.heardNumber = beat.number
  entry.heardNumberAt = now
  entry.echoed = Math.max(entry.echoed, beat.echo)
  measure(state, entry, beat, now)
  if (!equals(beat.reign, entry.reign)) {
    entry.reign = beat.reign
    ;(outputs ??= []).push({ _tag: "reported", peerId: from, reign: beat.reign })
  }
  return outputs ?? nothing
}

/**
 * Whether there was a cut just before this beat: many of the peer's were lost, or many of this node's, by what it
 * echoes. While a node is stopped it sends none, so the other's echo stands still, but then makes no leap; and what
 * waited for it, its next beat echoes all at once.
 */
const endsCut = <P extends Linked>(entry: Watched<P>, beat: BeatContent): boolean => {
  const lost = entry.heardNumber > 0 && beat.number - entry.heardNumber > cutBeats
  const unheard = beat.echo - entry.echoed > cutBeats && entry.unechoing >= cutBeats
  entry.unechoing = beat.echo > entry.echoed ? 0 : entry.unechoing + 1
  return lost || unheard
}

/** The round trip of the beat that is echoed, if it is remembered when that was sent. */
const measure = <P extends Linked>({ sent }: State<P>, entry: Watched<P>, beat: BeatContent, now: number): void => {
  const sentAt = sent - beat.echo < rememberedBeats ? entry.sentAt[beat.echo % rememberedBeats] : undefined
  if (beat.echo === 0 || sentAt === undefined) return
  const sample = Math.max(0, now - sentAt - beat.echoAgeMs)
  entry.rttMs = entry.rttMs === null ? sample : entry.rttMs + (sample - entry.rttMs) * rttGain
}

// -------------------------------------------------------------------- time

const onTick = <P extends Linked>(state: State<P>, now: number): ReadonlyArray<Output<P>> => {
  const { options, peers } = state
  const outputs: Array<Output<P>> = []
  state.sent++
  state.lookedAt = now
  for (const entry of peers.values()) outputs.push(beatTo(state, entry, now))
  for (const [peerId, entry] of peers) {
    if (entry.suspect) {
      if (now - entry.suspectAt >= options.abandonAfterMs) outputs.push({ _tag: "abandon", peerId })
      continue
    }
    const silent = silentMs(state, entry, now)
    const deaf = isDeaf(state, entry, now)
    if (silent < options.suspectAfterMs && !deaf) continue
    entry.suspect = true
    entry.suspectAt = now
    outputs.push({ _tag: "suspected", peerId, silentMs: silent, deafMs: deaf ? deafMs(state, entry, now) : null })
  }
  outputs.push({ _tag: "wake", afterMs: options.beatEveryMs })
  return outputs
}

const beatTo = <P extends Linked>({ reign, sent }: State<P>, entry: Watched<P>, now: number): Output<P> => {
  const { echoed, heardNumber, heardNumberAt, peer, sentAt } = entry
  sentAt[sent % rememberedBeats] = now
  return {
    _tag: "beat",
    to: peer,
    beat: {
      number: sent,
      echo: heardNumber,
      echoAgeMs: heardNumber === 0 ? 0 : Math.min(now - heardNumberAt, echoAgeMsMax),
      reign
    },
    // Where a peer carries the link, there is no way for datagrams either.
    way: peer.via !== null ? "link" : sent - echoed > unechoedMax ? "both" : "datagram"
  }
}
