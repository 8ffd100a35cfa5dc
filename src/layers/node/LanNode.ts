/** A whole node on a LAN: what `hostless play` starts, for programs that play a game of their own. */
import { Effect, Layer } from "effect"
import { join } from "node:path"
import type { AnyGame } from "../../games/Game.ts"
import { ClusterConfig } from "../../services/ClusterConfig.ts"
import { CurrentGame } from "../../services/CurrentGame.ts"
import { GameServer } from "../../services/GameServer.ts"
import type { RaftStorageError } from "../../services/RaftStorage.ts"
import * as Engine from "../engine/Engine.ts"
import * as EngineCommitted from "../engine/EngineCommitted.ts"
import * as RaftGroupStorageKept from "../group/RaftGroupStorageKept.ts"
import * as RaftGroupStorageMemory from "../group/RaftGroupStorageMemory.ts"
import * as NodeIdentityFresh from "../identity/NodeIdentityFresh.ts"
import * as NodeIdentityKept from "../identity/NodeIdentityKept.ts"
import * as ClientGatewayUdp from "../screens/ClientGatewayUdp.ts"
import * as PageServerHttp from "../screens/PageServerHttp.ts"
import * as ScreensServed from "../screens/ScreensServed.ts"
import * as WebGatewayHttp from "../screens/WebGatewayHttp.ts"
import * as NodeTransport from "./NodeTransport.ts"
import * as Rehearsal from "./Rehearsal.ts"

export interface Options extends NodeTransport.Options {
  readonly game: AnyGame
  /** What others call this node. Default: the machine's name. */
  readonly name?: string | undefined
  /** Nodes with the same cluster name and game play together. Default: `lan`. */
  readonly cluster?: string | undefined
  /** The page's port. Default: the first free one from 8080; 0: any. */
  readonly httpPort?: number | undefined
  /** Keeps the node's id and accepted reign, and a committed game's log. Default: all are new with each start. */
  readonly dataDir?: string | undefined
  /** Whether other machines may open the page. Default: no. */
  readonly share?: boolean | undefined
  /** Whether this node takes over from a host with a lower id. Default: yes. */
  readonly preempt?: boolean | undefined
  /** Whether a host needs a majority of the last reign's members; the same for all nodes. Default: no. */
  readonly quorum?: boolean | undefined
  /**
   * How the host is elected, the same for all nodes; `raft` implies `quorum`, and that hosts stay. Default: `bully`; a
   * committed game is always played by Raft.
   */
  readonly election?: Engine.ElectionBy | undefined
  /** The file of the game's own scene module for the page (web/Scene). */
  readonly scene?: string | undefined
}

/** Before anything else of the node ends. */
const handOverAtEnd = Layer.scopedDiscard(
  Effect.flatMap(GameServer, (server) => Effect.addFinalizer(() => server.retire))
)

/** A node that takes over is to have rehearsed it, and to have tidied up after that. */
const preemptAfterMs = 3_000

/** Whether a Raft log says who hosts: always where it is the rooms' own log. */
const byRaft = ({ election, game }: Options): boolean => election === "raft" || game.ordering === "committed"

type EngineServices = Extract<
  Layer.Layer.Success<typeof Engine.layer>,
  Layer.Layer.Success<ReturnType<typeof EngineCommitted.layer>>
>

/**
 * How a committed game's log runs. The end of a leader's process is seen by its links, so patience with a silent one costs
 * little: it may only be held up by the page of whoever plays at its machine.
 */
const committedLog: EngineCommitted.Options = { raft: { tickMs: 30, snapshotEvery: 1_024 } }

/** A committed game's log is all that there is of it. One that says no more than who hosts need not be kept. */
const groupOf = ({ dataDir, game }: Options) =>
  dataDir === undefined || game.ordering !== "committed"
    ? RaftGroupStorageMemory.layer
    : RaftGroupStorageKept.layer({ directory: join(dataDir, "raft") })

const engineOf = (
  options: Options
): Layer.Layer<EngineServices, RaftStorageError, Layer.Layer.Context<typeof Engine.layer>> =>
  options.game.ordering === "committed"
    ? EngineCommitted.layer(committedLog).pipe(Layer.provide(groupOf(options)))
    : byRaft(options)
    ? Engine.raftLayer.pipe(Layer.provide(groupOf(options)))
    : Engine.layer

/** Of a change of host by which all of a game's ticks are held up. */
const rehearsalOf = ({ game }: Options) => game.ordering === "committed" ? Layer.empty : Rehearsal.layer

/** Who the node is and what it plays. */
const selfOf = (options: Options) =>
  Layer.mergeAll(
    ClusterConfig.layer({
      preemptAfterMs,
      cluster: options.cluster ?? ClusterConfig.defaults.cluster,
      preempt: !byRaft(options) && (options.preempt ?? ClusterConfig.defaults.preempt),
      quorum: byRaft(options) || (options.quorum ?? ClusterConfig.defaults.quorum)
    }),
    CurrentGame.layer(options.game),
    options.dataDir === undefined
      ? NodeIdentityFresh.layer({ name: options.name })
      : NodeIdentityKept.layer({ directory: options.dataDir, name: options.name })
  )

const pageOf = ({ address, httpPort, scene, share }: Options) =>
  PageServerHttp.layer({ port: httpPort, address, share, scene })

/** All of a node but who it is, and where it takes thin clients, if it does: then its gateways are two. */
const nodeOf = <A, R>(options: Options, gateways: Layer.Layer<A, never, R>, servesClients: boolean) =>
  handOverAtEnd.pipe(
    Layer.merge(rehearsalOf(options)),
    Layer.provideMerge(gateways),
    Layer.provideMerge(ScreensServed.layer),
    Layer.provideMerge(engineOf(options)),
    Layer.provideMerge(NodeTransport.layer(options, servesClients)),
    Layer.provideMerge(pageOf(options))
  )

/**
 * Everything that a node offers, from its links to its page. When its scope closes and it hosts, it hands over first. Its
 * errors say in `detail` what to do.
 */
export const layer = (options: Options) =>
  Layer.provideMerge(nodeOf(options, WebGatewayHttp.layer, false), selfOf(options))

export interface ServerOptions extends Options {
  /** The UDP port that thin clients are taken on. Default: 50020, or any where that is taken; 0: any. */
  readonly clientPort?: number | undefined
}

/** The same, which takes thin clients too: players then need not be nodes. */
export const serverLayer = (options: ServerOptions) =>
  nodeOf(options, Layer.merge(WebGatewayHttp.layer, ClientGatewayUdp.layer), true).pipe(
    Layer.provideMerge(ClientGatewayUdp.endpointLayer({ address: options.address, port: options.clientPort })),
    Layer.provideMerge(selfOf(options))
  )
