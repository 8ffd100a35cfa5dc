/**
 * `Election` by Raft: the leader of the group's log hosts, once its reign is committed there, and as long as it leads. One
 * fiber steps; everything else only puts letters into its mailbox.
 */
import { Clock, Deferred, Duration, Effect, FiberHandle, Layer, Mailbox, PubSub, Stream } from "effect"
import { Electing } from "../../core/group/Electing.ts"
import type { Declared } from "../../core/group/Reigning.ts"
import type { Cut } from "../../protocol/Event.ts"
import { type PeerId, Seq } from "../../protocol/Ids.ts"
import { ref, type ReignRef } from "../../protocol/Reign.ts"
import { ClusterConfig } from "../../services/ClusterConfig.ts"
import { Election, type ElectionService } from "../../services/Election.ts"
import { FailureDetector } from "../../services/FailureDetector.ts"
import { type Envelope, MessageQueues } from "../../services/MessageQueues.ts"
import { NodeIdentity } from "../../services/NodeIdentity.ts"
import { PeerLinks } from "../../services/PeerLinks.ts"
import { type GroupStanding, type Guard, RaftGroup, type RaftGroupService } from "../../services/RaftGroup.ts"
import { Stalls } from "../../services/Stalls.ts"
import * as ReignNotes from "../group/ReignNotes.ts"
import { takeEach } from "./Letters.ts"
import { Standings } from "./Standings.ts"

type Letter =
  /** Only look at what is so now. */
  | { readonly _tag: "look" }
  | { readonly _tag: "received"; readonly envelopes: ReadonlyArray<Envelope<"leadership">> }
  | { readonly _tag: "down"; readonly peer: PeerId }
  | {
    readonly _tag: "hand-over"
    readonly to: PeerId
    readonly cuts: ReadonlyArray<Cut>
    readonly read: Deferred.Deferred<boolean>
  }
  | { readonly _tag: "take-over"; readonly over: ReignRef }
  /** A leader that stood still has been told by a majority that it leads, or has not. */
  | { readonly _tag: "verified"; readonly by: object; readonly leads: boolean }

/** What whoever uses the election has to say. */
interface Asked {
  weigh: Parameters<ElectionService["weigh"]>[0]
  holders: Parameters<ElectionService["holders"]>[0]
}

export const layer = Layer.scoped(
  Election,
  Effect.gen(function*() {
    const config = yield* ClusterConfig
    const { acceptedBefore, peerId } = yield* NodeIdentity
    const links = yield* PeerLinks
    const queues = yield* MessageQueues
    const detector = yield* FailureDetector
    const stalls = yield* Stalls
    const group = yield* RaftGroup
    const clock = yield* Clock.clockWith(Effect.succeed)
    const nowMs = () => Number(clock.unsafeCurrentTimeNanos()) / 1e6

    const electing = new Electing(peerId, acceptedBefore)
    const asked: Asked = { weigh: () => ({ seated: false, seq: Seq.make(0) }), holders: () => new Set() }
    const standings = new Standings(electing.standing)
    const mailbox = yield* Mailbox.make<Letter>()
    const tell = (letter: Letter) => mailbox.offer(letter)
    const offers = yield* PubSub.sliding<{ readonly reign: ReignRef; readonly cuts: ReadonlyArray<Cut> }>(4)
    const verification = yield* FiberHandle.make()
    const transfer = yield* FiberHandle.make()
    const timer = yield* FiberHandle.make()

    const { declare, follow, place, publish } = yield* reading(electing, standings, nowMs)
    yield* group.guard(guardOf(electing, standings, asked, () => mailbox.unsafeOffer({ _tag: "look" })))

    // ------------------------------------------------------------------ stalls

    /** Whoever led may have been deposed meanwhile: it asks a majority. */
    const verify = Effect.suspend((): Effect.Effect<unknown> => {
      const log = place()?.log
      const by = log === undefined ? null : electing.distrust()
      if (log === undefined || by === null) return Effect.void
      const answer = log.read(() => true).pipe(
        Effect.orElseSucceed(() => false),
        Effect.flatMap((leads) => tell({ _tag: "verified", by, leads }))
      )
      return Effect.zipRight(publish, FiberHandle.run(verification, answer))
    })

    // ------------------------------------------------------------------ handing over

    const handOver = Effect.fnUntraced(function*({ cuts, to }: Extract<Letter, { readonly _tag: "hand-over" }>) {
      const reign = electing.offerable(to)
      if (reign === null || !(yield* detector.health).has(to)) return false
      if (!(yield* links.send(to, "leadership", { _tag: "offer", reign: ref(reign), cuts }))) return false
      electing.offered(to, nowMs() + config.handoverMs)
      yield* FiberHandle.run(timer, Effect.delay(tell({ _tag: "look" }), Duration.millis(config.handoverMs)))
      return true
    })

    const onMessage = ({ from, message }: Envelope<"leadership">): Effect.Effect<unknown> => {
      if (!electing.heeds(from, message)) return Effect.void
      if (message._tag === "offer") return PubSub.publish(offers, { reign: message.reign, cuts: message.cuts })
      const log = place()?.log
      return log === undefined ? Effect.void : FiberHandle.run(transfer, Effect.ignore(log.transfer(from)))
    }

    // ------------------------------------------------------------------ stepping

    const take = Effect.fnUntraced(function*(letter: Letter) {
      yield* follow()
      switch (letter._tag) {
        case "look":
          break
        case "received":
          for (const envelope of letter.envelopes) yield* onMessage(envelope)
          break
        case "down":
          electing.lost(letter.peer)
          break
        case "hand-over":
          Deferred.unsafeDone(letter.read, Effect.succeed(yield* handOver(letter)))
          break
        case "take-over":
          if (!electing.takeOver(letter.over)) break
          yield* links.send(letter.over.host, "leadership", { _tag: "taken", reign: letter.over })
          break
        case "verified":
          if (electing.assured(letter.by) && !letter.leads) yield* verify
          break
      }
      electing.expire(nowMs())
      yield* declare
      yield* publish
    })

    yield* Effect.forkScoped(takeEach(mailbox, yield* stalls.lastEnd, stalls.lastEnd, verify, take))
    yield* group.watch(() => tell({ _tag: "look" }))
    const received = (envelopes: ReadonlyArray<Envelope<"leadership">>) => tell({ _tag: "received", envelopes })
    yield* detector.watch((change) => {
      if (change._tag !== "down" || change.reason === "renewed") return Effect.void
      // A peer's last words come before its end.
      return Effect.suspend(() =>
        Effect.zipRight(received(queues.drain("leadership")), tell({ _tag: "down", peer: change.peerId }))
      )
    })
    yield* Effect.forkScoped(Effect.forever(Effect.flatMap(queues.take("leadership"), received)))
    yield* Effect.forkScoped(Stream.runForEach(stalls.changes, () => tell({ _tag: "look" })))
    yield* Effect.forkScoped(
      Effect.forever(Effect.zipRight(Effect.sleep(Duration.millis(config.repeatMs)), tell({ _tag: "look" })))
    )

    return serviceOf(tell, standings, Stream.fromPubSub(offers), group, asked)
  })
)

