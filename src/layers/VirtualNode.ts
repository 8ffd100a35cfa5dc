/**
 * A whole node on a virtual LAN: for tests of a game, of a program, or of what happens when a node dies. Everything but
 * the wires is what `hostless play` runs; time passes on the Clock, so that a TestClock governs it.
 */
import { Effect, Exit, Layer, Scope } from "effect"
import type { AnyGame } from "../games/Game.ts"
import { PeerId } from "../protocol/Ids.ts"
import { ClusterConfig, type ClusterSettings } from "../services/ClusterConfig.ts"
import { CurrentGame } from "../services/CurrentGame.ts"
import { GameServer } from "../services/GameServer.ts"
import * as Engine from "./Engine.ts"
import * as MessageQueuesBounded from "./MessageQueuesBounded.ts"
import * as NodeIdentityFixed from "./NodeIdentityFixed.ts"
import type { VirtualLan } from "./VirtualLan.ts"

export interface Options {
  readonly game: AnyGame
  /** Its place in the order of the election, 1 to 65535: of the live nodes the one with the highest hosts. */
  readonly rank: number
  /** Default: `node` and its rank. */
  readonly name?: string
  readonly config?: Partial<ClusterSettings>
}

/** The id of the node with this rank. */
export const peerIdOf = (rank: number): PeerId =>
  PeerId.make(`00000000-0000-4000-8000-${rank.toString(16).padStart(12, "0")}`)

/** Everything that a node offers but a page. */
export const layer = (lan: VirtualLan, { config, game, name, rank }: Options) =>
  // Fresh: a layer's value is built once per build, and each node must be one by itself.
  Layer.fresh(Engine.layer.pipe(
    Layer.provideMerge(lan.links),
    Layer.provideMerge(Layer.merge(lan.discovery, lan.beats)),
    Layer.provideMerge(MessageQueuesBounded.layer),
    Layer.provideMerge(Layer.mergeAll(
      ClusterConfig.layer(config),
      CurrentGame.layer(game),
      NodeIdentityFixed.layer({ peerId: peerIdOf(rank), name: name ?? `node ${rank}` })
    ))
  ))

/** Everything that a node offers, as services. */
export type Services = Layer.Layer.Success<ReturnType<typeof layer>>

export interface VirtualNode {
  readonly peerId: PeerId
  /** Does something at this node: gives it the node's services. */
  readonly run: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, Exclude<R, Services>>
  /** Kills its process: peers see their links reset at once, and nothing that it still does has any effect. */
  readonly kill: Effect.Effect<void>
  /** Ends it as a user does: it hands over first if it hosts. */
  readonly stop: Effect.Effect<void>
}

/** Starts a node, which lives until it is killed or stopped or the scope closes (a kill). */
export const start = Effect.fnUntraced(function*(lan: VirtualLan, options: Options) {
  const peerId = peerIdOf(options.rank)
  const scope = yield* Scope.make()
  const close = Scope.close(scope, Exit.void)
  const kill = Effect.zipRight(lan.crash(peerId), close)
  yield* Effect.addFinalizer(() => kill)
  const context = yield* Layer.buildWithScope(layer(lan, options), scope)
  const node: VirtualNode = {
    peerId,
    run: (effect) => Effect.provide(effect, context),
    kill,
    stop: Effect.zipRight(Effect.provide(retire, context), close)
  }
  return node
})

const retire = Effect.flatMap(GameServer, (server) => server.retire)
