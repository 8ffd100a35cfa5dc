/**
 * A whole node on a virtual LAN, for tests and simulations: everything that a real node runs, but for sockets and pages.
 * Time passes on the Clock, so that a TestClock governs it.
 */
import { Effect, Exit, Layer, Scope } from "effect"
import type { AnyGame } from "../games/Game.ts"
import { PeerId } from "../protocol/Ids.ts"
import type { Reign } from "../protocol/Reign.ts"
import { ClusterConfig, type ClusterSettings } from "../services/ClusterConfig.ts"
import { CurrentGame } from "../services/CurrentGame.ts"
import { GameServer } from "../services/GameServer.ts"
import type { NodeIdentity } from "../services/NodeIdentity.ts"
import * as ClientGatewayUdp from "./ClientGatewayUdp.ts"
import * as Engine from "./Engine.ts"
import * as MessageQueuesBounded from "./MessageQueuesBounded.ts"
import * as NodeIdentityFixed from "./NodeIdentityFixed.ts"
import * as ScreensServed from "./ScreensServed.ts"
import * as VirtualClients from "./VirtualClients.ts"
import type { VirtualLan } from "./VirtualLan.ts"

export interface Options {
  /** Of the live nodes the one with the highest id hosts. */
  readonly peerId: PeerId
  /** Default: `node-` and the id's first digits. */
  readonly name?: string
  readonly game: AnyGame
  /** What is not given is as in `ClusterConfig.defaults`. */
  readonly settings?: Partial<ClusterSettings>
  /** The reign that this node had accepted before it starts, as if it had been kept. */
  readonly acceptedBefore?: Reign
}

/** Whoever the node is. Build each node by itself (its own scope): within one build a layer is one node. */
export const layerOf = (lan: VirtualLan, { game, identity, settings }: {
  readonly identity: Layer.Layer<NodeIdentity>
  readonly game: AnyGame
  readonly settings?: Partial<ClusterSettings>
}) =>
  Engine.layer.pipe(
    Layer.provideMerge(lan.links),
    Layer.provideMerge(lan.discovery),
    Layer.provideMerge(lan.beats),
    Layer.provideMerge(MessageQueuesBounded.layer),
    Layer.provideMerge(identity),
    Layer.provideMerge(ClusterConfig.layer(settings)),
    Layer.provideMerge(CurrentGame.layer(game))
  )

/** The same, which takes thin clients too (`VirtualClients`). */
export const serverLayerOf = (lan: VirtualLan, options: Parameters<typeof layerOf>[1]) =>
  ClientGatewayUdp.layer.pipe(
    Layer.provideMerge(ScreensServed.layer),
    Layer.provideMerge(layerOf(lan, options)),
    Layer.provide(VirtualClients.portLayer(lan)),
    Layer.provide(options.identity)
  )

/** A node with this id. Build each by itself, as with `layerOf`. */
export const layer = (lan: VirtualLan, { acceptedBefore, game, name, peerId, settings }: Options) =>
  layerOf(lan, {
    identity: NodeIdentityFixed.layer({
      peerId,
      ...(name === undefined ? {} : { name }),
      ...(acceptedBefore === undefined ? {} : { acceptedBefore })
    }),
    game,
    ...(settings === undefined ? {} : { settings })
  })

/** Everything that a virtual node offers. */
export type Services = Layer.Layer.Success<ReturnType<typeof layer>>

/** A node that runs. */
export interface VirtualNode {
  readonly peerId: PeerId
  /** Gives an effect the node's services: it asks and does things at this node. */
  readonly run: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, Exclude<R, Services>>
  /** Kills its process: peers see their links reset at once, and nothing that it still does has any effect. */
  readonly kill: Effect.Effect<void>
  /** Ends it as a user does: if it hosts, it hands over first. */
  readonly stop: Effect.Effect<void>
}

/** The id of a node of this rank, 0 to 999: of two nodes the one with the higher rank has the higher id. */
export const peerIdOf = (rank: number): PeerId =>
  PeerId.make(`00000${String(rank).padStart(3, "0")}-0000-4000-8000-000000000000`)

/** Starts a node, by `rank` instead of an id. It is killed when the scope closes. */
export const start = Effect.fnUntraced(function*(
  lan: VirtualLan,
  { rank, ...options }: Omit<Options, "peerId"> & { readonly rank: number }
): Effect.fn.Return<VirtualNode, never, Scope.Scope> {
  const peerId = peerIdOf(rank)
  const scope = yield* Scope.make()
  const close = Scope.close(scope, Exit.void)
  const kill = Effect.zipRight(lan.crash(peerId), close)
  yield* Effect.addFinalizer(() => kill)
  const context = yield* Layer.buildWithScope(layer(lan, { ...options, peerId }), scope)
  return {
    peerId,
    run: (effect) => Effect.provide(effect, context),
    kill,
    stop: Effect.zipRight(Effect.provide(Effect.flatMap(GameServer, (server) => server.retire), context), close)
  }
})
