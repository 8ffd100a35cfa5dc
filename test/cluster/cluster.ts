/** Clusters of whole nodes in one process, on a virtual LAN, in the time of a TestClock. */
import { Chunk, Context, Effect, Exit, Fiber, Layer, Scope, Stream, TestClock } from "effect"
import * as Room from "../../src/core/Room.ts"
import type { AnyGame } from "../../src/games/Game.ts"
import { Gather } from "../../src/games/Gather.ts"
import * as BotsPlaying from "../../src/layers/BotsPlaying.ts"
import { mainRoom } from "../../src/layers/GameServerSequencing.ts"
import * as VirtualLan from "../../src/layers/VirtualLan.ts"
import * as VirtualNode from "../../src/layers/VirtualNode.ts"
import { PeerId } from "../../src/protocol/Ids.ts"
import type { ClusterSettings } from "../../src/services/ClusterConfig.ts"
import { GameClient, type Notice, type ShownView } from "../../src/services/GameClient.ts"
import { GameServer } from "../../src/services/GameServer.ts"
import { NodeStatus } from "../../src/services/NodeStatus.ts"
import { Replica } from "../../src/services/Replica.ts"

type Services = Layer.Layer.Success<ReturnType<typeof VirtualNode.layer>>

export interface TestNode {
  readonly peerId: PeerId
  readonly context: Context.Context<Services>
  readonly scope: Scope.CloseableScope
  /** What its main room's screens were shown, in order. */
  readonly views: Array<ShownView>
  readonly notices: Array<Notice>
}

export const idOf = (n: number): PeerId => PeerId.make(`${n}`.repeat(8) + "-0000-4000-8000-000000000000")

/** Slower beats than by default: a TestClock stops at each. */
const testSettings: Partial<ClusterSettings> = { beatEveryMs: 50 }

/** TestClock goes in steps: timers set by what one step woke are due in the next ones. */
export const advance = (ms: number) => Effect.suspend(() => TestClock.adjust(ms))

export const makeCluster = (options: { readonly game?: AnyGame; readonly settings?: Partial<ClusterSettings> } = {}) =>
  Effect.gen(function*() {
    const lan = yield* VirtualLan.make()
    const nodes = new Map<PeerId, TestNode>()

    const start = (n: number, bots = 0) =>
      Effect.gen(function*() {
        const scope = yield* Scope.make()
        const peerId = idOf(n)
        const context = yield* Layer.buildWithScope(
          VirtualNode.layer(lan, {
            peerId,
            name: `node ${n}`,
            game: options.game ?? Gather,
            settings: { ...testSettings, ...options.settings }
          }),
          scope
        )
        const node: TestNode = { peerId, context, scope, views: [], notices: [] }
        const client = Context.get(context, GameClient)
        const watch = Stream.runForEach(client.watch(mainRoom), (view) => Effect.sync(() => void node.views.push(view)))
        const listen = Stream.runForEach(client.notices, (notice) => Effect.sync(() => void node.notices.push(notice)))
        yield* Effect.forkIn(Effect.provide(watch, context), scope)
        yield* Effect.forkIn(listen, scope)
        for (let i = 0; i < bots; i++) {
          yield* Effect.forkIn(
            Effect.provide(
              BotsPlaying.play({ room: mainRoom, profile: { name: `bot ${n}`, color: "#123456" } }),
              context
            ),
            scope
          )
        }
        nodes.set(peerId, node)
        return node
      })

    const end = (node: TestNode) =>
      Effect.suspend(() => {
        nodes.delete(node.peerId)
        return Scope.close(node.scope, Exit.void)
      })
    yield* Effect.addFinalizer(() => Effect.forEach([...nodes.values()], end, { discard: true }))

    return {
      lan,
      start,
      live: () => [...nodes.values()],
      /** The process dies at once. */
      kill: (node: TestNode) =>
        Effect.gen(function*() {
          yield* lan.crash(node.peerId)
          nodes.delete(node.peerId)
          yield* Effect.forkDaemon(Scope.close(node.scope, Exit.void))
        }),
      /** Hands over and stops, as SIGTERM does. */
      quit: (node: TestNode) =>
        Effect.gen(function*() {
          const server = Context.get(node.context, GameServer)
          const retiring = yield* Effect.fork(Effect.zipRight(server.retire, end(node)))
          yield* advance(100)
          yield* Fiber.join(retiring)
        })
    }
  })

export const statusOf = (node: TestNode) => Context.get(node.context, NodeStatus).status
export const statesOf = (node: TestNode) => Context.get(node.context, Replica).rooms
export const mainOf = (node: TestNode) =>
  Effect.map(Context.get(node.context, Replica).state(mainRoom), (state) => {
    if (state === null) throw new Error("no main room")
    return state
  })

/** The one host that all these nodes agree on, or null. */
export const agreedHost = (nodes: ReadonlyArray<TestNode>) =>
  Effect.map(Effect.forEach(nodes, statusOf), (all) => {
    const [first] = all
    const agreed = all.every((status) => status.host === first!.host && status.epoch === first!.epoch)
      && all.filter((status) => status.role === "host").length === 1
    return agreed ? first!.host : null
  })

/** Hashes of the main room at nodes that stand at the same event; only those can be compared. */
export const hashes = (nodes: ReadonlyArray<TestNode>) =>
  Effect.map(Effect.forEach(nodes, mainOf), (all) => new Map(all.map((state) => [state.seq, Room.hash(state)])))

/** Whether a screen's views ever went back in clock. */
export const wentBack = (views: ReadonlyArray<ShownView>): boolean =>
  views.some((view, i) => i > 0 && view.view.clock < views[i - 1]!.view.clock)

export const collect = <A>(stream: Stream.Stream<A>, count: number) =>
  Effect.map(Stream.runCollect(Stream.take(stream, count)), Chunk.toReadonlyArray)
