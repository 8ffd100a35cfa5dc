/**
 * `Election` by bully: drives `core/bully` with what links, the failure detector and the clock report. One fiber steps;
 * everything else only puts inputs into its mailbox.
 */
import { Clock, Deferred, Effect, Layer, Mailbox, PubSub, Stream } from "effect"
import { invariants } from "../../core/bully/Invariants.ts"
import * as Bully from "../../core/bully/State.ts"
import { step } from "../../core/bully/Step.ts"
import type { PeerId } from "../../protocol/Ids.ts"
import { ref } from "../../protocol/Reign.ts"
import { ClusterConfig } from "../../services/ClusterConfig.ts"
import { Election, type ElectionService, type Standing } from "../../services/Election.ts"
import { FailureDetector, type HealthChange } from "../../services/FailureDetector.ts"
import { Invariants } from "../../services/Invariants.ts"
import { Medium } from "../../services/Medium.ts"
import { type Envelope, MessageQueues } from "../../services/MessageQueues.ts"
import { NodeIdentity } from "../../services/NodeIdentity.ts"
import { PeerLinks } from "../../services/PeerLinks.ts"
import { Stalls } from "../../services/Stalls.ts"
import { takeEach } from "./Letters.ts"
import { Standings } from "./Standings.ts"
import * as Timers from "./Timers.ts"

/** What the stepping fiber takes, one after the other. */
interface Letter {
  /** Null: only look for a stall. */
  readonly input: Bully.Input | null
  /** Of which setting of a timer it is the time-out. */
  readonly setting?: object
  /** Done when the input's step has been carried out. */
  readonly read?: Deferred.Deferred<void>
}

const standingOf = (state: Bully.State): Standing => ({
  role: Bully.role(state),
  reign: state.accepted,
  claim: state.phase._tag === "claiming" ? state.phase.reign : null,
  cause: state.cause,
  over: Bully.endedByConsent(state)
})

const received = ({ from, message }: Envelope<"bully">): Letter => ({ input: { _tag: "received", from, message } })

/** What of a peer's health is news to the election. `waiting`: what has come from peers and nobody has taken yet. */
const lettersOf = (change: HealthChange, waiting: () => ReadonlyArray<Envelope<"bully">>): ReadonlyArray<Letter> => {
  switch (change._tag) {
    case "up":
      return [{ input: { _tag: "up", peer: change.peer.peerId, preempts: change.peer.preempts } }]
    case "down":
      // The same process has been there all the time: nobody is lost.
      if (change.reason === "renewed") return []
      // A peer's last words come before its end.
      return [
        ...waiting().map(received),
        { input: { _tag: "down", peer: change.peerId, left: change.reason === "left" } }
      ]
    case "suspected":
    case "recovered":
      return [{ input: { _tag: change._tag, peer: change.peerId } }]
    case "reported":
      return [{ input: { _tag: "reported", peer: change.peerId, reign: change.reign } }]
  }
}

