/**
 * `Election` by bully: drives `core/bully` with what links, the failure detector and the clock report. One fiber steps;
 * everything else only puts inputs into its mailbox.
 */
import { Clock, Deferred, Duration, Effect, FiberMap, Layer, Mailbox, PubSub, Stream } from "effect"
import * as Bully from "../../core/bully/State.ts"
import { step } from "../../core/bully/Step.ts"
import type { PeerId } from "../../protocol/Ids.ts"
import { equals, ref } from "../../protocol/Reign.ts"
import { ClusterConfig } from "../../services/ClusterConfig.ts"
import { Election, type Standing } from "../../services/Election.ts"
import { FailureDetector } from "../../services/FailureDetector.ts"
import { Medium } from "../../services/Medium.ts"
import { type Envelope, MessageQueues } from "../../services/MessageQueues.ts"
import { NodeIdentity } from "../../services/NodeIdentity.ts"
import { PeerLinks } from "../../services/PeerLinks.ts"
import { Stalls } from "../../services/Stalls.ts"
import { Subscribers } from "../queues/Subscribers.ts"

/** The most changes that wait for a subscriber; one that lags further fails. */
const changesMax = 16_384

/** What the stepping fiber takes, one after the other. */
interface Letter {
  /** Null: only look for a stall. */
  readonly input: Bully.Input | null
  /** Whose time-out it is. */
  readonly timer?: object
  /** Done when the input's step has been carried out. */
  readonly read?: Deferred.Deferred<void>
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
    const clock = yield* Clock.clockWith(Effect.succeed)

    let state = Bully.initial(identity.peerId, config, identity.acceptedBefore)
    let knownStall = -Infinity
    let weigh: () => Bully.Moment["weight"] = () => ({ seated: false, seq: 0 as Bully.Moment["weight"]["seq"] })

    const standingOf = (): Standing => ({
      role: Bully.role(state),
      reign: state.accepted,
      claim: state.phase._tag === "claiming" ? state.phase.reign : null,
      cause: state.cause,
      over: Bully.endedByConsent(state)
    })
    let standing = standingOf()
    const standings = new Subscribers<Standing>(changesMax, "dying")
    const mailbox = yield* Mailbox.make<Letter>()
    const tell = (input: Bully.Input) => mailbox.offer({ input })
    const wishes = yield* PubSub.sliding<{ readonly to: PeerId }>(1)
    const offers = yield* PubSub.sliding<
      { readonly reign: Standing["over"][number]; readonly cuts: ReadonlyArray<Bully.Cut> }
    >(4)
    const timers = yield* FiberMap.make<Bully.TimerName>()
    /** The timers that run: one that was set anew or cancelled while its time-out lay in the mailbox does not count. */
    const running = new Map<Bully.TimerName, object>()

    const publish = Effect.suspend(() => {
      const before = standing
      const next = standingOf()
      if (before.role === next.role && equals(before.reign, next.reign) && equals(before.claim, next.claim)) {
        return Effect.void
      }
      standing = next
      standings.publish(next)
      return Effect.logDebug(
        `${next.role} under reign ${next.reign === null ? "none" : `${next.reign.epoch} of ${next.reign.host}`}`
      )
    })

    const carryOut = (output: Bully.Output): Effect.Effect<unknown> => {
      switch (output._tag) {
        case "send":
          return Effect.zipRight(
            Effect.logDebug(`${output.message._tag} to ${output.to}`),
            links.send(output.to, "bully", output.message)
          )
        case "timer": {
          const timer = {}
          running.set(output.name, timer)
          const letter: Letter = { input: { _tag: "timer", name: output.name }, timer }
          return FiberMap.run(timers, output.name, Effect.delay(mailbox.offer(letter), Duration.millis(output.ms)))
        }
        case "cancel":
          running.delete(output.name)
          return FiberMap.remove(timers, output.name)
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
      for (const output of result.outputs) yield* carryOut(output)
      yield* publish
    })

    const isStale = ({ input, timer }: Letter): boolean => input?._tag === "timer" && running.get(input.name) !== timer

    const run = Effect.gen(function*() {
      while (true) {
        const [batch] = yield* mailbox.takeAll
        for (const letter of batch) {
          // Nobody is elected whom nobody hears.
          yield* medium.there
          // A host that lost time distrusts itself before it looks at anything that came meanwhile.
          const stallEnd = yield* stalls.lastEnd
          if (stallEnd > knownStall) {
            knownStall = stallEnd
            yield* advance({ _tag: "stalled" })
          }
          if (letter.input !== null && !isStale(letter)) yield* advance(letter.input)
          if (letter.read !== undefined) Deferred.unsafeDone(letter.read, Effect.void)
        }
      }
    })

    yield* Effect.forkScoped(run)
    const tellReceived = (envelopes: ReadonlyArray<Envelope<"bully">>) =>
      mailbox.offerAll(envelopes.map(({ from, message }): Letter => ({ input: { _tag: "received", from, message } })))
    yield* detector.watch((change) => {
      switch (change._tag) {
        case "up":
          return tell({ _tag: "up", peer: change.peer.peerId, preempts: change.peer.preempts })
        case "down":
          // The same process has been there all the time: nobody is lost.
          if (change.reason === "renewed") return Effect.void
          // A peer's last words come before its end.
          return Effect.suspend(() =>
            Effect.zipRight(
              tellReceived(queues.drain("bully")),
              tell({ _tag: "down", peer: change.peerId, left: change.reason === "left" })
            )
          )
        case "suspected":
        case "recovered":
          return tell({ _tag: change._tag, peer: change.peerId })
        case "reported":
          return tell({ _tag: "reported", peer: change.peerId, reign: change.reign })
      }
    })
    yield* Effect.forkScoped(Effect.forever(Effect.flatMap(queues.take("bully"), tellReceived)))
    yield* Effect.forkScoped(Stream.runForEach(stalls.changes, () => mailbox.offer({ input: null })))
    yield* tell({ _tag: "start" })

    return {
      standing: Effect.sync(() => standing),
      now: () => standing,
      changes: standings.stream(() => [standing]),
      watch: (observer) => standings.watch(() => [standing], observer),
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
