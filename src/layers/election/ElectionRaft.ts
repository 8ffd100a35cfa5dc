/**
 * `Election` by Raft: the leader of the group's log hosts, once its reign is committed there, and as long as it leads. One
 * fiber steps; everything else only puts letters into its mailbox.
 */
import { Clock, Deferred, Duration, Effect, FiberHandle, Layer, Mailbox, PubSub, Stream } from "effect"
import * as Reigning from "../../core/group/Reigning.ts"
import { type PeerId, Seq } from "../../protocol/Ids.ts"
import { compare, equals, ref, type Reign, type ReignRef } from "../../protocol/Reign.ts"
import { ClusterConfig } from "../../services/ClusterConfig.ts"
import { type Cut, Election, type ElectionService, type Standing } from "../../services/Election.ts"
import { FailureDetector } from "../../services/FailureDetector.ts"
import { type Envelope, MessageQueues } from "../../services/MessageQueues.ts"
import { NodeIdentity } from "../../services/NodeIdentity.ts"
import { PeerLinks } from "../../services/PeerLinks.ts"
import { type GroupStanding, RaftGroup } from "../../services/RaftGroup.ts"
import { Stalls } from "../../services/Stalls.ts"
import * as ReignNotes from "../group/ReignNotes.ts"
import { Subscribers } from "../queues/Subscribers.ts"

/** The most changes that wait for a subscriber; one that lags further fails. */
const changesMax = 16_384
/** What was noted and is not committed after so long is noted again. */
const noteAgainMs = 1_000
/** The most reigns that are given up for one at a time; the rest are for the next. */
const givenMax = 8

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

const nobody: Reigning.Place = {
  term: 0,
  leader: null,
  isEstablished: false,
  voters: [],
  isSettled: false,
  followsAnother: false
}

