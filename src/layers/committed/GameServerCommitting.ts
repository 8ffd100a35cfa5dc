/**
 * `GameServer` of a committed game: what this node's screens want is proposed to the log from here, whoever leads, and has
 * no effect before it is committed. While this node leads, it sees to the rooms besides.
 */
import { Clock, Duration, Effect, Either, Layer, PubSub, Random, Stream } from "effect"
import type { PeerId } from "../../protocol/Ids.ts"
import type { InputMessage, SeatRefused } from "../../protocol/Input.ts"
import { ref, type ReignRef } from "../../protocol/Reign.ts"
import { guard } from "../../protocol/Validation.ts"
import { ClusterConfig } from "../../services/ClusterConfig.ts"
import { CurrentGame } from "../../services/CurrentGame.ts"
import { Election } from "../../services/Election.ts"
import { FailureDetector } from "../../services/FailureDetector.ts"
import { GameServer } from "../../services/GameServer.ts"
import { NodeIdentity } from "../../services/NodeIdentity.ts"
import { PeerLinks } from "../../services/PeerLinks.ts"
import { RaftGroup } from "../../services/RaftGroup.ts"
import * as Succession from "../ticking/Succession.ts"
import { Caretaker } from "./Caretaker.ts"
import { decodeOutcomes, Rooms } from "./Rooms.ts"
import { Taking } from "./Taking.ts"
import { Wishes } from "./Wishes.ts"

/** Entries that a successor may still have on its way when it is named. */
const inStepEntries = 64

const inStep = (lag: ReadonlyMap<PeerId, number>): ReadonlyArray<PeerId> =>
  [...lag].filter(([, entries]) => entries <= inStepEntries).map(([peer]) => peer).sort()

export const layer = Layer.scoped(
  GameServer,
  Effect.gen(function*() {
    const config = yield* ClusterConfig
    const game = yield* CurrentGame
    const { peerId: self } = yield* NodeIdentity
    const election = yield* Election
    const links = yield* PeerLinks
    const detector = yield* FailureDetector
    const group = yield* RaftGroup
    const rooms = yield* Rooms
    const clock = yield* Clock.clockWith(Effect.succeed)
    const nowMs = () => Number(clock.unsafeCurrentTimeNanos()) / 1e6

    const wishes = new Wishes(self, config.inputsPerTick)
    const caretaker = new Caretaker(config)
    const refusals = yield* PubSub.sliding<SeatRefused>(64)
    const taking = new Taking(self, rooms, wishes, guard(game.Input), (refusal) => void refusals.unsafeOffer(refusal))
    /** Open while there may be something to propose. */
    const work = yield* Effect.makeLatch(false)
    /** Open since something changed that a leader may have to see to. */
    const changed = yield* Effect.makeLatch(false)

    // ---------------------------------------------------------------- proposing

    const propose = Effect.gen(function*() {
      const place = group.now()
      // Without a group nothing can be proposed: it waits.
      if (place === null) return yield* Effect.sleep(Duration.millis(config.repeatMs))
      const gathered = wishes.gather()
      if (gathered === null) return
      const result = yield* Effect.either(place.log.propose(gathered.bytes))
      if (Either.isLeft(result)) yield* Effect.logDebug(`a command came to nothing: ${result.left.detail}`)
      wishes.settle(gathered, Either.isRight(result) ? decodeOutcomes(result.right) : null)
      yield* work.open
    })

    yield* Effect.forkScoped(Effect.forever(Effect.gen(function*() {
      yield* work.await
      // Whoever else wants something now is in the same command.
      yield* Effect.yieldNow()
      yield* work.close
      yield* propose
    })))
    rooms.watch({ begun: () => wishes.forgetInputs() })

    // ---------------------------------------------------------------- what screens want

    const seed = Random.nextIntBetween(0, 0xffffffff)
    const nobody: ReignRef = { epoch: 0 as ReignRef["epoch"], host: self }
    const submit = (say: (reign: ReignRef) => InputMessage) =>
      Effect.flatMap(seed, (seed) => {
        const { reign } = election.now()
        taking.take(say(reign === null ? nobody : ref(reign)), seed)
        return work.open
      })

    // ---------------------------------------------------------------- what a leader sees to

    const care = Effect.gen(function*() {
      const { cause, reign, role } = election.now()
      if (role !== "host" || reign === null) return caretaker.rest()
      const health = yield* detector.health
      const wanted = caretaker.look({
        self,
        reign: ref(reign),
        cause,
        committed: rooms.reign(),
        rooms: rooms.present(),
        health,
        nowMs: nowMs(),
        seed: yield* seed
      })
      for (const wish of wanted) wishes.add(wish)
      if (wanted.length > 0) yield* work.open
    })
    yield* Effect.forkScoped(Effect.forever(Effect.gen(function*() {
      yield* Effect.timeoutOption(changed.await, Duration.millis(config.repeatMs))
      yield* changed.close
      yield* care
    })))
    yield* election.watch(() => changed.open)
    yield* detector.watch((change) => change._tag === "reported" ? Effect.void : changed.open)

    // ---------------------------------------------------------------- handing over

    yield* Effect.forkScoped(Stream.runForEach(election.offers, ({ reign }) => election.takeOver(reign)))

    /** What Raft commits a majority holds: whoever is made leader has it, or is not made leader. */
    const lag = Effect.suspend((): Effect.Effect<ReadonlyMap<PeerId, number>> =>
      group.now()?.log.lag ?? Effect.succeed(new Map())
    )
    const followers = Effect.map(lag, inStep)

    const heir = Effect.gen(function*() {
      const voters = group.now()?.voters ?? []
      const linked = new Set((yield* links.peers).map(({ peerId }) => peerId))
      return (yield* followers).findLast((peer) => voters.includes(peer) && linked.has(peer))
    })
    return {
      submit,
      refusals: Stream.fromPubSub(refusals),
      followers,
      // One log carries all rooms.
      lag: () => lag,
      retire: Succession.retire({
        heir,
        handOver: (to) => election.handOver(to, []),
        election,
        links,
        withinMs: config.handoverMs
      }),
      counters: Effect.sync(() => ({ ...taking.counters, eventsResent: 0, snapshotsSent: 0 }))
    }
  })
)
