/**
 * `FailureDetector` over beats: datagrams where the transport has them, frames on the link otherwise.
 *
 * A peer is suspected when nothing came from it for `suspectAfterMs` of this node's own running time, or when it tells for
 * twice as long that it hears nothing: then nothing else that this node sends gets there, and no stream either way. One
 * that stays so for `abandonAfterMs` loses its link.
 */
import { Clock, Duration, Effect, FiberSet, Layer } from "effect"
import type { Beat } from "../../protocol/Beat.ts"
import { protocolVersion } from "../../protocol/Discovery.ts"
import type { PeerId } from "../../protocol/Ids.ts"
import { equals, type ReignRef } from "../../protocol/Reign.ts"
import { BeatChannel } from "../../services/BeatChannel.ts"
import { ClusterConfig } from "../../services/ClusterConfig.ts"
import { FailureDetector, type HealthChange, type PeerHealth } from "../../services/FailureDetector.ts"
import { MessageQueues } from "../../services/MessageQueues.ts"
import { NodeIdentity } from "../../services/NodeIdentity.ts"
import { type Peer, PeerLinks } from "../../services/PeerLinks.ts"
import { Stalls } from "../../services/Stalls.ts"
import { Subscribers } from "../queues/Subscribers.ts"

interface Watched {
  peer: Peer
  heardAt: number
  suspect: boolean
  suspectAt: number
  /** When each of the last beats was sent, by number modulo its length. */
  readonly sentAt: Array<number>
  heardNumber: number
  heardNumberAt: number
  /** The newest of this node's beats that the peer says it has heard. */
  echoed: number
  /** When that last rose. */
  echoedAt: number
  /** How many of the peer's beats in a row echoed nothing new. */
  unechoing: number
  rttMs: number | null
  reign: ReignRef | null
}

/** Beats of which the sending time is remembered, for the round trip. */
const rememberedBeats = 64
/** Beats that may go without an echo before they go over the link too: something may stop datagrams on the way. */
const unechoedMax = 6
/** So many beats in a row lost, in either direction, are a cut: loss by chance hardly takes as many. */
const cutBeats = 10
/** How much longer than its silence a peer's deafness is borne: its echo takes a beat there and one back. */
const deafFactor = 2
/** The most changes that wait for a subscriber; one that lags further fails. */
const changesMax = 16_384
/** Share of a new measure in the smoothed round trip (RFC 6298's alpha). */
const rttGain = 1 / 8