export const layer = Layer.scoped(
  Election,
  Effect.gen(function*() {
    const config = yield* ClusterConfig
    const identity = yield* NodeIdentity
    const links = yield* PeerLinks
    const queues = yield* MessageQueues
    const detector = yield* FailureDetector
    const stalls = yield* Stalls
    const medium = yield* Medium
    const { check } = yield* Invariants
    const clock = yield* Clock.clockWith(Effect.succeed)

    let state = Bully.initial(identity.peerId, config, identity.acceptedBefore)
    let weigh: () => Bully.Moment["weight"] = () => ({ seated: false, seq: 0 as Bully.Moment["weight"]["seq"] })

    const standings = new Standings(standingOf(state))
    const mailbox = yield* Mailbox.make<Letter>()
    const tell = (input: Bully.Input) => mailbox.offer({ input })
    const wishes = yield* PubSub.sliding<{ readonly to: PeerId }>(1)
    const offers = yield* PubSub.sliding<Stream.Stream.Success<ElectionService["offers"]>>(4)
    const timers = yield* Timers.make<Bully.TimerName>((name, setting) =>
      mailbox.offer({ input: { _tag: "timer", name }, setting })
    )

    const publish = Effect.suspend(() =>
      standings.tell(standingOf(state)) ? Effect.logDebug(standings.description) : Effect.void
    )

    const carryOut = (output: Bully.Output): Effect.Effect<unknown> => {
      switch (output._tag) {
        case "send":
          return Effect.zipRight(
            Effect.logDebug(`${output.message._tag} to ${output.to}`),
            links.send(output.to, "bully", output.message)
          )
        case "timer":
          return timers.set(output.name, output.ms)
        case "cancel":
          return timers.cancel(output.name)
        case "accept":
          // Kept, fenced and told, in this order, before anything else is answered. A node that cannot keep what it
          // accepts must not go on: its promise would not outlive it.
          return identity.accept(output.reign).pipe(
            Effect.orDie,
            Effect.zipRight(publish),
            Effect.zipRight(detector.tellReign(ref(output.reign)))
          )
        case "abandon":
          return links.disconnect(output.peer, "abandoned")
        case "renew":
          return links.renew(output.peer)
        case "reach":
          return links.reach(output.peer, output.via)
        case "wish":
          return PubSub.publish(wishes, { to: output.to })
        case "offer":
          return PubSub.publish(offers, { reign: output.reign, cuts: output.cuts })
      }
    }

    const advance = Effect.fnUntraced(function*(input: Bully.Input) {
      const health = yield* detector.health
      const result = step(state, input, {
        now: Number(clock.unsafeCurrentTimeNanos()) / 1e6,
        weight: weigh(),
        silentMs: (peer) => health.get(peer)?.silentMs ?? Infinity
      })
      state = result.state
      check("bully", invariants, state)
      for (const output of result.outputs) yield* carryOut(output)
      yield* publish
    })

    const take = Effect.fnUntraced(function*({ input, read, setting = {} }: Letter) {
      const isStale = input?._tag === "timer" && !timers.isSet(input.name, setting)
      if (input !== null && !isStale) yield* advance(input)
      if (read !== undefined) Deferred.unsafeDone(read, Effect.void)
    })

    // Nobody is elected whom nobody hears.
    const lastStall = Effect.zipRight(medium.there, stalls.lastEnd)
    yield* Effect.forkScoped(takeEach(mailbox, -Infinity, lastStall, advance({ _tag: "stalled" }), take))
    yield* detector.watch((change) =>
      Effect.suspend(() => mailbox.offerAll(lettersOf(change, () => queues.drain("bully"))))
    )
    yield* Effect.forkScoped(
      Effect.forever(Effect.flatMap(queues.take("bully"), (envelopes) => mailbox.offerAll(envelopes.map(received))))
    )
    yield* Effect.forkScoped(Stream.runForEach(stalls.changes, () => mailbox.offer({ input: null })))
    yield* tell({ _tag: "start" })

    return {
      ...standings.service,
      wishes: Stream.fromPubSub(wishes),
      offers: Stream.fromPubSub(offers),
      handOver: Effect.fnUntraced(function*(to, cuts) {
        const read = yield* Deferred.make<void>()
        yield* mailbox.offer({ input: { _tag: "hand-over", to, cuts }, read })
        yield* Deferred.await(read)
        return state.phase._tag === "handing" && state.phase.to === to
      }),
      takeOver: (over) => Effect.asVoid(tell({ _tag: "take-over", over })),
      weigh: (next) =>
        Effect.sync(() => {
          weigh = next
        }),
      // Members are renewed by what beats say of the reign that they are in.
      holders: () => Effect.void,
      status: Effect.succeed({ by: "bully" as const, group: null, term: null, voters: [], index: null })
    }
  })
)
