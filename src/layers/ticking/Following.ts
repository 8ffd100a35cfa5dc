/** What a peer does with what its host replicates: folds it, shows it, and tells how far it holds it. */
import { Effect } from "effect"
import type { Folding } from "../../core/replica/Folding.ts"
import * as Room from "../../core/Room.ts"
import { firstDifferences } from "../../core/StateHash.ts"
import type { AnyGame } from "../../games/Game.ts"
import type { PeerId, RoomId, Seq } from "../../protocol/Ids.ts"
import { equals, type ReignRef } from "../../protocol/Reign.ts"
import type { ReplicationMessage } from "../../protocol/Replication.ts"
import { guard } from "../../protocol/Validation.ts"
import type { ElectionService } from "../../services/Election.ts"
import type { Links } from "../../services/PeerLinks.ts"
import type { RoomOrderingService } from "../../services/RoomOrdering.ts"

type MessageOf<T> = Extract<ReplicationMessage, { readonly _tag: T }>

export interface Surroundings {
  readonly game: AnyGame
  readonly election: ElectionService
  readonly links: Links
  readonly folding: Folding
  readonly show: RoomOrderingService["show"]
  /** A snapshot of this reign stands for all that was folded before. */
  readonly restored: (state: Room.RoomState, reign: ReignRef) => void
  /** A message of another reign came to nothing. */
  readonly fenced: () => void
}

/** How a message of the host is followed. */
export const make = (
  { election, fenced, folding, game, links, restored, show }: Surroundings
): (from: PeerId, message: ReplicationMessage) => Effect.Effect<void> => {
  const { rooms } = folding
  const isState = guard(game.State)

  const sayMissing = (from: PeerId, reign: ReignRef, room: RoomId) => {
    const state = rooms.get(room)?.state
    const head = state === undefined ? null : { reign: state.reign, seq: state.seq }
    return links.send(from, "progress", { _tag: "missing", reign, room, head })
  }

  const onEvents = Effect.fnUntraced(function*(from: PeerId, { logs, reign }: MessageOf<"events">) {
    const held: Array<{ readonly room: RoomId; readonly seq: Seq; readonly shown: Seq }> = []
    for (const log of logs) {
      const { digest, room, shown } = log
      const followed = folding.follow(reign, log)
      if (followed === "missing") yield* sayMissing(from, reign, room)
      else if (followed === "invalid") yield* links.reject(from, "an input that the game's schema refuses")
      const state = rooms.get(room)?.state
      if (followed !== "held" || state === undefined) continue
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

  const onSnapshot = Effect.fnUntraced(function*(
    from: PeerId,
    { reign, shown, snapshot, why }: MessageOf<"snapshot">
  ) {
    if (!isState(snapshot.game)) return yield* links.reject(from, "a state that the game's schema refuses")
    const { room, seq } = snapshot
    const before = rooms.get(room)
    if (why === "differs" && before !== undefined && before.state.seq === seq) {
      const differences = firstDifferences(before.state, snapshot, 5)
      yield* Effect.logWarning(`room ${room} differed in ${differences.map((d) => d.path).join(", ")}`)
    }
    if (!folding.adopt(snapshot, reign)) return
    restored(snapshot, reign)
    yield* links.send(from, "progress", { _tag: "held", reign, logs: [{ room, seq }] })
    show(room, shown, reign.epoch)
  })

  return Effect.fnUntraced(function*(from: PeerId, message: ReplicationMessage) {
    const { reign, role } = yield* election.standing
    if (role !== "peer" || from !== message.reign.host || !equals(reign, message.reign)) return fenced()
    switch (message._tag) {
      case "events":
        return yield* onEvents(from, message)
      case "snapshot":
        return yield* onSnapshot(from, message)
      case "shown":
        for (const { room, seq } of message.logs) {
          // What this node holds of another reign may be no part of the host's log.
          const own = rooms.head(room)?.reign ?? null
          if (equals(own, message.reign)) show(room, seq, message.reign.epoch)
        }
    }
  })
}
