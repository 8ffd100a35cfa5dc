/**
 * A cluster of real node processes with one bot each, on loopback addresses of its own, or elsewhere.
 */
import { FileSystem } from "@effect/platform"
import { Effect, ExecutionStrategy, Exit, Random, Scope } from "effect"
import type { Status } from "../../protocol/Status.ts"
import * as NodeProcess from "./NodeProcess.ts"

export interface BenchCluster {
  readonly cluster: string
  readonly discoveryPort: number
  readonly ground: NodeProcess.Ground
  readonly nodes: () => ReadonlyArray<NodeProcess.NodeProcess>
  /** All nodes' statuses, in their order; null for those that do not answer. */
  readonly look: Effect.Effect<ReadonlyArray<Status | null>>
  /** Waits until everybody sees everybody, follows the highest node, and all bots play. */
  readonly settle: Effect.Effect<ReadonlyArray<Status>, NodeProcess.BenchError>
  /** Ends a node, if it is still there, and starts a fresh one in its place. */
  readonly replace: (node: NodeProcess.NodeProcess) => Effect.Effect<void, NodeProcess.BenchError>
}

/** Two at a time: the start of a node is heavy, and the machine small. */
const startsAtOnce = 2
const settleTimeoutMs = 60_000
const settleEveryMs = 150

/** On this machine's loopback, at addresses that no other bench has. */
const loopback: Effect.Effect<NodeProcess.Ground> = Effect.map(Random.nextIntBetween(1, 250), (subnet) => ({
  address: (index) => `127.${subnet}.0.${index + 1}`,
  runner: () => [],
  read: () => undefined
}))

export interface ClusterOptions {
  /** What its nodes are for. Default: they play Gather, with a bot each. */
  readonly command?: ReadonlyArray<string>
  /** Whether all is at rest. Default: the highest hosts, and all bots play. */
  readonly isSettled?: (all: ReadonlyArray<Status>) => boolean
  /** Whether any node may host when all is at rest. Default: no, the highest. */
  readonly anyHost?: boolean
  /** A node younger than this still has to do with its start, in milliseconds. Default: 4,000. */
  readonly startedMs?: number
  readonly ground?: NodeProcess.Ground
  /** More environment for all of them. */
  readonly env?: Readonly<Record<string, string>>
  /** More arguments for the node with this index, and for whoever takes its place. */
  readonly more?: (index: number, directory: string) => ReadonlyArray<string>
}

/** `count` nodes, there as long as the scope is open. */
export const make = Effect.fnUntraced(function*(count: number, options: ClusterOptions = {}) {
  const files = yield* FileSystem.FileSystem
  const directory = yield* Effect.orDie(files.makeTempDirectoryScoped({ prefix: "hostless-bench-" }))
  const discoveryPort = yield* Random.nextIntBetween(20_000, 60_000)
  const cluster = `bench-${discoveryPort}`
  const ground = options.ground ?? (yield* loopback)
  const all = yield* Effect.scope
  const scopes = new WeakMap<NodeProcess.NodeProcess, Scope.CloseableScope>()
  let logs = 0

  const start = Effect.fnUntraced(function*(index: number) {
    const scope = yield* Scope.fork(all, ExecutionStrategy.sequential)
    const node = yield* Scope.extend(
      NodeProcess.start({
        index,
        ground,
        cluster,
        discoveryPort,
        command: options.command,
        env: options.env,
        botLog: `${directory}/bot-${logs++}.jsonl`,
        more: options.more?.(index, directory) ?? []
      }),
      scope
    )
    scopes.set(node, scope)
    return node
  })
  let nodes: ReadonlyArray<NodeProcess.NodeProcess> = yield* Effect.forEach(
    Array.from({ length: count }, (_, i) => i),
    start,
    { concurrency: startsAtOnce }
  )

  const look = Effect.suspend(() => NodeProcess.statuses(nodes))
  return {
    nodes: () => nodes,
    look,
    discoveryPort,
    cluster,
    ground,
    settle: NodeProcess.until(Effect.map(look, settledAs(options)), "the cluster to settle", {
      everyMs: settleEveryMs,
      timeoutMs: settleTimeoutMs
    }),
    replace: (node) =>
      Effect.gen(function*() {
        yield* Scope.close(scopes.get(node)!, Exit.void)
        const fresh = yield* start(node.index)
        nodes = nodes.map((one) => one === node ? fresh : one)
      })
  } satisfies BenchCluster as BenchCluster
})

/** All statuses, if the cluster is at rest: one host, the highest unless any will do, followed by all, none just started. */
const settledAs = ({ anyHost = false, isSettled = everyBotPlays, startedMs = 4_000 }: ClusterOptions) =>
(
  all: ReadonlyArray<Status | null>
) => {
  const known = all.filter((status) => status !== null)
  if (known.length < all.length) return null
  const host = anyHost ? known[0]!.host : known.map((status) => status.peerId).sort().at(-1)
  const rests = known.some((status) => status.role === "host") &&
    known.every((status) =>
      status.host === host && status.epoch === known[0]!.epoch && status.uptimeMs >= startedMs
      && status.peers.filter((peer) => peer.state === "up").length === all.length - 1
    )
  return rests && isSettled(known) ? known : null
}

export const everyBotPlays = (all: ReadonlyArray<Status>): boolean =>
  all.every((status) => status.players.filter((player) => !player.away).length === all.length)
