/** What `Discovery` promises, as one suite that runs over every carrier. */
import { Context, Effect, ExecutionStrategy, Exit, Layer, Scope, Stream } from "effect"
import { strict as assert } from "node:assert"
import type * as DiscoveryCore from "../layers/discovery/DiscoveryCore.ts"
import * as NodeIdentityFixed from "../layers/identity/NodeIdentityFixed.ts"
import type { Announcement } from "../protocol/Discovery.ts"
import type { PeerId } from "../protocol/Ids.ts"
import { Application } from "../services/Application.ts"
import { ClusterConfig } from "../services/ClusterConfig.ts"
import { Discovery, type DiscoveryService } from "../services/Discovery.ts"
import type { Describe } from "./LinkMessages.ts"
import { idOf } from "./LinkNodes.ts"
import type { Runner } from "./PeerLinksSuite.ts"

/** Discovery of a new node. */
export type DiscoveryLayer<E> = () => Layer.Layer<Discovery, E, DiscoveryCore.Needs>

interface Heard {
  readonly service: DiscoveryService
  readonly stop: Effect.Effect<void>
}

const place = (n: number) => ({ address: "127.0.0.1", port: 40_000 + n })

/** A node that announces itself until it stops. */
const node = <E>(layer: DiscoveryLayer<E>, n: number, cluster = "test"): Effect.Effect<Heard, never, Scope.Scope> =>
  Effect.gen(function*() {
    const scope = yield* Scope.fork(yield* Effect.scope, ExecutionStrategy.sequential)
    const context = yield* Layer.buildWithScope(
      Layer.provide(
        Layer.orDie(layer()),
        Layer.mergeAll(
          NodeIdentityFixed.layer({ peerId: idOf(n), incarnation: 0 }),
          ClusterConfig.layer({ cluster, announceEveryMs: 200 }),
          Application.layer({ name: "none", version: 1 })
        )
      ),
      scope
    )
    const service = Context.get(context, Discovery)
    yield* Effect.orDie(Scope.extend(service.announce(place(n)), scope))
    return { service, stop: Scope.close(scope, Exit.void) }
  })

const hears = ({ service }: Heard, peerId: PeerId, bye = false): Effect.Effect<Announcement> =>
  Stream.filter(service.announcements, (heard) => heard.peerId === peerId && (heard.kind === "bye") === bye).pipe(
    Stream.runHead,
    Effect.flatten,
    Effect.orDieWith(() => new Error("announcements ended"))
  )

export const discoverySuite = <E>(name: string, layer: DiscoveryLayer<E>, it: Runner, describe: Describe): void => {
  describe(`discovery over ${name}`, () => {
    it("hears of nodes that were there before, and that come later, with their places", () =>
      Effect.gen(function*() {
        const first = yield* node(layer, 1)
        const second = yield* node(layer, 2)
        const [one, two] = [yield* hears(second, idOf(1)), yield* hears(first, idOf(2))]
        assert.deepStrictEqual({ address: one.address, port: one.port }, place(1))
        assert.deepStrictEqual({ address: two.address, port: two.port }, place(2))
        assert.strictEqual(yield* first.service.rejected, 0)
      }))

    it("hears who leaves", () =>
      Effect.gen(function*() {
        const [first, second] = [yield* node(layer, 1), yield* node(layer, 2)]
        yield* hears(first, idOf(2))
        const bye = yield* Effect.fork(hears(first, idOf(2), true))
        yield* Effect.yieldNow()
        yield* second.stop
        assert.strictEqual((yield* bye.await)._tag, "Success")
      }))

    it("hears neither itself nor other clusters, and counts those", () =>
      Effect.gen(function*() {
        const first = yield* node(layer, 1)
        yield* node(layer, 2, "another")
        const third = yield* node(layer, 3)
        const next = yield* Stream.runHead(first.service.announcements)
        assert.strictEqual(next._tag === "Some" && next.value.peerId === idOf(3), true)
        yield* hears(third, idOf(1))
        const others = yield* Effect.repeat(first.service.otherGames, { until: (games) => games.length > 0 })
        assert.deepStrictEqual(others, [{ cluster: "another", game: "none", nodes: 1 }])
      }))
  })
}
