/**
 * How a host's followers get what they lack of the logs: the events after what they hold, or the whole room where those are
 * gone, or where what they hold is another log's.
 */
import { Effect } from "effect"
import type { Event, Head } from "../../protocol/Event.ts"
import type { PeerId, RoomId, Seq } from "../../protocol/Ids.ts"
import { equals } from "../../protocol/Reign.ts"
import type { ProgressMessage } from "../../protocol/Replication.ts"
import type { Desk } from "./Desk.ts"
import type { Hosting } from "./Hosting.ts"

type Missing = Extract<ProgressMessage, { readonly _tag: "missing" }>

export const make = ({ links, nowMs, store }: Desk) => {
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

    /** What a follower got does not go on from where its log ends. */
    missing: (mine: Hosting, peer: PeerId, { head, room }: Missing) => {
      const stored = store.get(room)
      const events = head === null ? null : stored?.recent.after(head) ?? null
      if (head === null || events === null || events.length === 0) return sendSnapshot(mine, peer, room, "lag")
      return resend(mine, peer, room, head, { events, shown: stored?.shown?.seq ?? head.seq })
    }
  }
}
