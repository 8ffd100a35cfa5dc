/**
 * `GameServer`: while this node hosts, it brings all logs to the same end (sync), then numbers events and replicates them.
 * Its parts lie in `server/`: ordering, syncing, seating; here is when it hosts, and when not.
 */
import { Array as Arr, Duration, Effect, Layer, PubSub, Stream } from "effect"
import type { PeerId } from "../../protocol/Ids.ts"
import type { SeatRefused } from "../../protocol/Input.ts"
import { equals, ref } from "../../protocol/Reign.ts"
import { Election, type Standing } from "../../services/Election.ts"
import { GameServer } from "../../services/GameServer.ts"
import { Medium } from "../../services/Medium.ts"
import { MessageQueues } from "../../services/MessageQueues.ts"
import { Stalls } from "../../services/Stalls.ts"
import * as Desk from "./Desk.ts"
import { Hosting } from "./Hosting.ts"
import * as Ordering from "./Ordering.ts"
import { Pace } from "./Pace.ts"
import * as Seating from "./Seating.ts"
import * as Succession from "./Succession.ts"
import * as Syncing from "./Syncing.ts"

/** Ticks that a host may be behind before it lets the rest go. */
const ticksBehindMax = 8
/** Messages that are seen to before anything else of the host's has its turn. */
const atATime = 64