/** What the group's log says of reigns, and what this node has it say. */
const reading = Effect.fnUntraced(function*(electing: Electing, standings: Standings, nowMs: () => number) {
  const identity = yield* NodeIdentity
  const detector = yield* FailureDetector
  const group = yield* RaftGroup
  let place: GroupStanding | null = null
  let declared: Declared | null = null

  const publish = Effect.suspend(() => {
    if (!standings.tell(electing.standing)) return Effect.void
    // Who may join, and what may change, goes by it.
    group.look()
    return Effect.logDebug(standings.description)
  })

  const follow = Effect.fnUntraced(function*() {
    const before = place
    place = group.now()
    declared = place?.note == null ? null : place.note === before?.note ? declared : ReignNotes.parse(place.note)
    const newer = electing.look(place, declared)
    if (newer === null) return
    // Kept, fenced and told, in this order. A node that cannot keep what it accepts must not go on.
    yield* Effect.orDie(identity.accept(newer.reign))
    electing.accept(newer)
    yield* publish
    yield* detector.tellReign(ref(newer.reign))
  })

  /** A leader notes its reign, or the next one of its own. */
  const declare = Effect.suspend(() => {
    const next = electing.next(nowMs())
    if (next === null || !group.note(ReignNotes.bodyOf(next))) return Effect.void
    electing.note(next, nowMs())
    return Effect.logDebug(`notes reign ${next.reign.epoch} (${next.cause})`)
  })

  return { place: () => place, publish, follow, declare }
})

const guardOf = (electing: Electing, standings: Standings, asked: Asked, look: () => void): Guard => ({
  mayChange: (voters) => standings.service.now().role === "host" && electing.mayChange(voters, asked.holders()),
  mayJoin: (reign, given) => {
    const before = electing.wants
    const may = electing.mayJoin(reign, given)
    if (electing.wants !== before) look()
    return may
  },
  accepted: () => electing.accepted === null ? null : ref(electing.accepted),
  seq: () => asked.weigh().seq
})

const serviceOf = (
  tell: (letter: Letter) => Effect.Effect<unknown>,
  standings: Standings,
  offers: ElectionService["offers"],
  group: RaftGroupService,
  asked: Asked
): ElectionService => ({
  ...standings.service,
  // A leader stays: a change of host costs a moment, and nobody is the better for it.
  wishes: Stream.empty,
  offers,
  handOver: Effect.fnUntraced(function*(to, cuts) {
    const read = yield* Deferred.make<boolean>()
    yield* tell({ _tag: "hand-over", to, cuts, read })
    return yield* Deferred.await(read)
  }),
  takeOver: (reign) => Effect.asVoid(tell({ _tag: "take-over", over: reign })),
  weigh: (next) =>
    Effect.sync(() => {
      asked.weigh = next
    }),
  holders: (next) =>
    Effect.sync(() => {
      asked.holders = next
    }),
  status: Effect.gen(function*() {
    const now = group.now()
    if (now === null) return { by: "raft" as const, group: null, term: null, voters: [], index: null }
    const { group: id, log, term, voters } = now
    return { by: "raft" as const, group: id, term, voters, index: yield* log.applied }
  })
})
