/** Nodes of a Raft log in this one process, whose logs are in memory. */
import { Context, Effect, Layer, type Scope } from "effect"
import * as NodeIdentityFixed from "../../src/layers/identity/NodeIdentityFixed.ts"
import * as MessageQueuesBounded from "../../src/layers/queues/MessageQueuesBounded.ts"
import * as RaftLogLinks from "../../src/layers/raft/RaftLogLinks.ts"
import * as RaftStorageMemory from "../../src/layers/raft/RaftStorageMemory.ts"
import { BenchError, until } from "../../src/programs/bench/NodeProcess.ts"
import { RaftLog } from "../../src/services/RaftLog.ts"
import { StateMachine } from "../../src/services/StateMachine.ts"
import { Counting } from "./Counting.ts"
import { Hub } from "./InProcessLinks.ts"
import type { Propose } from "./Load.ts"
import { idOf } from "./Members.ts"

/** What proposes at the node that leads. Runs with the scope. */
export const start = Effect.fnUntraced(function*(
  many: number
): Effect.fn.Return<Propose, BenchError, Scope.Scope> {
  const voters = Array.from({ length: many }, (_, i) => idOf(i + 1))
  const hub = new Hub(voters)
  const logs = yield* Effect.forEach(voters, (peerId) =>
    Effect.map(
      Layer.build(
        Layer.fresh(RaftLogLinks.layer({ voters })).pipe(
          Layer.provide(Layer.fresh(hub.layer)),
          Layer.provide(Layer.fresh(Layer.mergeAll(
            MessageQueuesBounded.layer,
            NodeIdentityFixed.layer({ peerId }),
            RaftStorageMemory.layer,
            StateMachine.layer(() => new Counting())
          )))
        )
      ),
      (context) => [peerId, Context.get(context, RaftLog)] as const
    ).pipe(Effect.mapError(({ detail }) => new BenchError({ detail }))))
  const followed = Effect.map(
    Effect.forEach(logs, ([, log]) => log.leader),
    ([first = null, ...others]) => others.every((one) => one === first) ? first : null
  )
  const leader = yield* until(followed, "the nodes to elect one", { everyMs: 20 })
  const log = new Map(logs).get(leader)!
  const propose: Propose = (command) =>
    Effect.mapError(Effect.asVoid(log.propose(command)), ({ detail }) => new BenchError({ detail }))
  return propose
})
