/**
 * `GameServer`: while this node hosts, it brings all logs to the same end (sync), then numbers events and replicates them.
 * Its parts lie beside it: ordering, syncing, seating, handing over; here is when it hosts, and when not.
 */
import { Array as Arr, Duration, Effect, Layer, PubSub, Stream } from "effect"
import type { Seq } from "../../protocol/Ids.ts"
import type { SeatRefused } from "../../protocol/Input.ts"
import { equals, ref } from "../../protocol/Reign.ts"
import { Election, type Standing } from "../../services/Election.ts"
import { GameServer, type Server } from "../../services/GameServer.ts"
import { Medium } from "../../services/Medium.ts"
import { MessageQueues } from "../../services/MessageQueues.ts"
import { Stalls } from "../../services/Stalls.ts"
import * as Desk from "./Desk.ts"
import * as HandingOver from "./HandingOver.ts"
import { Hosting } from "./Hosting.ts"
import * as Ordering from "./Ordering.ts"
import * as Seating from "./Seating.ts"
import * as Succession from "./Succession.ts"
import * as Syncing from "./Syncing.ts"
import * as TickLoop from "./TickLoop.ts"

/** Messages that are seen to before anything else of the host's has its turn. */
const atATime = 64

/** What this node does about the reign that it has, claims or has lost. `stallEnd`: when it was stalled last. */
const follow = (desk: Desk.Desk, { step }: Syncing.Syncing, stallEnd: Effect.Effect<number>) => {
  const { buffers, config, nowMs, rooms, self } = desk
  return Effect.fnUntraced(function*(standing: Standing) {
    const reign = standing.role === "host" ? standing.reign : standing.claim
    if (reign === null) {
      // A host that only has to ask its peers keeps its place; it goes on from there, or is told of a newer reign.
      if (standing.role === "peer" || desk.hosting?.running === false) desk.hosting = null
      if (standing.role === "peer" && desk.offered === null) buffers.clear()
      return
    }
    if (desk.hosting === null || !equals(desk.hosting.reign, reign)) {
      const before = standing.reign?.host ?? self
      desk.hosting = new Hosting({
        self,
        reign,
        cause: standing.cause,
        needsQuorum: config.quorum,
        deposed: standing.role === "host" || before === self ? null : before,
        forgot: rooms.forgot(),
        knownStall: yield* stallEnd,
        sinceMs: nowMs()
      })
      yield* step(desk.hosting, { _tag: "ask" })
    } else if (desk.hosting.running) desk.hosting.nextTickAt = nowMs()
    const hosting = desk.hosting
    if (standing.role !== "host" || hosting.running) return
    desk.offered = null
    hosting.cause = standing.cause
    // What was handed over is here whole, and what won a heal goes on: nobody's log goes before this node's. But a reign of
    // its own that this one goes on from, and that had not yet heard everybody, leaves that to do.
    const whole = standing.over.length > 0
      && standing.over.every((ended) => ended.host !== self || equals(ended, desk.synced))
    yield* step(hosting, { _tag: "accepted", whole })
  })
}

export const layer = Layer.scoped(
  GameServer,
  Effect.gen(function*() {
    const desk = yield* Desk.make
    const election = yield* Election
    const queues = yield* MessageQueues
    const stalls = yield* Stalls
    const medium = yield* Medium
    const { config, detector, links, rooms, self, store } = desk
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
    const always = (effect: Effect.Effect<unknown>) => Effect.forkScoped(Effect.forever(effect))

    const ordering = Ordering.make(desk)
    const syncing = Syncing.make(desk, ordering, running)
    const seating = Seating.make(desk, ordering, election, (refusal) => PubSub.publish(refusals, refusal))
    const onStanding = follow(desk, syncing, stalls.lastEnd)
    const handOverTo = HandingOver.handOverTo(desk, syncing, election, running)

    yield* election.holders(() => desk.hosting?.holders ?? new Set())
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
    yield* always(Effect.zipRight(Effect.sleep(Duration.millis(config.repeatMs)), alone(syncing.askAgain)))
    yield* always(
      Effect.flatMap(
        queues.take("progress"),
        (envelopes) => inTurn(envelopes, ({ from, message }) => syncing.onProgress(from, message))
      )
    )
    yield* always(
      Effect.flatMap(
        queues.take("input"),
        (envelopes) => inTurn(envelopes, ({ from, message }) => seating.onInput(from, message))
      )
    )
    yield* Effect.forkScoped(
      TickLoop.make(desk, { election, medium, running, stalls, tick: (mine) => alone(ordering.tick(mine)) })
    )

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
      followers: Effect.sync(() => desk.hosting?.followers.inStep(store) ?? []),
      lag: (room) =>
        Effect.sync(() => desk.hosting?.followers.lag(room, store.get(room)?.state.seq ?? 0 as Seq) ?? new Map()),
      retire: Effect.suspend(() =>
        medium.away() !== null ? Effect.void : Succession.retire({
          heir: Effect.sync(() => HandingOver.heirOf(desk)),
          handOver: (heir) => alone(handOverTo(heir)),
          election,
          links,
          withinMs: config.handoverMs
        })
      ),
      counters: Effect.sync(() => ({ ...seating.counters, ...syncing.counters }))
    } satisfies Server
  })
)
