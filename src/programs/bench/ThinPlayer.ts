/** A player of a bench who is no node: a bot at a thin client in this process, and when its views came. */
import { Effect, Layer, type Scope, Stream } from "effect"
import { games } from "../../games/index.ts"
import * as BotsPlaying from "../../layers/clients/BotsPlaying.ts"
import * as GameClientRemote from "../../layers/clients/GameClientRemote.ts"
import * as ServerListUdp from "../../layers/discovery/ServerListUdp.ts"
import type { PeerId, Profile, RoomId } from "../../protocol/Ids.ts"
import type { RoomView } from "../../protocol/View.ts"
import { GameClient } from "../../services/GameClient.ts"

export interface ThinPlayer {
  readonly name: string
  readonly newest: () => RoomView | null
  readonly viewedAtMs: () => number
  /** The node that serves it, as the newest view says, or null. */
  readonly node: () => PeerId | null
  /** From now on the longest time without a view is kept. */
  readonly measure: () => void
  /** That time, in milliseconds. */
  readonly longestGapMs: () => number
  /** Views whose clock was older than one before. */
  readonly setbacks: () => number
  readonly disputed: Effect.Effect<number>
}

export interface Options {
  readonly name: string
  readonly room: RoomId
  readonly address: string
  readonly cluster: string
  readonly discoveryPort: number
}

/** Plays as long as the scope is open. */
export const start = Effect.fnUntraced(function*(options: Options): Effect.fn.Return<ThinPlayer, never, Scope.Scope> {
  const { address, cluster, discoveryPort, name, room } = options
  const context = yield* Layer.build(
    GameClientRemote.layer({ address, games }).pipe(
      Layer.provide(ServerListUdp.layer({ address, cluster, port: discoveryPort })),
      Layer.orDie
    )
  )
  const client = yield* Effect.provide(GameClient, context)
  let view: RoomView | null = null
  let viewedAtMs = performance.now()
  let longestMs = 0
  let setbacks = 0
  yield* Effect.forkScoped(Stream.runForEach(client.watch(room), (shown) =>
    Effect.sync(() => {
      const nowMs = performance.now()
      longestMs = Math.max(longestMs, nowMs - viewedAtMs)
      viewedAtMs = nowMs
      if (view !== null && shown.view.clock < view.clock) setbacks += 1
      view = shown.view
    })))
  const profile: Profile = { name, color: "#4a63d8" }
  yield* Effect.forkScoped(Effect.provide(BotsPlaying.play({ room, profile }), context))
  return {
    name,
    newest: () => view,
    viewedAtMs: () => viewedAtMs,
    node: () => Object.values(view?.seats ?? {}).find((seat) => seat.profile.name === name)?.node ?? null,
    measure: () => {
      longestMs = 0
    },
    longestGapMs: () => Math.max(longestMs, performance.now() - viewedAtMs),
    setbacks: () => setbacks,
    disputed: client.disputed
  }
})
