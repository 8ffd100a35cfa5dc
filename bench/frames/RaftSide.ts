/** The Raft node of the experiment: over TCP, its log in memory. */
import { Context, Effect, FiberSet, Layer, Stream } from "effect"
import * as DiscoveryStatic from "../../src/layers/discovery/DiscoveryStatic.ts"
import * as BeatChannelNone from "../../src/layers/health/BeatChannelNone.ts"
import * as NodeIdentityFixed from "../../src/layers/identity/NodeIdentityFixed.ts"
import * as PeerLinksTcp from "../../src/layers/links/PeerLinksTcp.ts"
import * as MessageQueuesBounded from "../../src/layers/queues/MessageQueuesBounded.ts"
import * as RaftLogLinks from "../../src/layers/raft/RaftLogLinks.ts"
import * as RaftStorageMemory from "../../src/layers/raft/RaftStorageMemory.ts"
import { PeerId } from "../../src/protocol/Ids.ts"
import { Application } from "../../src/services/Application.ts"
import { ClusterConfig } from "../../src/services/ClusterConfig.ts"
import { RaftLog } from "../../src/services/RaftLog.ts"
import { StateMachine, type StateMachineService } from "../../src/services/StateMachine.ts"
import type { Answered, Setup } from "./Protocol.ts"

const idOf = (n: number): PeerId => PeerId.make(`0000000${n}-0000-4000-8000-000000000000`)

/** Milliseconds since the epoch, with fractions. */
export const nowMs = (): number => performance.timeOrigin + performance.now()

/** Counts what it applies. */
const counting = (): StateMachineService => {
  const count = new DataView(new ArrayBuffer(8))
  return {
    apply: () => {
      count.setUint32(0, count.getUint32(0) + 1)
      return new Uint8Array(count.buffer.slice(0, 4))
    },
    snapshot: () => new Uint8Array(count.buffer.slice(0)),
    restore: (snapshot) => count.setUint32(0, new DataView(snapshot.buffer, snapshot.byteOffset).getUint32(0))
  }
}

export interface RaftSide {
  /** Told once: whether the command was committed. */
  readonly propose: (command: Uint8Array, done: (committed: boolean) => void) => void
}

/** Runs with the scope; `heard` is told who leads. */
export const start = Effect.fnUntraced(function*(
  { n, places }: Setup,
  heard: (message: Extract<Answered, { readonly _tag: "leader" }>) => void
) {
  const [address, port] = places[n - 1]!.split(":") as [string, string]
  const voters = places.map((_, i) => idOf(i + 1))
  const context = yield* Layer.build(
    RaftLogLinks.layer({ voters }).pipe(
      Layer.provideMerge(PeerLinksTcp.layer({ address, port: Number(port) })),
      Layer.provideMerge(DiscoveryStatic.layer({ peers: places.filter((_, i) => i !== n - 1) })),
      Layer.provideMerge(Layer.mergeAll(
        BeatChannelNone.layer,
        ClusterConfig.layer({ cluster: "bench" }),
        Application.layer({ name: "bench", version: 1 }),
        MessageQueuesBounded.layer,
        NodeIdentityFixed.layer({ peerId: idOf(n) }),
        RaftStorageMemory.layer,
        StateMachine.layer(counting)
      ))
    )
  )
  const log = Context.get(context, RaftLog)
  const run = yield* FiberSet.makeRuntime<never>()
  yield* Effect.forkScoped(Stream.runForEach(log.changes, ({ leader, term }) =>
    Effect.sync(() => {
      const at = leader === null ? -1 : voters.indexOf(leader)
      heard({ _tag: "leader", leader: at < 0 ? null : at + 1, term, atMs: nowMs() })
    })))
  const side: RaftSide = {
    propose: (command, done) =>
      void run(Effect.match(log.propose(command), { onFailure: () => done(false), onSuccess: () => done(true) }))
  }
  return side
})
