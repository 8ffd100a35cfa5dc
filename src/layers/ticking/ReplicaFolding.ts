/**
 * `Replica`: folds what the host replicates, answers a new host's questions, and tells how each change of host went.
 */
import { Clock, Context, Deferred, Effect, Either, Layer, PubSub, Stream } from "effect"
import * as Room from "../../core/Room.ts"
import { RoomStore } from "../../core/RoomStore.ts"
import { firstDifferences } from "../../core/StateHash.ts"
import type { Event } from "../../protocol/Event.ts"
import type { PeerId, RoomId, Seq } from "../../protocol/Ids.ts"
import { compare, equals, ref, type ReignRef } from "../../protocol/Reign.ts"
import type { LogEvents, ReplicationMessage, SyncMessage } from "../../protocol/Replication.ts"
import { decoder } from "../../protocol/Validation.ts"
import { CurrentGame } from "../../services/CurrentGame.ts"
import { type Cut, Election } from "../../services/Election.ts"
import { MessageQueues } from "../../services/MessageQueues.ts"
import { NodeIdentity } from "../../services/NodeIdentity.ts"
import { PeerLinks } from "../../services/PeerLinks.ts"
import { Replica, type ReplicaService, type Shown, shownAs } from "../../services/Replica.ts"
import { RoomOrdering, type RoomOrderingService } from "../../services/RoomOrdering.ts"
import { Subscribers } from "../queues/Subscribers.ts"
import * as Interregna from "./Interregna.ts"

/** The most states of a room that wait for one who watches it. */
const shownWaitingMax = 16

type MessageOf<M, T> = Extract<M, { readonly _tag: T }>