export const layer = Layer.scoped(
  GameServer,
  Effect.gen(function*() {
    const desk = yield* Desk.make
    const election = yield* Election
    const queues = yield* MessageQueues
    const stalls = yield* Stalls
    const medium = yield* Medium
    const { buffers, config, detector, links, nowMs, periodMs, rooms, self, store } = desk
    const refusals = yield* PubSub.sliding<SeatRefused>(64)
    /** Open while there is something to tick. */
    const running = yield* Effect.makeLatch(false)
    const mutex = yield* Effect.makeSemaphore(1)
    const alone = mutex.withPermits(1)
    /** Some at a time: a tick waits for those at most. */
    const inTurn = <A>(all: ReadonlyArray<A>, one: (each: A) => Effect.Effect<unknown>) =>
      Effect.forEach(Arr.chunksOf(all, atATime), (some) => alone(Effect.forEach(some, one, { discard: true })), {
        discard: true
      })

    const pace = new Pace(periodMs)
    const ordering = Ordering.make(desk)
    const syncing = Syncing.make(desk, ordering, running)
    const seating = Seating.make(desk, ordering, election, (refusal) => PubSub.publish(refusals, refusal))

    const tickLoop = Effect.gen(function*() {
      while (true) {
        const mine = desk.hosting
        if (mine === null || !mine.running) {
          pace.paused()
          yield* running.close
          yield* running.await
          continue
        }
        const wait = mine.nextTickAt - nowMs()
        if (wait > 0.5) {
          yield* Effect.sleep(Duration.millis(wait))
          continue
        }
        // What nobody hears is not ordered.
        yield* medium.there
        // A host that lost time asks before it ticks on: the election has noticed too, and stops it.
        const stallEnd = yield* stalls.lastEnd
        if (stallEnd > mine.knownStall) {
          mine.knownStall = stallEnd
          yield* Effect.yieldNow()
          if ((yield* desk.livePeers).length > 0) yield* Effect.sleep(Duration.millis(1))
          mine.nextTickAt = nowMs()
          continue
        }
        if (desk.hosting !== mine || (yield* election.standing).role !== "host") {
          yield* Effect.sleep(Duration.millis(1))
          continue
        }
        pace.ticked(nowMs())
        yield* alone(ordering.tick(mine))
        mine.nextTickAt += periodMs
        if (nowMs() - mine.nextTickAt > ticksBehindMax * periodMs) mine.nextTickAt = nowMs()
        yield* Effect.yieldNow()
      }
    })

    const onStanding = Effect.fnUntraced(function*(standing: Standing) {
      const reign = standing.role === "host" ? standing.reign : standing.claim
      if (reign === null) {
        // A host that only has to ask its peers keeps its place; it goes on from there, or is told of a newer reign.
        if (standing.role === "peer" || desk.hosting?.running === false) desk.hosting = null
        if (standing.role === "peer" && desk.offered === null) buffers.clear()
        return
      }
      if (desk.hosting === null || !equals(desk.hosting.reign, reign)) {
        const quorum = config.quorum ? { members: reign.members, self } : null
        const deposed = standing.role === "host" ? null : standing.reign?.host ?? null
        desk.hosting = new Hosting(ref(reign), standing.cause, quorum, yield* stalls.lastEnd, deposed, nowMs())
        if (rooms.forgot()) desk.hosting.forgetful.add(self)
        yield* syncing.askSync(desk.hosting, yield* syncing.stillAsked(desk.hosting))
      } else if (desk.hosting.running) desk.hosting.nextTickAt = nowMs()
      const hosting = desk.hosting
      if (standing.role !== "host" || hosting.running) return
      desk.offered = null
      hosting.cause = standing.cause
      hosting.accepted = true
      // What was handed over is here whole, and what won a heal goes on: nobody's log goes before this node's. But a reign of
      // its own that this one goes on from, and that had not yet heard everybody, leaves that to do.
      const whole = standing.over.every((ended) => ended.host !== self || equals(ended, desk.synced))
      if (standing.over.length > 0 && whole) yield* syncing.begin(hosting)
      else yield* syncing.settleSync(hosting)
    })

    const handOverTo = Effect.fnUntraced(function*(to: PeerId) {
      const mine = desk.hosting
      if (mine === null || !mine.running || !mine.inStep(to, store)) return
      mine.running = false
      mine.accepted = false
      const cuts = store.ids().map((room) => ({ room, seq: store.get(room)!.state.seq }))
      if (!(yield* election.handOver(to, cuts))) {
        mine.running = mine.accepted = true
        return yield* running.open
      }
      for (const [room, buffer] of buffers) {
        for (const [seat, inputs] of buffer.drain()) {
          yield* links.send(to, "input", { _tag: "inputs", reign: mine.reign, room, seat, inputs })
        }
      }
    })

    yield* election.holders(() => desk.hosting?.holders(self) ?? new Set())
    yield* election.watch((standing) => alone(onStanding(standing)))
    yield* Effect.forkScoped(Stream.runForEach(election.wishes, (wish) => alone(handOverTo(wish.to))))
    yield* Effect.forkScoped(Stream.runForEach(election.offers, (offer) =>
      Effect.gen(function*() {
        desk.offered = offer.reign
        yield* rooms.reached(offer.cuts)
        yield* election.takeOver(offer.reign)
      }).pipe(Effect.timeoutOption(Duration.millis(config.handoverMs)))))
    yield* detector.watch((change) => {
      switch (change._tag) {
        case "up":
          return alone(syncing.peerThere(change.peer.peerId))
        case "recovered":
          return alone(syncing.peerThere(change.peerId))
        case "down":
        case "suspected":
          return alone(syncing.peerGone(change.peerId))
        case "reported":
          return Effect.void
      }
    })
    yield* Effect.forkScoped(
      Effect.forever(Effect.zipRight(Effect.sleep(Duration.millis(config.repeatMs)), alone(syncing.askAgain)))
    )
    yield* Effect.forkScoped(
      Effect.forever(
        Effect.flatMap(
          queues.take("progress"),
          (envelopes) => inTurn(envelopes, ({ from, message }) => syncing.onProgress(from, message))
        )
      )
    )
    yield* Effect.forkScoped(
      Effect.forever(
        Effect.flatMap(
          queues.take("input"),
          (envelopes) => inTurn(envelopes, ({ from, message }) => seating.onInput(from, message))
        )
      )
    )
    yield* Effect.forkScoped(tickLoop)

    const retire = Effect.gen(function*() {
      const mine = desk.hosting
      const heir = mine === null
        ? undefined
        : [...mine.followers.keys()].sort().findLast((peer) => mine.inStep(peer, store))
      if (mine === null || heir === undefined || medium.away() !== null) return
      yield* alone(handOverTo(heir))
      yield* Succession.settled(election, config.handoverMs)
    })

    return {
      submit: (say) =>
        Effect.flatMap(election.standing, ({ reign, role }) => {
          if (reign === null || role === "electing") return Effect.void
          const message = say(ref(reign))
          return role === "host"
            ? Effect.asVoid(alone(seating.onInput(self, message)))
            : Effect.asVoid(links.send(reign.host, "input", message))
        }),
      refusals: Stream.fromPubSub(refusals),
      followers: Effect.sync(() =>
        desk.hosting === null
          ? []
          : [...desk.hosting.followers.keys()].filter((peer) => desk.hosting!.inStep(peer, store))
      ),
      lag: (room) =>
        Effect.sync(() => {
          const seq = store.get(room)?.state.seq ?? 0
          return new Map(
            Array.from(desk.hosting?.followers ?? [], ([peer, held]) =>
              [peer, Math.max(0, seq - (held.get(room) ?? 0))] as const)
          )
        }),
      retire,
      counters: Effect.sync(() => ({ ...seating.counters, ...syncing.counters }))
    }
  })
)
