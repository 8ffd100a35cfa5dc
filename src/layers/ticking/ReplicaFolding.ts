/**
 * `Replica`: folds what the host replicates, answers a new host's questions, and tells how each change of host went. What
 * follows and what is shown is decided by `core/replica`.
 */
import { Clock, Context, Deferred, Effect, Layer, PubSub, Stream } from "effect"
import { Folding } from "../../core/replica/Folding.ts"
import { Interregna } from "../../core/replica/Interregna.ts"
import { weigh } from "../../core/replica/Weighing.ts"
import type { HeldRooms } from "../../core/RoomStore.ts"
import type { Cut } from "../../protocol/Event.ts"
import { ref } from "../../protocol/Reign.ts"
import { guard } from "../../protocol/Validation.ts"
import { CurrentGame } from "../../services/CurrentGame.ts"
import { Election } from "../../services/Election.ts"
import { MessageQueues } from "../../services/MessageQueues.ts"
import { NodeIdentity } from "../../services/NodeIdentity.ts"
import { PeerLinks } from "../../services/PeerLinks.ts"
import { Replica, type ReplicaService } from "../../services/Replica.ts"
import { RoomOrdering, type RoomOrderingService } from "../../services/RoomOrdering.ts"
import { handleEach } from "../queues/Inbox.ts"
import * as Following from "./Following.ts"
import { ShownRooms } from "./ShownRooms.ts"
import * as SyncAnswers from "./SyncAnswers.ts"

/** Those who wait until all events up to some cuts are folded. */
class Reached {
  private waiting: Array<{ readonly cuts: ReadonlyArray<Cut>; readonly done: Deferred.Deferred<void> }> = []

  /** Something was folded. */
  look(rooms: HeldRooms): void {
    if (this.waiting.length === 0) return
    this.waiting = this.waiting.filter(({ cuts, done }) => {
      const open = cuts.some((cut) => (rooms.get(cut.room)?.state.seq ?? 0) < cut.seq)
      if (!open) Deferred.unsafeDone(done, Effect.void)
      return open
    })
  }

  wait(rooms: HeldRooms, cuts: ReadonlyArray<Cut>): Effect.Effect<void> {
    return Effect.flatMap(Deferred.make<void>(), (done) => {
      this.waiting.push({ cuts, done })
      this.look(rooms)
      return Deferred.await(done)
    })
  }
}

export const layer = Layer.scopedContext(
  Effect.gen(function*() {
    const game = yield* CurrentGame
    const election = yield* Election
    const links = yield* PeerLinks
    const queues = yield* MessageQueues
    const clock = yield* Clock.clockWith(Effect.succeed)
    const notices = yield* PubSub.sliding<Stream.Stream.Success<ReplicaService["notices"]>>(64)
    // Logs do not outlive a process. Who has accepted a reign before may have held what nobody else does.
    let hasForgotten = (yield* NodeIdentity).acceptedBefore !== null
    let framesFenced = 0

    const interregna = new Interregna((change) => void notices.unsafeOffer({ _tag: "host-changed", change }))
    const reached = new Reached()
    const folded: Following.Surroundings["restored"] = ({ clock: ticks, room }, reign) => {
      interregna.folded(room, reign, ticks, Number(clock.unsafeCurrentTimeNanos()) / 1e6)
      reached.look(rooms)
    }
    const folding = new Folding(game, guard(game.Input), {
      folded,
      shown: (state) => screens.publish(state),
      lost: (room, lost) => {
        interregna.parted(room)
        notices.unsafeOffer({ _tag: "lost", room, lost })
      }
    })
    const { rooms } = folding
    const screens = new ShownRooms((room) => rooms.get(room)?.shown)
    const show: RoomOrderingService["show"] = (room, seq, epoch) => {
      // A newer reign may have been accepted since it was decided: what screens see is its matter from then on.
      if ((election.now().reign?.epoch ?? 0) <= epoch) folding.show(room, seq)
    }

    const forgot = () => hasForgotten
    const fenced = () => void framesFenced++
    const follow = Following.make({
      game,
      election,
      links,
      folding,
      show,
      fenced,
      restored: (state, reign) => {
        hasForgotten = false
        folded(state, reign)
      }
    })
    const answers = SyncAnswers.make({ rooms, election, links, forgot, fenced })
    yield* handleEach(queues.take("replication"), ({ from, message }) => follow(from, message))
    yield* handleEach(queues.take("sync"), ({ from, message }) => answers.onSync(from, message))
    yield* election.watch(({ cause, reign }) =>
      Effect.suspend(() => {
        if (reign === null) return Effect.void
        interregna.reigned(ref(reign), cause)
        return answers.accepted(reign)
      })
    )
    yield* election.weigh(() => weigh(rooms.ids().map((room) => rooms.get(room)!.state)))

    const replica: ReplicaService = {
      rooms: Effect.sync(() => rooms.ids().map((room) => rooms.get(room)!.state)),
      state: (room) => Effect.sync(() => rooms.get(room)?.state ?? null),
      shown: (room) => screens.stream(room),
      notices: Stream.fromPubSub(notices),
      reigns: Effect.sync(() => interregna.statuses),
      counters: Effect.sync(() => ({ framesFenced, ...folding.counters }))
    }
    const ordering: RoomOrderingService = {
      store: rooms,
      append: (room, drafts, reign) => folding.append(room, drafts, reign),
      adopt: (snapshot, reign) => folding.adopt(snapshot, reign),
      show,
      forgot,
      lastTickAt: () => interregna.lastTickAt,
      reached: (cuts) => reached.wait(rooms, cuts)
    }
    return Context.make(Replica, replica).pipe(Context.add(RoomOrdering, ordering))
  })
)