export const layer = Layer.scopedContext(
  Effect.gen(function*() {
    const game = yield* CurrentGame
    const election = yield* Election
    const links = yield* PeerLinks
    const queues = yield* MessageQueues
    const clock = yield* Clock.clockWith(Effect.succeed)
    const nowMs = () => Number(clock.unsafeCurrentTimeNanos()) / 1e6

    const store = new RoomStore(game)
    const decodeInput = decoder(game.Input)
    const decodeState = decoder(game.State)
    /** Who watches which room. */
    const watchers = new Map<RoomId, Subscribers<Shown>>()
    const notices = yield* PubSub.sliding<Stream.Stream.Success<ReplicaService["notices"]>>(64)
    const interregna = Interregna.make((change) => {
      notices.unsafeOffer({ _tag: "host-changed", change })
    })
    // Logs do not outlive a process. Who has accepted a reign before may have held what nobody else does.
    let forgot = (yield* NodeIdentity).acceptedBefore !== null
    const counters = { framesFenced: 0, inputsApplied: 0, regressions: 0, lossesTold: 0 }
    /** Rooms whose next shown state is another lineage's, so that its clock may go back, as was told. */
    const parted = new Set<RoomId>()
    /** Sync requests of reigns that this node has not accepted yet, the newest per peer. */
    const early = new Map<PeerId, MessageOf<SyncMessage, "sync-request">>()
    let waiting: Array<{ readonly cuts: ReadonlyArray<Cut>; readonly done: Deferred.Deferred<void> }> = []

    // ---------------------------------------------------------------- folding

    const countInputs = (event: Event): void => {
      if (event._tag === "tick") counters.inputsApplied += event.inputs.length
    }

    const folded = (room: RoomId, reign: ReignRef): void => {
      const entry = store.get(room)
      if (entry === undefined) return
      interregna.folded(room, reign, entry.state.clock, nowMs())
      if (waiting.length > 0) release()
    }

    const release = (): void => {
      waiting = waiting.filter(({ cuts, done }) => {
        const open = cuts.some((cut) => (store.get(cut.room)?.state.seq ?? 0) < cut.seq)
        if (!open) Deferred.unsafeDone(done, Effect.void)
        return open
      })
    }

    const show = (room: RoomId, seq: Seq, epoch: Shown["epoch"]): void => {
      // A newer reign may have been accepted since it was decided: what screens see is its matter from then on.
      if ((election.now().reign?.epoch ?? 0) > epoch) return
      const before = store.get(room)?.shown ?? null
      const state = store.show(room, seq)
      if (state === null) return
      const told = parted.delete(room)
      if (before !== null && state.clock < before.clock && !told) counters.regressions++
      watchers.get(room)?.publish(shownAs(state))
      if (state.ended) store.remove(room)
    }

    /** What this node had folded gives way to a snapshot; where its log is no part of that, screens are told what they lose. */
    const adopt = (snapshot: Room.RoomState, reign: ReignRef): boolean => {
      const shown = store.get(snapshot.room)?.shown ?? null
      if (!store.adopt(snapshot)) return false
      // What no screen was shown is nobody's loss.
      if (shown === null || Room.contains(snapshot, shown)) return true
      interregna.parted(snapshot.room)
      parted.add(snapshot.room)
      counters.lossesTold++
      notices.unsafeOffer({ _tag: "lost", room: snapshot.room, lost: Interregna.lost(game, shown, snapshot, reign) })
      return true
    }

    const inputsValid = (event: Event): boolean =>
      event._tag !== "tick" || event.inputs.every(([, , input]) => Either.isRight(decodeInput(input)))

    // ---------------------------------------------------------------- replication

    const sayMissing = (from: PeerId, reign: ReignRef, room: RoomId) => {
      const state = store.get(room)?.state
      const head = state === undefined ? null : { reign: state.reign, seq: state.seq }
      return links.send(from, "progress", { _tag: "missing", reign, room, head })
    }

    /** Folds the next events of a log: what comes of it. */
    const foldOn = (reign: ReignRef, { after, events, room }: LogEvents): "held" | "missing" | "invalid" => {
      const before = store.get(room)?.state
      const first = events[0]
      // What this node holds beyond that may be another log's: folding on would mix the two.
      if (
        before !== undefined && first !== undefined && first.seq <= before.seq + 1
        && !Room.contains(before, { reign: after ?? reign, seq: first.seq - 1 as Seq })
      ) return "missing"
      for (const event of events) {
        if (!inputsValid(event)) return "invalid"
        const result = store.append(room, event, reign)
        if (typeof result === "object") {
          countInputs(event)
          folded(room, reign)
        } else if (result !== "old") return "missing"
      }
      return "held"
    }

    const onEvents = Effect.fnUntraced(function*(from: PeerId, message: MessageOf<ReplicationMessage, "events">) {
      const { logs, reign } = message
      const held: Array<{ readonly room: RoomId; readonly seq: Seq; readonly shown: Seq }> = []
      for (const log of logs) {
        const { digest, room, shown } = log
        const outcome = foldOn(reign, log)
        if (outcome === "missing") yield* sayMissing(from, reign, room)
        else if (outcome === "invalid") yield* links.reject(from, "an input that the game's schema refuses")
        const state = store.get(room)?.state
        if (outcome !== "held" || state === undefined) continue
        const { seq } = state
        if (digest !== null && digest.seq === seq && digest.hash !== Room.hash(state)) {
          yield* Effect.logWarning(`room ${room} folded to another state than its host's at event ${seq}`)
          yield* links.send(from, "progress", { _tag: "differs", reign, room, seq })
        }
        held.push({ room, seq, shown })
      }
      if (held.length === 0) return
      yield* links.send(from, "progress", { _tag: "held", reign, logs: held.map(({ room, seq }) => ({ room, seq })) })
      for (const { room, shown } of held) show(room, shown, reign.epoch)
    })

    const onSnapshot = Effect.fnUntraced(function*(from: PeerId, message: MessageOf<ReplicationMessage, "snapshot">) {
      const { snapshot } = message
      if (Either.isLeft(decodeState(snapshot.game))) {
        return yield* links.reject(from, "a state that the game's schema refuses")
      }
      const before = store.get(snapshot.room)
      if (message.why === "differs" && before !== undefined && before.state.seq === snapshot.seq) {
        const differences = firstDifferences(before.state, snapshot, 5)
        yield* Effect.logWarning(`room ${snapshot.room} differed in ${differences.map((d) => d.path).join(", ")}`)
      }
      if (!adopt(snapshot, message.reign)) return
      forgot = false
      folded(snapshot.room, message.reign)
      const { room, seq } = snapshot
      yield* links.send(from, "progress", { _tag: "held", reign: message.reign, logs: [{ room, seq }] })
      show(snapshot.room, message.shown, message.reign.epoch)
    })

    const onReplication = Effect.fnUntraced(function*(from: PeerId, message: ReplicationMessage) {
      const { reign, role } = yield* election.standing
      if (role !== "peer" || from !== message.reign.host || !equals(reign, message.reign)) {
        counters.framesFenced++
        return
      }
      switch (message._tag) {
        case "events":
          return yield* onEvents(from, message)
        case "snapshot":
          return yield* onSnapshot(from, message)
        case "shown":
          for (const { room, seq } of message.logs) {
            // What this node holds of another reign may be no part of the host's log.
            const own = store.head(room)?.reign ?? null
            if (equals(own, message.reign)) show(room, seq, message.reign.epoch)
          }
      }
    })

    // ---------------------------------------------------------------- sync

    const answer = (from: PeerId, reign: ReignRef) =>
      links.send(from, "progress", { _tag: "sync-answer", reign, forgot, heads: store.heads() })

    const onSync = Effect.fnUntraced(function*(from: PeerId, message: SyncMessage) {
      const { reign } = yield* election.standing
      if (from !== message.reign.host) return
      if (message._tag === "sync-request" && (reign === null || compare(message.reign, reign) > 0)) {
        early.set(from, message)
        return
      }
      if (!equals(reign, message.reign)) {
        counters.framesFenced++
        return
      }
      if (message._tag === "sync-request") return yield* answer(from, message.reign)
      const state = store.get(message.room)?.state
      if (state !== undefined) {
        yield* links.send(from, "progress", { _tag: "sync-state", reign: message.reign, snapshot: state })
      }
    })

    yield* Effect.forkScoped(
      Effect.forever(
        Effect.flatMap(
          queues.take("replication"),
          (envelopes) =>
            Effect.forEach(envelopes, ({ from, message }) => onReplication(from, message), { discard: true })
        )
      )
    )
    yield* Effect.forkScoped(
      Effect.forever(
        Effect.flatMap(
          queues.take("sync"),
          (envelopes) => Effect.forEach(envelopes, ({ from, message }) => onSync(from, message), { discard: true })
        )
      )
    )
    yield* election.watch((standing) =>
      Effect.gen(function*() {
        const { reign } = standing
        if (reign === null) return
        interregna.reigned(ref(reign), standing.cause)
        for (const [peer, request] of early) if (compare(request.reign, reign) < 0) early.delete(peer)
        const request = early.get(reign.host)
        if (request !== undefined && equals(request.reign, reign)) {
          early.delete(reign.host)
          yield* answer(reign.host, request.reign)
        }
      })
    )
    yield* election.weigh(() => {
      let seated = false
      let seq = 0
      for (const id of store.ids()) {
        const state = store.get(id)!.state
        seated ||= state.seats.some((record) => record.awaySince === null)
        seq = Math.max(seq, state.seq)
      }
      return { seated, seq: seq as Seq }
    })
    const replica: ReplicaService = {
      rooms: Effect.sync(() => store.ids().map((id) => store.get(id)!.state)),
      state: (room) => Effect.sync(() => store.get(room)?.state ?? null),
      shown: (room) =>
        Stream.suspend(() => {
          const watching = watchers.get(room) ?? new Subscribers<Shown>(shownWaitingMax, "sliding")
          watchers.set(room, watching)
          const newest = () => {
            const state = store.get(room)?.shown
            return state == null ? [] : [shownAs(state)]
          }
          return Stream.ensuring(
            watching.stream(newest),
            Effect.sync(() => {
              if (watching.isEmpty && watchers.get(room) === watching) watchers.delete(room)
            })
          )
        }),
      notices: Stream.fromPubSub(notices),
      reigns: Effect.sync(() => interregna.reigns()),
      counters: Effect.sync(() => ({ ...counters }))
    }
    const ordering: RoomOrderingService = {
      store,
      folded: (room, event, reign) => {
        countInputs(event)
        folded(room, reign)
      },
      adopt,
      show,
      forgot: () => forgot,
      lastTickAt: interregna.lastTickAt,
      reached: (cuts) =>
        Effect.gen(function*() {
          const done = yield* Deferred.make<void>()
          waiting.push({ cuts, done })
          release()
          yield* Deferred.await(done)
        })
    }
    return Context.make(Replica, replica).pipe(Context.add(RoomOrdering, ordering))
  })
)
