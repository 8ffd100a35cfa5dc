/**
 * How a host's followers get what they lack of the logs: the events after what they hold, or the whole room where those are
 * gone, or where what they hold is another log's. And what may be shown once they tell how far they hold them.
 */
import { Effect } from "effect"
import type { Cut, Event, Head } from "../../protocol/Event.ts"
import type { PeerId, RoomId, Seq } from "../../protocol/Ids.ts"
import { equals } from "../../protocol/Reign.ts"
import type { ProgressMessage } from "../../protocol/Replication.ts"
import type { Desk } from "./Desk.ts"
import type { Hosting } from "./Hosting.ts"
import type { Ordering } from "./Ordering.ts"

type MessageOf<T> = Extract<ProgressMessage, { readonly _tag: T }>

export const make = ({ links, nowMs, store }: Desk, { showWhatIsHeld }: Ordering) => {
  const counters = { eventsResent: 0, snapshotsSent: 0 }

  /** Events that come after a head which is part of this log. */
  const resend = (
    mine: Hosting,
    peer: PeerId,
    room: RoomId,
    after: Pick<Head, "reign">,
    { events, shown }: { readonly events: ReadonlyArray<Event>; readonly shown: Seq }
  ) => {
    counters.eventsResent += events.length
    return links.send(peer, "replication", {
      _tag: "events",
      reign: mine.reign,
      logs: [{ room, after: equals(after.reign, mine.reign) ? null : after.reign, events, shown, digest: null }]
    })
  }

  const sendSnapshot = (mine: Hosting, peer: PeerId, room: RoomId, why: "join" | "lag" | "differs") => {
    const state = store.get(room)?.state
    if (state === undefined) return Effect.void
    counters.snapshotsSent += 1
    return links.send(peer, "replication", {
      _tag: "snapshot",
      reign: mine.reign,
      snapshot: state,
      shown: mine.followers.shownThere(room, state.seq, nowMs()),
      why
    })
  }

  const catchUp = (mine: Hosting, peer: PeerId, room: RoomId, head: Head | undefined): Effect.Effect<unknown> => {
    const stored = store.get(room)
    if (stored === undefined) return Effect.void
    const events = head === undefined ? null : stored.recent.after(head)
    if (head === undefined || events === null) {
      return sendSnapshot(mine, peer, room, head === undefined ? "join" : "lag")
    }
    mine.followers.holds(peer, room, head.seq)
    if (events.length === 0) return Effect.void
    return resend(mine, peer, room, head, {
      events,
      shown: mine.followers.shownThere(room, stored.state.seq, nowMs())
    })
  }

  return {
    counters,
    sendSnapshot,

    /** Brings a peer that has told its heads to the end of all logs; from then on it gets everything. */
    activate: (mine: Hosting, peer: PeerId, heads: ReadonlyArray<Head>): Effect.Effect<void> =>
      Effect.suspend(() => {
        mine.followers.add(peer)
        return Effect.forEach(
          store.ids(),
          (room) => Effect.suspend(() => catchUp(mine, peer, room, heads.find((one) => one.room === room))),
          { discard: true }
        )
      }),

    /** A follower holds more than before. */
    held: (mine: Hosting, from: PeerId, message: MessageOf<"held">): Effect.Effect<unknown> => {
      if (!mine.followers.has(from)) return Effect.void
      const logs: Array<Cut> = []
      for (const { room, seq } of message.logs) {
        mine.followers.holds(from, room, seq)
        const shown = showWhatIsHeld(mine, room)
        if (shown !== null) logs.push({ room, seq: shown })
      }
      return logs.length === 0 || mine.sync.quorum === null
        ? Effect.void
        : links.broadcast(mine.followers.peers, "replication", { _tag: "shown", reign: mine.reign, logs })
    },

    /** What a follower got does not go on from where its log ends. */
    missing: (mine: Hosting, peer: PeerId, { head, room }: MessageOf<"missing">) => {
      const stored = store.get(room)
      const events = head === null ? null : stored?.recent.after(head) ?? null
      if (head === null || events === null || events.length === 0) return sendSnapshot(mine, peer, room, "lag")
      return resend(mine, peer, room, head, { events, shown: stored?.shown?.seq ?? head.seq })
    }
  }
}
