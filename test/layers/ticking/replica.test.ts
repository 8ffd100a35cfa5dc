/** A replica whose election goes on while it is at work. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option, Stream } from "effect"
import * as NodeIdentityFixed from "../../../src/layers/identity/NodeIdentityFixed.ts"
import * as MessageQueuesBounded from "../../../src/layers/queues/MessageQueuesBounded.ts"
import * as ReplicaFolding from "../../../src/layers/ticking/ReplicaFolding.ts"
import type { RoomId, Seq } from "../../../src/protocol/Ids.ts"
import { ref, type Reign } from "../../../src/protocol/Reign.ts"
import { CurrentGame } from "../../../src/services/CurrentGame.ts"
import { Election, type ElectionService, type Standing } from "../../../src/services/Election.ts"
import { MessageQueues } from "../../../src/services/MessageQueues.ts"
import { type Links, PeerLinks } from "../../../src/services/PeerLinks.ts"
import { Replica } from "../../../src/services/Replica.ts"
import { tallyOf } from "../../cluster/tally.ts"
import { peer } from "../screens/memoryGame.ts"

const main = "main" as RoomId
const host = peer(3)
const reignOf = (epoch: number): Reign => {
  const reign = { epoch: epoch as Reign["epoch"], host }
  return { ...reign, members: [peer(1), host], root: reign }
}
const standingIn = (epoch: number): Standing => ({
  role: "peer",
  reign: reignOf(epoch),
  claim: null,
  cause: "crash",
  over: []
})

describe("a replica", () => {
  for (
    const [isOver, what] of [[false, "lets screens see what its host does"], [
      true,
      "lets them see nothing more"
    ]] as const
  ) {
    it.scoped(`${what}${isOver ? " under a reign that is over by the time it has folded" : ""}`, () =>
      Effect.gen(function*() {
        const election = {
          standing: Effect.succeed(standingIn(5)),
          now: () => standingIn(isOver ? 6 : 5),
          watch: () => Effect.void,
          weigh: () => Effect.void
        } as Partial<ElectionService> as ElectionService
        const links = { send: () => Effect.succeed(true) } as Partial<Links> as Links
        const context = yield* Layer.build(
          ReplicaFolding.layer.pipe(
            Layer.provideMerge(Layer.mergeAll(
              Layer.succeed(Election, election),
              Layer.succeed(PeerLinks, links),
              MessageQueuesBounded.layer,
              NodeIdentityFixed.layer({ peerId: peer(1) }),
              CurrentGame.layer(tallyOf())
            ))
          )
        )
        yield* Effect.provide(
          Effect.gen(function*() {
            const queues = yield* MessageQueues
            const replica = yield* Replica
            queues.offer("replication", {
              from: host,
              message: {
                _tag: "events",
                reign: ref(reignOf(5)),
                logs: [{
                  room: main,
                  after: null,
                  events: [{ _tag: "opened", seq: 1 as Seq, room: main, seed: 1 }, {
                    _tag: "tick",
                    seq: 2 as Seq,
                    inputs: []
                  }],
                  shown: 2 as Seq,
                  digest: null
                }]
              }
            })
            for (let i = 0; i < 20; i++) yield* Effect.yieldNow()
            assert.strictEqual((yield* replica.state(main))?.seq, 2 as Seq)
            const shown = yield* Stream.runHead(Stream.interruptWhen(replica.shown(main), Effect.yieldNow()))
            assert.strictEqual(Option.isSome(shown), !isOver)
          }),
          context
        )
      }))
  }
})
