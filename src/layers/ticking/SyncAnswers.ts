/** How a peer answers a new host that asks how far its logs go. */
import { Effect } from "effect"
import type { HeldRooms } from "../../core/RoomStore.ts"
import type { PeerId } from "../../protocol/Ids.ts"
import { compare, equals, type Reign, type ReignRef } from "../../protocol/Reign.ts"
import type { SyncMessage } from "../../protocol/Replication.ts"
import type { ElectionService } from "../../services/Election.ts"
import type { Links } from "../../services/PeerLinks.ts"

export interface Surroundings {
  readonly rooms: HeldRooms
  readonly election: ElectionService
  readonly links: Links
  /** Whether this node does not hold any more what it held before its start. */
  readonly forgot: () => boolean
  /** A message of another reign came to nothing. */
  readonly fenced: () => void
}

export const make = ({ election, fenced, forgot, links, rooms }: Surroundings) => {
  /** Sync requests of reigns that this node has not accepted yet, the newest per peer. */
  const early = new Map<PeerId, ReignRef>()

  const answer = (from: PeerId, reign: ReignRef) =>
    links.send(from, "progress", { _tag: "sync-answer", reign, forgot: forgot(), heads: rooms.heads() })

  return {
    onSync: Effect.fnUntraced(function*(from: PeerId, message: SyncMessage) {
      const { reign } = yield* election.standing
      if (from !== message.reign.host) return
      if (message._tag === "sync-request" && (reign === null || compare(message.reign, reign) > 0)) {
        early.set(from, message.reign)
        return
      }
      if (!equals(reign, message.reign)) return fenced()
      if (message._tag === "sync-request") return yield* answer(from, message.reign)
      const state = rooms.get(message.room)?.state
      if (state !== undefined) {
        yield* links.send(from, "progress", { _tag: "sync-state", reign: message.reign, snapshot: state })
      }
    }),

    /** Whoever asked before this reign was accepted is answered now, if the question was of this reign. */
    accepted: (reign: Reign): Effect.Effect<unknown> =>
      Effect.suspend(() => {
        for (const [peer, asked] of early) if (compare(asked, reign) < 0) early.delete(peer)
        const asked = early.get(reign.host)
        if (asked === undefined || !equals(asked, reign)) return Effect.void
        early.delete(reign.host)
        return answer(reign.host, asked)
      })
  }
}
