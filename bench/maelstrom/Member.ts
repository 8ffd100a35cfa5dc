/** What a node is made of as soon as it knows its name: links over the workbench's network, a Raft log, a store. */
import { Context, Effect, Layer, Stream } from "effect"
import * as NodeIdentityFixed from "../../src/layers/identity/NodeIdentityFixed.ts"
import * as MessageQueuesBounded from "../../src/layers/queues/MessageQueuesBounded.ts"
import * as KeyValueRaft from "../../src/layers/raft/KeyValueRaft.ts"
import * as RaftStorageMemory from "../../src/layers/raft/RaftStorageMemory.ts"
import { KeyValue } from "../../src/services/KeyValue.ts"
import { RaftLog } from "../../src/services/RaftLog.ts"
import { MaelstromNetwork, type MaelstromNetworkService } from "./MaelstromNetwork.ts"
import * as PeerLinksMaelstrom from "./PeerLinksMaelstrom.ts"
import { peerIdOf } from "./PeerNames.ts"

export interface Options {
  /** The Raft log's tick: a follower waits ten to twenty of them for its leader. */
  readonly tickMs: number
  /** How long a request waits for its answer. */
  readonly timeoutMs: number
}

/**
 * - `tickMs`: an election takes two round trips, so latencies of some 100 ms leave time for one.
 * - `timeoutMs`: the workbench's clients wait for a second, and an answer tells them more than none.
 */
export const defaults: Options = { tickMs: 50, timeoutMs: 900 }

/** What is neither answered nor declined for so long is sent again: the network may lose it. In ticks. */
const resendTicks = 10

/**
 * The store as this node has it, for as long as the scope is open. What it holds is in memory only: a node that is
 * started anew must be another one.
 */
export const start = Effect.fnUntraced(function*(network: MaelstromNetworkService, { tickMs, timeoutMs }: Options) {
  const voters = network.nodes.map(peerIdOf)
  const names = new Map(network.nodes.map((name) => [peerIdOf(name), name]))
  const context = yield* Layer.build(
    KeyValueRaft.layer({ voters, tickMs, timeoutTicks: Math.ceil(timeoutMs / tickMs), resendTicks }).pipe(
      Layer.provide(PeerLinksMaelstrom.layer),
      Layer.provide(Layer.mergeAll(
        MessageQueuesBounded.layer,
        NodeIdentityFixed.layer({ peerId: peerIdOf(network.self), name: network.self }),
        RaftStorageMemory.layer,
        Layer.succeed(MaelstromNetwork, network)
      ))
    )
  )
  yield* Effect.forkScoped(Stream.runForEach(
    Context.get(context, RaftLog).changes,
    ({ leader, term }) =>
      Effect.logInfo("leadership", { term, leader: leader === null ? "none" : names.get(leader) ?? leader })
  ))
  return Context.get(context, KeyValue)
})
