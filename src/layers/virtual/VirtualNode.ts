/**
 * A whole node on a virtual LAN, for tests and simulations: everything that a real node runs, but for sockets and pages.
 * Time passes on the Clock, so that a TestClock governs it.
 */
import { Effect, Exit, Layer, Scope } from "effect"
import type { AnyGame } from "../../games/Game.ts"
import { PeerId } from "../../protocol/Ids.ts"
import type { Reign } from "../../protocol/Reign.ts"
import { ClusterConfig, type ClusterSettings } from "../../services/ClusterConfig.ts"
import { CurrentGame } from "../../services/CurrentGame.ts"
import { GameServer } from "../../services/GameServer.ts"
import type { NodeIdentity } from "../../services/NodeIdentity.ts"
import type { RaftGroupStorage } from "../../services/RaftGroupStorage.ts"
import * as Engine from "../engine/Engine.ts"
import * as EngineCommitted from "../engine/EngineCommitted.ts"
import * as RaftGroupStorageMemory from "../group/RaftGroupStorageMemory.ts"
import * as NodeIdentityFixed from "../identity/NodeIdentityFixed.ts"
import * as MessageQueuesBounded from "../queues/MessageQueuesBounded.ts"
import * as ClientGatewayUdp from "../screens/ClientGatewayUdp.ts"
import * as ScreensServed from "../screens/ScreensServed.ts"
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
  /** How the host is elected. Default: `bully`. */
  readonly election?: Engine.ElectionBy
  /** The reign that this node had accepted before it starts, as if it had been kept. */
  readonly acceptedBefore?: Reign
  /** For a committed game: what the node keeps of its log. Default: nothing that outlives it. */
  readonly disk?: RaftGroupStorageMemory.GroupDisk | undefined
  /** For a committed game: how its log's group behaves. */
  readonly log?: EngineCommitted.Options | undefined
}

/** What every node has. */
interface Basics {
  readonly identity: Layer.Layer<NodeIdentity>
  readonly game: AnyGame
  readonly settings?: Partial<ClusterSettings> | undefined
}

/** All that an engine stands on. */
const groundOf = (lan: VirtualLan, { game, identity, settings }: Basics) =>
  lan.links.pipe(
    Layer.provideMerge(lan.discovery),
    Layer.provideMerge(lan.beats),
    Layer.provideMerge(MessageQueuesBounded.layer),
    Layer.provideMerge(identity),
    Layer.provideMerge(ClusterConfig.layer(settings)),
    Layer.provideMerge(CurrentGame.layer(game))
  )

/** Whoever the node is. Build each node by itself (its own scope): within one build a layer is one node. */
export const layerOf = (
  lan: VirtualLan,
  { election = "bully", groups = RaftGroupStorageMemory.layer, ...basics }: Basics & {
    readonly election?: Engine.ElectionBy | undefined
    /** Where it keeps its Raft group. Default: nowhere. */
    readonly groups?: Layer.Layer<RaftGroupStorage>
  }
) =>
  election === "raft"
    ? Engine.raftLayer.pipe(
      Layer.provide(groups),
      Layer.provideMerge(groundOf(lan, { ...basics, settings: { ...basics.settings, quorum: true, preempt: false } }))
    )
    : Engine.layer.pipe(Layer.provideMerge(groundOf(lan, basics)))

/** The same for a game that folds a committed log. `disk`: what it keeps of that; by default nothing outlives it. */
export const committedLayerOf = (
  lan: VirtualLan,
  { disk, log, ...basics }: Basics & Pick<Options, "disk" | "log">
) =>
  EngineCommitted.layer(log).pipe(
    Layer.provideMerge(groundOf(lan, basics)),
    Layer.provide(disk === undefined ? RaftGroupStorageMemory.layer : RaftGroupStorageMemory.layerOf(disk))
  )

/** The same, which takes thin clients too (`VirtualClients`). */
export const serverLayerOf = (lan: VirtualLan, options: Parameters<typeof layerOf>[1]) =>
  ClientGatewayUdp.layer.pipe(
    Layer.provideMerge(ScreensServed.layer),
    Layer.provideMerge(layerOf(lan, options)),
    Layer.provide(VirtualClients.portLayer(lan)),
    Layer.provide(options.identity)
  )

/** Everything that one offers whose game ticks. */
export type TickServices = Layer.Layer.Success<ReturnType<typeof layerOf>>

/** Everything that a virtual node offers, whatever it plays. */
export type Services = Extract<
  TickServices,
  Layer.Layer.Success<ReturnType<typeof committedLayerOf>>
>

/** A node with this id. Build each by itself, as with `layerOf`. */
export const layer = (
  lan: VirtualLan,
  { acceptedBefore, disk, election, game, log, name, peerId, settings }: Options
): Layer.Layer<Services> => {
  const identity = NodeIdentityFixed.layer({
    peerId,
    ...(name === undefined ? {} : { name }),
    ...(acceptedBefore === undefined ? {} : { acceptedBefore })
  })
  return game.ordering === "committed"
    ? committedLayerOf(lan, { identity, game, settings, disk, log })
    : layerOf(lan, { identity, game, settings, election })
}

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