export const layer = Layer.scoped(
  Election,
  Effect.gen(function*() {
    const config = yield* ClusterConfig
    const identity = yield* NodeIdentity
    const self = identity.peerId
    const links = yield* PeerLinks
    const queues = yield* MessageQueues
    const detector = yield* FailureDetector
    const stalls = yield* Stalls
    const group = yield* RaftGroup
    const clock = yield* Clock.clockWith(Effect.succeed)
    const nowMs = () => Number(clock.unsafeCurrentTimeNanos()) / 1e6

    let accepted: Reign | null = identity.acceptedBefore
    let cause: Standing["cause"] = "start"
    let over: Standing["over"] = []
    let declared: Reigning.Declared | null = null
    let place: GroupStanding | null = null
    let wants: Reigning.Wants = Reigning.nothing
    /** What this node has noted, and is not committed yet. */
    let noted: { readonly reign: Reign; readonly term: number; readonly atMs: number } | null = null
    let handing: { readonly to: PeerId; readonly untilMs: number } | null = null
    /** Set while a leader that stood still does not know yet whether it leads. */
    let verifying: object | null = null
    let knownStall = yield* stalls.lastEnd
    let weigh: Parameters<ElectionService["weigh"]>[0] = () => ({ seated: false, seq: Seq.make(0) })
    let holders: Parameters<ElectionService["holders"]>[0] = () => new Set()

    const here = (): Reigning.Place => place ?? nobody
    const isNewest = (): boolean => declared !== null && equals(accepted, declared.reign)
    const leads = (): boolean => Reigning.leads(self, here(), declared) && isNewest()

    const roleNow = (): Standing["role"] => {
      if (leads()) return verifying === null && handing === null ? "host" : "electing"
      const host = here().leader
      return host !== null && host !== self && isNewest() && accepted!.host === host ? "peer" : "electing"
    }
    const standingOf = (): Standing => {
      const role = roleNow()
      const claim = role === "electing" && handing === null && verifying === null ? noted?.reign ?? null : null
      // Nobody need be asked for logs that were handed over whole, or are given up.
      return { role, reign: accepted, claim, cause, over: cause === "handover" || cause === "heal" ? over : [] }
    }
    let standing = standingOf()
    const standings = new Subscribers<Standing>(changesMax, "dying")
    const mailbox = yield* Mailbox.make<Letter>()
    const tell = (letter: Letter) => mailbox.offer(letter)
    const offers = yield* PubSub.sliding<{ readonly reign: ReignRef; readonly cuts: ReadonlyArray<Cut> }>(4)
    const verification = yield* FiberHandle.make()
    const transfer = yield* FiberHandle.make()
    const timer = yield* FiberHandle.make()

    const publish = Effect.suspend(() => {
      const next = standingOf()
      const { claim, reign, role } = standing
      if (role === next.role && equals(reign, next.reign) && equals(claim, next.claim)) return Effect.void
      standing = next
      standings.publish(next)
      // Who may join, and what may change, goes by it.
      group.look()
      return Effect.logDebug(
        `${next.role} under reign ${next.reign === null ? "none" : `${next.reign.epoch} of ${next.reign.host}`}`
      )
    })

    // ------------------------------------------------------------------ what the group's log says

    const follow = Effect.fnUntraced(function*() {
      const before = place
      place = group.now()
      declared = place?.note == null ? null : place.note === before?.note ? declared : ReignNotes.parse(place.note)
      if (here().leader !== self) {
        handing = verifying = null
        wants = { ...wants, again: false, given: [], above: 0 }
      }
      if (noted !== null && (noted.term !== here().term || !here().isEstablished)) noted = null
      if (declared === null || (accepted !== null && compare(declared.reign, accepted) <= 0)) return
      // Kept, fenced and told, in this order. A node that cannot keep what it accepts must not go on.
      const { reign } = declared
      yield* Effect.orDie(identity.accept(reign))
      accepted = reign
      cause = declared.cause
      over = declared.over
      if (noted !== null && noted.reign.epoch <= reign.epoch) noted = null
      wants = { ...Reigning.nothing, offered: equals(wants.offered, reign) ? wants.offered : null }
      yield* publish
      yield* detector.tellReign(ref(reign))
    })

    /** A leader notes its reign, or the next one of its own. */
    const declare = Effect.suspend(() => {
      if (noted !== null && nowMs() - noted.atMs < noteAgainMs) return Effect.void
      if (handing !== null || verifying !== null) return Effect.void
      const next = Reigning.next(self, here(), declared, accepted, wants)
      if (next === null || !group.note(ReignNotes.bodyOf(next))) return Effect.void
      noted = { reign: next.reign, term: here().term, atMs: nowMs() }
      return Effect.logDebug(`notes reign ${next.reign.epoch} (${next.cause})`)
    })

    yield* group.guard({
      mayChange: (voters) => standing.role === "host" && leads() && Reigning.mayReignOver(voters, accepted!, holders()),
      mayJoin: (reign, given) => {
        if (reign === null || accepted === null || declared === null) return true
        // Who learns this log accepts what it says of reigns, so perhaps this one.
        const isAbove = reign.epoch >= accepted.epoch && !equals(reign, accepted)
        const isGiven = given && !declared.over.some((one) => equals(one, reign))
        if (!isAbove && !isGiven) return true
        const isNew = given && wants.given.length < givenMax && !wants.given.some((one) => equals(one, reign))
        if (isNew || reign.epoch > wants.above) {
          const above = Math.max(wants.above, reign.epoch)
          wants = { ...wants, above, given: isNew ? [...wants.given, reign] : wants.given }
          mailbox.unsafeOffer({ _tag: "look" })
        }
        return false
      },
      accepted: () => accepted === null ? null : ref(accepted),
      seq: () => weigh().seq
    })

    // ------------------------------------------------------------------ stalls

    /** Whoever led may have been deposed meanwhile: it asks a majority. */
    const verify = Effect.suspend((): Effect.Effect<unknown> => {
      const { leader, log } = place ?? { leader: null, log: null }
      if (leader !== self || log === null) return Effect.void
      const by = verifying = {}
      const asked = log.read(() => true).pipe(
        Effect.orElseSucceed(() => false),
        Effect.flatMap((leads) => tell({ _tag: "verified", by, leads }))
      )
      return Effect.zipRight(publish, FiberHandle.run(verification, asked))
    })

    // ------------------------------------------------------------------ handing over

    const handOver = Effect.fnUntraced(function*({ cuts, to }: Extract<Letter, { readonly _tag: "hand-over" }>) {
      const isThere = (yield* detector.health).has(to)
      if (roleNow() !== "host" || !isThere || !here().voters.includes(to) || accepted === null) return false
      if (!(yield* links.send(to, "leadership", { _tag: "offer", reign: ref(accepted), cuts }))) return false
      handing = { to, untilMs: nowMs() + config.handoverMs }
      yield* FiberHandle.run(timer, Effect.delay(tell({ _tag: "look" }), Duration.millis(config.handoverMs)))
      return true
    })

    /** What was offered was not taken: this node goes on, under a reign above. */
    const takeBack = (): void => {
      handing = null
      wants = { ...wants, again: true }
    }

    const onMessage = Effect.fnUntraced(function*({ from, message }: Envelope<"leadership">) {
      if (!equals(message.reign, accepted)) return
      if (message._tag === "offer") {
        if (roleNow() === "peer" && from === accepted!.host) {
          yield* PubSub.publish(offers, { reign: message.reign, cuts: message.cuts })
        }
      } else if (handing?.to === from && place !== null) {
        yield* FiberHandle.run(transfer, Effect.ignore(place.log.transfer(from)))
      }
    })

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
          if (letter.peer === accepted?.host) wants = { ...wants, lossCause: "crash" }
          if (letter.peer === handing?.to) takeBack()
          break
        case "hand-over":
          Deferred.unsafeDone(letter.read, Effect.succeed(yield* handOver(letter)))
          break
        case "take-over":
          if (!equals(letter.over, accepted) || roleNow() !== "peer") break
          wants = { ...wants, offered: letter.over }
          yield* links.send(letter.over.host, "leadership", { _tag: "taken", reign: letter.over })
          break
        case "verified":
          if (letter.by !== verifying) break
          verifying = null
          if (!letter.leads) yield* verify
          break
      }
      if (handing !== null && nowMs() >= handing.untilMs) takeBack()
      yield* declare
      yield* publish
    })

    const run = Effect.gen(function*() {
      while (true) {
        const [batch] = yield* mailbox.takeAll
        for (const letter of batch) {
          // A leader that lost time distrusts itself before it looks at anything that came meanwhile.
          const stallEnd = yield* stalls.lastEnd
          if (stallEnd > knownStall) {
            knownStall = stallEnd
            yield* verify
          }
          yield* take(letter)
        }
      }
    })

    yield* Effect.forkScoped(run)
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

    return {
      standing: Effect.sync(() => standing),
      now: () => standing,
      changes: standings.stream(() => [standing]),
      watch: (observer) => standings.watch(() => [standing], observer),
      // A leader stays: a change of host costs a moment, and nobody is the better for it.
      wishes: Stream.empty,
      offers: Stream.fromPubSub(offers),
      handOver: Effect.fnUntraced(function*(to, cuts) {
        const read = yield* Deferred.make<boolean>()
        yield* tell({ _tag: "hand-over", to, cuts, read })
        return yield* Deferred.await(read)
      }),
      takeOver: (reign) => Effect.asVoid(tell({ _tag: "take-over", over: reign })),
      weigh: (next) =>
        Effect.sync(() => {
          weigh = next
        }),
      holders: (next) =>
        Effect.sync(() => {
          holders = next
        }),
      status: Effect.gen(function*() {
        const now = group.now()
        if (now === null) return { by: "raft" as const, group: null, term: null, voters: [], index: null }
        const { group: id, log, term, voters } = now
        return { by: "raft" as const, group: id, term, voters, index: yield* log.applied }
      })
    }
  })
)
