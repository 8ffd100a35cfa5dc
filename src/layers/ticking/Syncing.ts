/**
 * The host's sync: brings all logs to the same end, when a reign begins and whenever a peer comes or falls behind.
 */
import { Effect, Either, Random } from "effect"
import * as Room from "../../core/Room.ts"
import type { Head } from "../../protocol/Event.ts"
import { mainRoom, type PeerId, type RoomId, type Seq } from "../../protocol/Ids.ts"
import { equals } from "../../protocol/Reign.ts"
import type { ProgressMessage } from "../../protocol/Replication.ts"
import { decoder } from "../../protocol/Validation.ts"
import type { Desk } from "./Desk.ts"
import type { Hosting } from "./Hosting.ts"
import type { Ordering } from "./Ordering.ts"

type MessageOf<M, T> = Extract<M, { readonly _tag: T }>

/** How long a sync waits for the answers of suspected peers. */
const suspectsAskedMs = 300

export const make = (desk: Desk, { order, showWhatIsHeld }: Ordering, running: Effect.Latch) => {
  const { detector, game, links, nowMs, periodMs, rooms, store } = desk
  const decodeState = decoder(game.State)
  const counters = { eventsResent: 0, snapshotsSent: 0 }

  const askSync = (mine: Hosting, peers: ReadonlyArray<PeerId>) =>
    Effect.suspend(() => {
      for (const peer of peers) if (!mine.expected.has(peer)) mine.expected.set(peer, nowMs())
      return links.broadcast(peers, "sync", { _tag: "sync-request", reign: mine.reign })
    })

  /**
   * Peers whose answer a sync waits for: the live ones, and for a while those that are only suspected: an overloaded
   * node may hold what nobody else does. The host that is deposed for its silence is not waited for.
   */
  const stillAsked = (mine: Hosting) =>
    Effect.map(
      detector.health,
      (health) =>
        [...health.values()].filter((peer) =>
          peer.state === "up" || (peer.peerId !== mine.deposed && nowMs() - mine.since < suspectsAskedMs)
        ).map((peer) => peer.peerId)
    )

  /** Once every live peer whose log counts has answered: takes the log that goes furthest, then goes on from it. */
  const settleSync = Effect.fnUntraced(function*(mine: Hosting) {
    if (mine.running || !mine.accepted || desk.hosting !== mine) return
    const live = yield* desk.livePeers
    if ((yield* stillAsked(mine)).some((peer) => mine.counts(peer) && !mine.answers.has(peer))) return
    // Each turn either fetches, or gives up on one peer's answer: at most one turn a peer.
    for (let ahead = mine.ahead(store); ahead !== null; ahead = mine.ahead(store)) {
      if (live.includes(ahead.peer)) {
        yield* links.send(ahead.peer, "sync", { _tag: "sync-fetch", reign: mine.reign, room: ahead.room })
        return
      }
      mine.answers.delete(ahead.peer)
    }
    if (mine.heardEnough) yield* begin(mine)
  })

  const begin = Effect.fnUntraced(function*(mine: Hosting) {
    mine.running = true
    desk.synced = mine.reign
    const lastTickAt = rooms.lastTickAt()
    mine.nextTickAt = lastTickAt === null ? nowMs() : Math.max(nowMs(), lastTickAt + periodMs)
    for (const [peer, heads] of mine.answers) yield* activate(mine, peer, heads)
    if (store.get(mainRoom) === undefined) {
      const seed = yield* Random.nextIntBetween(0, 0xffffffff)
      yield* order(mine, mainRoom, [{
        _tag: "opened",
        room: mainRoom,
        seed,
        ...(game.match === undefined ? {} : { options: game.match.defaults })
      }])
    }
    for (const room of store.ids()) {
      if (!equals(store.get(room)!.state.reign, mine.reign)) {
        yield* order(mine, room, [{ _tag: "reigned", reign: mine.reign, cause: mine.cause }])
      }
      mine.beganWith.set(room, store.get(room)!.state.seq)
    }
    yield* running.open
  })

  /** Brings a peer that has told its heads to the end of all logs; from then on it gets everything. */
  const activate = Effect.fnUntraced(function*(mine: Hosting, peer: PeerId, heads: ReadonlyArray<Head>) {
    mine.followers.set(peer, new Map())
    for (const room of store.ids()) {
      const head = heads.find((one) => one.room === room)
      yield* catchUp(mine, peer, room, head)
    }
  })

  const catchUp = Effect.fnUntraced(function*(mine: Hosting, peer: PeerId, room: RoomId, head: Head | undefined) {
    const stored = store.get(room)
    if (stored === undefined) return
    const events = head === undefined ? null : stored.recent.after(head)
    if (events !== null && head !== undefined) {
      mine.holds(peer, room, head.seq)
      if (events.length === 0) return
      counters.eventsResent += events.length
      return yield* links.send(peer, "replication", {
        _tag: "events",
        reign: mine.reign,
        logs: [{
          room,
          after: equals(head.reign, mine.reign) ? null : head.reign,
          events,
          shown: mine.quorum === null ? stored.state.seq : mine.shownSeq(room, stored.state.seq, nowMs()),
          digest: null
        }]
      })
    }
    yield* sendSnapshot(mine, peer, room, head === undefined ? "join" : "lag")
  })

  const sendSnapshot = (mine: Hosting, peer: PeerId, room: RoomId, why: "join" | "lag" | "differs") => {
    const state = store.get(room)?.state
    if (state === undefined) return Effect.void
    counters.snapshotsSent += 1
    return links.send(peer, "replication", {
      _tag: "snapshot",
      reign: mine.reign,
      snapshot: state,
      shown: mine.quorum === null ? state.seq : mine.shownSeq(room, state.seq, nowMs()),
      why
    })
  }

  const onProgress = Effect.fnUntraced(function*(from: PeerId, message: ProgressMessage) {
    const mine = desk.hosting
    if (mine === null || !equals(mine.reign, message.reign)) return
    switch (message._tag) {
      case "sync-answer":
        mine.answers.set(from, message.heads)
        if (message.forgot) mine.forgetful.add(from)
        if (mine.running) {
          if (!mine.followers.has(from)) yield* activate(mine, from, message.heads)
        } else yield* settleSync(mine)
        return
      case "sync-state":
        return yield* onSyncState(mine, from, message)
      case "held":
        if (mine.followers.has(from)) yield* onHeld(mine, from, message)
        return
      case "missing": {
        const { head } = message
        const events = head === null ? null : store.get(message.room)?.recent.after(head) ?? null
        if (head === null || events === null || events.length === 0) {
          return yield* sendSnapshot(mine, from, message.room, "lag")
        }
        counters.eventsResent += events.length
        return yield* links.send(from, "replication", {
          _tag: "events",
          reign: mine.reign,
          logs: [{
            room: message.room,
            after: equals(head.reign, mine.reign) ? null : head.reign,
            events,
            shown: store.get(message.room)?.shown?.seq ?? head.seq,
            digest: null
          }]
        })
      }
      case "differs":
        return yield* sendSnapshot(mine, from, message.room, "differs")
    }
  })

  const onHeld = (mine: Hosting, from: PeerId, message: MessageOf<ProgressMessage, "held">) =>
    Effect.suspend(() => {
      const logs: Array<{ readonly room: RoomId; readonly seq: Seq }> = []
      for (const { room, seq } of message.logs) {
        mine.holds(from, room, seq)
        const shown = showWhatIsHeld(mine, room)
        if (shown !== null) logs.push({ room, seq: shown })
      }
      return logs.length === 0 || mine.quorum === null
        ? Effect.void
        : links.broadcast(mine.followers.keys(), "replication", { _tag: "shown", reign: mine.reign, logs })
    })

  const onSyncState = Effect.fnUntraced(function*(
    mine: Hosting,
    from: PeerId,
    { snapshot }: MessageOf<ProgressMessage, "sync-state">
  ) {
    if (mine.running) return
    if (Either.isLeft(decodeState(snapshot.game))) {
      yield* links.reject(from, "a state that the game's schema refuses")
      mine.answers.delete(from)
      return
    }
    const own = store.head(snapshot.room)
    if (own === undefined || Room.compareHeads(snapshot, own) > 0) {
      rooms.adopt(snapshot, mine.reign)
      yield* Effect.logDebug(`adopted room ${snapshot.room} up to ${snapshot.seq} from ${from}`)
    }
    yield* settleSync(mine)
  })

  const peerGone = (peer: PeerId) =>
    Effect.suspend(() => {
      const mine = desk.hosting
      if (mine === null) return Effect.void
      mine.followers.delete(peer)
      mine.expected.delete(peer)
      if (mine.running) mine.answers.delete(peer)
      for (const room of store.ids()) showWhatIsHeld(mine, room)
      return settleSync(mine)
    })

  /** A peer is there (again), or may not have heard the question: asked until it has answered. */
  const peerThere = (peer: PeerId) =>
    Effect.suspend(() => desk.hosting === null ? Effect.void : askSync(desk.hosting, [peer]))

  /** Asks whoever has not answered yet. */
  const askAgain = Effect.suspend(() => {
    const mine = desk.hosting
    if (mine === null) return Effect.void
    return Effect.flatMap(
      stillAsked(mine),
      (peers) => Effect.zipRight(askSync(mine, peers.filter((peer) => !mine.answers.has(peer))), settleSync(mine))
    )
  })

  return { counters, stillAsked, askSync, settleSync, begin, onProgress, peerGone, peerThere, askAgain }
}
