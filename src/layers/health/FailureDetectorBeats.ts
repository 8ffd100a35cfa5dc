/**
 * `FailureDetector` over beats: datagrams where the transport has them, frames on the link otherwise. Drives `core/health`
 * with links, beats and time.
 */
import { Clock, Duration, Effect, Layer } from "effect"
import * as Health from "../../core/health/State.ts"
import { step } from "../../core/health/Step.ts"
import type { Beat } from "../../protocol/Beat.ts"
import { protocolVersion } from "../../protocol/Discovery.ts"
import type { PeerId } from "../../protocol/Ids.ts"
import { BeatChannel } from "../../services/BeatChannel.ts"
import { ClusterConfig } from "../../services/ClusterConfig.ts"
import { FailureDetector, type HealthChange, type PeerHealth } from "../../services/FailureDetector.ts"
import { Invariants } from "../../services/Invariants.ts"
import { MessageQueues } from "../../services/MessageQueues.ts"
import { NodeIdentity } from "../../services/NodeIdentity.ts"
import { type Peer, PeerLinks } from "../../services/PeerLinks.ts"
import { Stalls } from "../../services/Stalls.ts"
import { handleEach } from "../queues/Inbox.ts"
import { Subscribers } from "../queues/Subscribers.ts"

/** The most changes that wait for a subscriber; one that lags further fails. */
const changesMax = 16_384

const healthOf = ({ peers }: Health.State<Peer>, now: number): ReadonlyMap<PeerId, PeerHealth> => {
  const health = new Map<PeerId, PeerHealth>()
  for (const [peerId, { heardAt, reign, rttMs, suspect }] of peers) {
    health.set(peerId, { peerId, state: suspect ? "suspect" : "up", rttMs, silentMs: now - heardAt, reign })
  }
  return health
}

export const layer = Layer.scoped(
  FailureDetector,
  Effect.gen(function*() {
    const config = yield* ClusterConfig
    const identity = yield* NodeIdentity
    const links = yield* PeerLinks
    const queues = yield* MessageQueues
    const channel = yield* BeatChannel
    const stalls = yield* Stalls
    const invariants = yield* Invariants
    const clock = yield* Clock.clockWith(Effect.succeed)
    const nowMs = () => Number(clock.unsafeCurrentTimeNanos()) / 1e6

    const state = Health.initial<Peer>(config, identity.acceptedBefore)
    const changes = new Subscribers<HealthChange>(changesMax, "dying")

    const beatTo = ({ beat, to, way }: Extract<Health.Output<Peer>, { readonly _tag: "beat" }>) => {
      const whole: Beat = {
        hostless: protocolVersion,
        cluster: config.cluster,
        from: identity.peerId,
        to: to.peerId,
        ...beat,
        mac: null
      }
      if (way === "link") return links.send(to.peerId, "beat", whole)
      return Effect.flatMap(
        channel.send(to, whole),
        (accepted) => accepted && way === "datagram" ? Effect.void : links.send(to.peerId, "beat", whole)
      )
    }

    const carryOut = (output: Health.Output<Peer>): Effect.Effect<unknown> => {
      switch (output._tag) {
        case "beat":
          return beatTo(output)
        case "suspected": {
          const { deafMs, peerId, silentMs } = output
          const name = state.peers.get(peerId)?.peer.name ?? peerId
          return Effect.logDebug(
            deafMs === null
              ? `${name} was not heard for ${Math.round(silentMs)} ms`
              : `${name} has not heard this node for ${Math.round(deafMs)} ms`
          )
        }
        case "renew":
          return links.renew(output.peerId)
        case "abandon":
          return links.disconnect(output.peerId, "abandoned")
        case "wake":
          return Effect.sleep(Duration.millis(output.afterMs))
        case "recovered":
        case "reported":
          return Effect.void
      }
    }

    const take = (input: Health.Input<Peer>): ReadonlyArray<Health.Output<Peer>> => {
      const outputs = step(state, input)
      invariants.check("health", Health.invariants, state)
      // Told at once, so that the order of changes is that of the steps.
      for (const output of outputs) {
        const { _tag } = output
        if (_tag === "suspected" || _tag === "recovered" || _tag === "reported") changes.publish(output)
      }
      return outputs
    }
    const advance = (input: Health.Input<Peer>): Effect.Effect<unknown> => {
      const outputs = take(input)
      return outputs.length === 0 ? Effect.void : Effect.forEach(outputs, carryOut, { discard: true })
    }
    const hear = (from: PeerId, beat: Beat): Effect.Effect<unknown> =>
      from === beat.from ? advance({ _tag: "heard", now: nowMs(), from, beat }) : Effect.void

    function* present(): Generator<HealthChange> {
      for (const [peerId, { heardAt, peer, reign, suspect }] of state.peers) {
        yield { _tag: "up", peer }
        if (reign !== null) yield { _tag: "reported", peerId, reign }
        if (suspect) yield { _tag: "suspected", peerId, silentMs: nowMs() - heardAt }
      }
    }

    yield* links.watch((change) =>
      Effect.sync(() => {
        take(
          change._tag === "up"
            ? { _tag: "up", now: nowMs(), peer: change.peer }
            : { _tag: "down", peerId: change.peerId, renewed: change.reason === "renewed" }
        )
        changes.publish(change)
      })
    )
    yield* handleEach(channel.take, (beat) => hear(beat.from, beat))
    yield* handleEach(queues.take("beat"), ({ from, message }) => hear(from, message))
    yield* Effect.forkScoped(Effect.forever(Effect.flatMap(stalls.lastEnd, (endedAt) => {
      take({ _tag: "stalled", endedAt })
      return advance({ _tag: "tick", now: nowMs() })
    })))

    return {
      health: Effect.sync(() => healthOf(state, nowMs())),
      changes: changes.stream(present),
      watch: (observer) => changes.watch(present, observer),
      tellReign: (reign) =>
        Effect.sync(() => {
          state.reign = reign
        })
    }
  })
)
