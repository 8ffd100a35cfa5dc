/** A node that keeps what it accepts says nothing of it before it is kept. */
import { Context, Effect, Layer } from "effect"
import { assert, describe } from "vitest"
import * as NodeIdentityFixed from "../../src/layers/identity/NodeIdentityFixed.ts"
import * as VirtualLan from "../../src/layers/virtual/VirtualLan.ts"
import * as VirtualNode from "../../src/layers/virtual/VirtualNode.ts"
import type { Epoch } from "../../src/protocol/Ids.ts"
import { ref, type Reign } from "../../src/protocol/Reign.ts"
import { Election } from "../../src/services/Election.ts"
import { NodeIdentity } from "../../src/services/NodeIdentity.ts"
import { inTime } from "./checks.ts"
import { advance, idOf } from "./cluster.ts"
import * as Puppet from "./puppet.ts"
import { tallyOf } from "./tally.ts"

/** Node 2, whose disk syncs while its latch is open. */
const node = Effect.gen(function*() {
  const lan = yield* VirtualLan.make({ latencyMs: 1 })
  const disk = yield* Effect.makeLatch(true)
  const kept: Array<Reign> = []
  const identity = Layer.map(NodeIdentityFixed.layer({ peerId: idOf(2) }), (context) =>
    Context.make(NodeIdentity, {
      ...Context.get(context, NodeIdentity),
      accept: (reign) => Effect.zipRight(disk.await, Effect.sync(() => void kept.push(reign)))
    }))
  const context = yield* Layer.build(VirtualNode.layerOf(lan, { identity, game: tallyOf() }))
  return { lan, disk, kept, election: Context.get(context, Election) }
})

describe("a reign", () => {
  inTime("of its own is neither hosted under nor told to anybody before it is kept", () =>
    Effect.gen(function*() {
      const { disk, election, kept, lan } = yield* node
      yield* disk.close
      const puppet = yield* Puppet.make(lan, 1)
      yield* advance(2_000)
      const [claim] = Puppet.ofKind(puppet.heard.bully, "coordinator")
      yield* puppet.say(2, "bully", { _tag: "accepted", reign: ref(claim!.reign) })
      yield* advance(500)
      assert.notStrictEqual(election.now().role, "host")
      assert.isNull(election.now().reign)
      // That it claims it, it has said; that it reigns, it has not: what its claim follows on was nothing.
      for (const { after } of Puppet.ofKind(puppet.heard.bully, "coordinator")) assert.isNull(after)
      assert.isEmpty(kept)
      yield* disk.open
      yield* advance(100)
      assert.strictEqual(election.now().role, "host")
      assert.deepStrictEqual(kept.map(ref), [ref(election.now().reign!)])
    }))

  inTime("of another is not followed, nor its host told so, before it is kept", () =>
    Effect.gen(function*() {
      const { disk, election, kept, lan } = yield* node
      const puppet = yield* Puppet.make(lan, 3)
      yield* advance(200)
      yield* disk.close
      const claim = { epoch: 9 as Epoch, host: puppet.peerId }
      const reign: Reign = { ...claim, members: [idOf(2), puppet.peerId], root: claim }
      yield* puppet.say(2, "bully", { _tag: "coordinator", reign, cause: "start", over: [], after: null })
      yield* advance(100)
      assert.isNull(election.now().reign)
      assert.isEmpty(Puppet.ofKind(puppet.heard.bully, "accepted"))
      yield* disk.open
      yield* advance(10)
      assert.deepStrictEqual(ref(election.now().reign!), claim)
      assert.deepStrictEqual(Puppet.ofKind(puppet.heard.bully, "accepted").map(({ reign }) => reign), [claim])
      assert.lengthOf(kept, 1)
    }))
})
