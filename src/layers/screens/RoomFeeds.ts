/** The rooms that this node's screens watch: one subscription each, however many screens there are. */
import { Effect, FiberMap, FiberSet, Stream } from "effect"
import type { RoomId } from "../../protocol/Ids.ts"
import { GameClient } from "../../services/GameClient.ts"
import { RoomFeed } from "./RoomFeed.ts"
import type { Screen } from "./Screen.ts"

export const make = Effect.gen(function*() {
  const client = yield* GameClient
  const run = yield* FiberSet.makeRuntime<never>()
  const feedFibers = yield* FiberMap.make<RoomId>()
  const feeds = new Map<RoomId, RoomFeed>()
  /** Above all numbers of feeds that are closed, so that no screen takes a newer view for an older one. */
  let lastNumber = 0

  const watch = (screen: Screen, room: RoomId): void => {
    if (screen.room === room) return screen.resync()
    unwatch(screen)
    let feed = feeds.get(room)
    if (feed === undefined) {
      const created = new RoomFeed(lastNumber)
      feed = created
      feeds.set(room, feed)
      run(FiberMap.run(
        feedFibers,
        room,
        Stream.runForEach(client.watch(room), (view) => Effect.sync(() => created.show(view)))
      ))
    }
    screen.watch(feed, room)
  }

  const unwatch = (screen: Screen): void => {
    const room = screen.room as RoomId | null
    const feed = screen.unwatch()
    if (room === null || feed === null || feed.watchers.size > 0) return
    feeds.delete(room)
    lastNumber = Math.max(lastNumber, feed.number)
    run(FiberMap.remove(feedFibers, room))
  }

  return { watch, unwatch }
})
