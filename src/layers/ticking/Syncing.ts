/**
 * The host's sync, driven: what `core/sync` wants asked and fetched is sent, what comes of it is folded.
 */
import { Effect, Random } from "effect"
import * as Room from "../../core/Room.ts"
import * as Sync from "../../core/sync/Sync.ts"
import { mainRoom, type PeerId } from "../../protocol/Ids.ts"
import { equals } from "../../protocol/Reign.ts"
import type { ProgressMessage } from "../../protocol/Replication.ts"
import { guard } from "../../protocol/Validation.ts"
import * as CatchingUp from "./CatchingUp.ts"
import type { Desk } from "./Desk.ts"
import type { Hosting } from "./Hosting.ts"
import type { Ordering } from "./Ordering.ts"

type MessageOf<T> = Extract<ProgressMessage, { readonly _tag: T }>

export type Syncing = ReturnType<typeof make>

export const make = (desk: Desk, ordering: Ordering, running: Effect.Latch) => {
  const { order, showWhatIsHeld } = ordering
  const { detector, game, links, nowMs, periodMs, rooms, store } = desk
  const isState = guard(game.State)
  const { activate, counters, held, missing, sendSnapshot } = CatchingUp.make(desk, ordering)

  const step = (mine: Hosting, input: Sync.Input): Effect.Effect<void> =>
    Effect.flatMap(detector.health, (health) => {
      const { outputs, state } = Sync.step(mine.sync, input, {
        nowMs: nowMs(),
        health,
        head: (room) => store.head(room)
      })
      mine.sync = state
      desk.invariants.check("sync", Sync.invariants, state)
      return Effect.forEach(outputs, (output) => carryOut(mine, output), { discard: true })
    })

  const carryOut = (mine: Hosting, output: Sync.Output): Effect.Effect<unknown> => {
    switch (output._tag) {
      case "ask":
        for (const peer of output.peers) mine.followers.expect(peer, nowMs())
        return links.broadcast(output.peers, "sync", { _tag: "sync-request", reign: mine.reign })
      case "fetch":
        return links.send(output.peer, "sync", { _tag: "sync-fetch", reign: mine.reign, room: output.room })
      case "follow":
        return mine.followers.has(output.peer) ? Effect.void : activate(mine, output.peer, output.heads)
      case "begin":
        return begin(mine)
    }
  }

  const begin = Effect.fnUntraced(function*(mine: Hosting) {
    desk.synced = mine.reign
    const lastTickAt = rooms.lastTickAt()
    mine.nextTickAt = lastTickAt === null ? nowMs() : Math.max(nowMs(), lastTickAt + periodMs)
    for (const [peer, heads] of mine.sync.answers) yield* activate(mine, peer, heads)
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
      mine.followers.began(room, store.get(room)!.state.seq)
    }
    yield* running.open
  })

  const onSyncState = Effect.fnUntraced(function*(
    mine: Hosting,
    from: PeerId,
    { snapshot }: MessageOf<"sync-state">
  ) {
    if (mine.running) return
    if (!isState(snapshot.game)) {
      yield* links.reject(from, "a state that the game's schema refuses")
      return yield* step(mine, { _tag: "unusable", from })
    }
    const own = store.head(snapshot.room)
    if (own === undefined || Room.compareHeads(snapshot, own) > 0) {
      rooms.adopt(snapshot, mine.reign)
      yield* Effect.logDebug(`adopted room ${snapshot.room} up to ${snapshot.seq} from ${from}`)
    }
    yield* step(mine, { _tag: "taken" })
  })

  const whileHosting = (each: (mine: Hosting) => Effect.Effect<unknown>): Effect.Effect<unknown> =>
    Effect.suspend(() => desk.hosting === null ? Effect.void : each(desk.hosting))

  return {
    counters,
    step,

    onProgress: (from: PeerId, message: ProgressMessage) =>
      whileHosting((mine) => {
        if (!equals(mine.reign, message.reign)) return Effect.void
        switch (message._tag) {
          case "sync-answer":
            return step(mine, { _tag: "answered", from, heads: message.heads, forgot: message.forgot })
          case "sync-state":
            return onSyncState(mine, from, message)
          case "held":
            return held(mine, from, message)
          case "missing":
            return missing(mine, from, message)
          case "differs":
            return sendSnapshot(mine, from, message.room, "differs")
        }
      }),

    peerGone: (peer: PeerId) =>
      whileHosting((mine) => {
        mine.followers.remove(peer)
        for (const room of store.ids()) showWhatIsHeld(mine, room)
        return step(mine, { _tag: "gone", peer })
      }),

    peerThere: (peer: PeerId) => whileHosting((mine) => step(mine, { _tag: "there", peer })),

    /** Asks whoever has not answered yet. */
    askAgain: whileHosting((mine) => step(mine, { _tag: "ask" }))
  }
}