export const layer = Layer.scoped(
  FailureDetector,
  Effect.gen(function*() {
    const config = yield* ClusterConfig
    const identity = yield* NodeIdentity
    const links = yield* PeerLinks
    const queues = yield* MessageQueues
    const channel = yield* BeatChannel
    const stalls = yield* Stalls
    const clock = yield* Clock.clockWith(Effect.succeed)
    const nowMs = () => Number(clock.unsafeCurrentTimeNanos()) / 1e6

    const watched = new Map<PeerId, Watched>()
    const changes = new Subscribers<HealthChange>(changesMax, "dying")
    const run = yield* FiberSet.makeRuntime<never>()
    const renew = (peer: PeerId): void => void run(links.renew(peer))
    let myReign: ReignRef | null = identity.acceptedBefore
    /** The number of the last beat, to whomever: so a peer that kept count meanwhile takes none for an older one. */
    let sent = 0

    /**
     * Whether there was a cut just before this beat: many of the peer's were lost, or many of this node's, by what it
     * echoes. While a node is stopped it sends none, so the other's echo stands still, but then makes no leap; and what
     * waited for it, its next beat echoes all at once.
     */
    const endsCut = (entry: Watched, beat: Beat): boolean => {
      const lost = entry.heardNumber > 0 && beat.number - entry.heardNumber > cutBeats
      const unheard = beat.echo - entry.echoed > cutBeats && entry.unechoing >= cutBeats
      entry.unechoing = beat.echo > entry.echoed ? 0 : entry.unechoing + 1
      return lost || unheard
    }

    let awakeSince = -Infinity
    /** How long the peer has told that it hears nothing, this node's own stalls left out. */
    const deafMs = (entry: Watched, now: number): number => now - Math.max(entry.echoedAt, awakeSince)

    const heard = (from: PeerId, beat: Beat): void => {
      const entry = watched.get(from)
      if (entry === undefined) return
      const now = nowMs()
      entry.heardAt = now
      if (beat.echo > entry.echoed) entry.echoedAt = now
      if (entry.suspect && deafMs(entry, now) < config.suspectAfterMs * deafFactor) {
        entry.suspect = false
        // First whom it follows now: what it had said before it fell silent does not count any more.
        if (beat.number > entry.heardNumber) entry.reign = beat.reign
        changes.publish({ _tag: "reported", peerId: from, reign: entry.reign })
        changes.publish({ _tag: "recovered", peerId: from })
      }
      if (beat.number <= entry.heardNumber) return
      if (endsCut(entry, beat)) renew(from)
      entry.heardNumber = beat.number
      entry.heardNumberAt = now
      entry.echoed = Math.max(entry.echoed, beat.echo)
      const sentAt = sent - beat.echo < rememberedBeats ? entry.sentAt[beat.echo % rememberedBeats] : undefined
      if (beat.echo > 0 && sentAt !== undefined) {
        const sample = Math.max(0, now - sentAt - beat.echoAgeMs)
        entry.rttMs = entry.rttMs === null ? sample : entry.rttMs + (sample - entry.rttMs) * rttGain
      }
      if (!equals(beat.reign, entry.reign)) {
        entry.reign = beat.reign
        changes.publish({ _tag: "reported", peerId: from, reign: beat.reign })
      }
    }

    const beatTo = (entry: Watched): Effect.Effect<unknown> => {
      const now = nowMs()
      entry.sentAt[sent % rememberedBeats] = now
      const beat: Beat = {
        hostless: protocolVersion,
        cluster: config.cluster,
        from: identity.peerId,
        to: entry.peer.peerId,
        number: sent,
        echo: entry.heardNumber,
        echoAgeMs: entry.heardNumber === 0 ? 0 : Math.min(now - entry.heardNumberAt, 3_600_000),
        reign: myReign,
        mac: null
      }
      // There is no way for its datagrams either.
      if (entry.peer.via !== null) return links.send(entry.peer.peerId, "beat", beat)
      return Effect.flatMap(
        channel.send(entry.peer, beat),
        (accepted) =>
          accepted && sent - entry.echoed <= unechoedMax ? Effect.void : links.send(entry.peer.peerId, "beat", beat)
      )
    }

    const look = Effect.fnUntraced(function*() {
      const now = nowMs()
      // Nobody is suspected for what this node missed itself.
      awakeSince = yield* stalls.lastEnd
      for (const entry of watched.values()) {
        const silentMs = now - Math.max(entry.heardAt, awakeSince)
        const isDeaf = deafMs(entry, now) >= config.suspectAfterMs * deafFactor
        if (!entry.suspect && (silentMs >= config.suspectAfterMs || isDeaf)) {
          entry.suspect = true
          entry.suspectAt = now
          yield* Effect.logDebug(
            isDeaf
              ? `${entry.peer.name} has not heard this node for ${Math.round(deafMs(entry, now))} ms`
              : `${entry.peer.name} was not heard for ${Math.round(silentMs)} ms`
          )
          changes.publish({ _tag: "suspected", peerId: entry.peer.peerId, silentMs })
        } else if (entry.suspect && now - entry.suspectAt >= config.abandonAfterMs) {
          yield* links.disconnect(entry.peer.peerId, "abandoned")
        }
      }
    })

    yield* links.watch((change) =>
      Effect.sync(() => {
        const known = change._tag === "up" ? watched.get(change.peer.peerId) : undefined
        if (change._tag === "down") {
          // The process is the same, and counts its beats on.
          if (change.reason !== "renewed") watched.delete(change.peerId)
        } else if (known !== undefined) {
          known.peer = change.peer
          known.heardAt = known.echoedAt = nowMs()
          known.suspect = false
        } else {
          watched.set(change.peer.peerId, {
            peer: change.peer,
            heardAt: nowMs(),
            suspect: false,
            suspectAt: 0,
            sentAt: [],
            heardNumber: 0,
            heardNumberAt: 0,
            echoed: sent,
            echoedAt: nowMs(),
            unechoing: 0,
            rttMs: null,
            reign: null
          })
        }
      })
    )
    yield* Effect.forkScoped(
      Effect.forever(
        Effect.map(channel.take, (beats) => {
          for (const beat of beats) heard(beat.from, beat)
        })
      )
    )
    yield* Effect.forkScoped(
      Effect.forever(
        Effect.map(queues.take("beat"), (envelopes) => {
          for (const { from, message } of envelopes) if (from === message.from) heard(from, message)
        })
      )
    )
    yield* Effect.forkScoped(Effect.forever(Effect.gen(function*() {
      sent++
      yield* Effect.forEach([...watched.values()], beatTo, { discard: true })
      yield* look()
      yield* Effect.sleep(Duration.millis(config.beatEveryMs))
    })))

    return {
      health: Effect.sync(() => {
        const now = nowMs()
        const health = new Map<PeerId, PeerHealth>()
        for (const [peerId, entry] of watched) {
          health.set(peerId, {
            peerId,
            state: entry.suspect ? "suspect" : "up",
            rttMs: entry.rttMs,
            silentMs: now - entry.heardAt,
            reign: entry.reign
          })
        }
        return health
      }),
      changes: changes.stream(() => []),
      watch: (observer) => changes.watch(() => [], observer),
      tellReign: (reign) =>
        Effect.sync(() => {
          myReign = reign
        })
    }
  })
)
