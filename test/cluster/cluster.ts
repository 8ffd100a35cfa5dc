/** Clusters of whole nodes in one process, on a virtual LAN, in virtual time. */
import { Context, Effect, Exit, Fiber, Layer, Scope, Stream, Supervisor } from "effect"
import { chainInput } from "../../src/core/InputLedger.ts"
import * as Room from "../../src/core/Room.ts"
import type { AnyGame } from "../../src/games/Game.ts"
import * as BotsPlaying from "../../src/layers/clients/BotsPlaying.ts"
import type { ElectionBy } from "../../src/layers/engine/Engine.ts"
import type { GroupDisk } from "../../src/layers/group/RaftGroupStorageMemory.ts"
import * as VirtualLan from "../../src/layers/virtual/VirtualLan.ts"
import * as VirtualNode from "../../src/layers/virtual/VirtualNode.ts"
import { mainRoom, PeerId, type RoomId } from "../../src/protocol/Ids.ts"
import type { Reign } from "../../src/protocol/Reign.ts"
import type { Lost } from "../../src/protocol/Session.ts"
import type { ClusterSettings } from "../../src/services/ClusterConfig.ts"
import { Election, type Standing } from "../../src/services/Election.ts"
import { GameClient, type Notice, type ShownView } from "../../src/services/GameClient.ts"
import { GameServer } from "../../src/services/GameServer.ts"
import { NodeStatus } from "../../src/services/NodeStatus.ts"
import { Replica } from "../../src/services/Replica.ts"
import type { VirtualProcess } from "../../src/simulation/time/VirtualScheduler.ts"
import * as VirtualTime from "../../src/simulation/time/VirtualTime.ts"
import { tallyOf } from "./tally.ts"

type Services = Layer.Layer.Success<ReturnType<typeof VirtualNode.layer>>

/** What one bot did and saw, in order. */
export type Account = Array<BotsPlaying.BotRecord>

export interface TestNode {
  readonly n: number
  readonly peerId: PeerId
  readonly context: Context.Context<Services>
  readonly scope: Scope.CloseableScope
  readonly process: VirtualProcess
  /** What its main room's screens were shown, in order. */
  readonly views: Array<ShownView>
  readonly notices: Array<Notice>
  readonly standings: Array<Standing>
  readonly accounts: Array<Account>
}

export interface NodeOptions {
  /** How many bots play in the main room. */
  readonly bots?: number
  readonly settings?: Partial<ClusterSettings>
  /** The reign that it had accepted before it starts, as if it had been kept. */
  readonly acceptedBefore?: Reign
  /** What it keeps of a committed game's log. */
  readonly disk?: GroupDisk
}

/** The id of a node, 1 to 15, in their order. */
export const idOf = (n: number): PeerId => PeerId.make(`${n.toString(16).repeat(8)}-0000-4000-8000-000000000000`)

export const advance = (ms: number): Effect.Effect<void> => Effect.sleep(ms)

/** Counts the fibers that run under it. */
class FiberCount extends Supervisor.AbstractSupervisor<number> {
  private readonly running = new Set<object>()
  readonly value = Effect.sync(() => this.running.size)
  override onStart(...[, , , fiber]: Parameters<Supervisor.AbstractSupervisor<number>["onStart"]>): void {
    this.running.add(fiber)
  }
  override onEnd(...[, fiber]: Parameters<Supervisor.AbstractSupervisor<number>["onEnd"]>): void {
    this.running.delete(fiber)
  }
}

export const makeCluster = (
  options: {
    readonly game?: AnyGame
    readonly settings?: Partial<ClusterSettings>
    readonly election?: ElectionBy
    readonly latencyMs?: number
    /** Whether streams go on as late after a cut as TCP's do. */
    readonly backsOff?: boolean
    /** How the groups of committed games behave. */
    readonly log?: VirtualNode.Options["log"]
  } = {}
) =>
  Effect.gen(function*() {
    const lan = yield* VirtualLan.make({ latencyMs: options.latencyMs ?? 1, backsOff: options.backsOff ?? false })
    const nodes = new Map<PeerId, TestNode>()
    const fibers = new FiberCount()
    const game = options.game ?? tallyOf()

    const start = (n: number, { acceptedBefore, bots = 0, disk, settings }: NodeOptions = {}) =>
      Effect.gen(function*() {
        const process = yield* VirtualTime.process
        const scope = yield* Scope.make()
        const peerId = idOf(n)
        const context = yield* Layer.buildWithScope(
          VirtualNode.layer(lan, {
            peerId,
            name: `node ${n}`,
            game,
            election: options.election ?? "bully",
            settings: { ...options.settings, ...settings },
            ...(acceptedBefore === undefined ? {} : { acceptedBefore }),
            disk,
            log: options.log
          }),
          scope
        ).pipe(Effect.withScheduler(process))
        const node: TestNode = {
          n,
          peerId,
          context,
          scope,
          process,
          views: [],
          notices: [],
          standings: [],
          accounts: []
        }
        nodes.set(peerId, node)
        const client = Context.get(context, GameClient)
        const keep = <A>(stream: Stream.Stream<A>, into: Array<A>) =>
          inside(node, Stream.runForEach(stream, (item) => Effect.sync(() => void into.push(item))))
        yield* keep(client.watch(mainRoom), node.views)
        yield* keep(client.notices, node.notices)
        yield* keep(Context.get(context, Election).changes, node.standings)
        for (let i = 0; i < bots; i++) yield* addBot(node)
        return node
      }).pipe(Effect.supervised(fibers))

    /** Runs something at a node, as long as that lives. */
    const inside = <A, E>(node: TestNode, effect: Effect.Effect<A, E, Services>) =>
      Effect.forkIn(Effect.withScheduler(Effect.provide(effect, node.context), node.process), node.scope)

    const addBot = (node: TestNode, room: RoomId = mainRoom) =>
      Effect.gen(function*() {
        const account: Account = []
        node.accounts.push(account)
        const profile = { name: `bot ${node.n}`, color: "#123456" }
        return yield* inside(
          node,
          BotsPlaying.play({ room, profile, record: (entry) => void account.push(entry) })
        )
      }).pipe(Effect.supervised(fibers))

    const end = (node: TestNode) =>
      Effect.suspend(() => {
        nodes.delete(node.peerId)
        node.process.resume()
        return Scope.close(node.scope, Exit.void)
      })
    yield* Effect.addFinalizer(() => Effect.forEach([...nodes.values()], end, { discard: true }))

    return {
      lan,
      start,
      addBot,
      inside,
      /** How many fibers of nodes there are. */
      fibers: fibers.value,
      live: (): ReadonlyArray<TestNode> => [...nodes.values()],
      node: (n: number): TestNode => nodes.get(idOf(n))!,
      /** Starts these nodes, lowest first unless told otherwise, and waits until the highest hosts. */
      startAll: Effect.fnUntraced(function*(ns: ReadonlyArray<number>, each: NodeOptions = {}) {
        for (const n of ns) yield* start(n, each)
        yield* advance(4_000)
      }),
      /** The process dies at once. */
      kill: (node: TestNode) =>
        Effect.gen(function*() {
          yield* lan.crash(node.peerId)
          yield* Effect.forkDaemon(end(node))
        }),
      /** Closes it without a word to anybody: no handover, but its links say goodbye. */
      end,
      /** The process is stopped: it does nothing, and what comes waits. */
      freeze: (node: TestNode) => Effect.sync(() => node.process.pause()),
      thaw: (node: TestNode) => Effect.sync(() => node.process.resume()),
      /** Hands over and stops, as SIGTERM does. */
      quit: (node: TestNode) =>
        Effect.flatMap(
          Effect.fork(Effect.zipRight(Context.get(node.context, GameServer).retire, end(node))),
          Fiber.join
        ),
      /** Cuts all links between two groups, both ways. */
      split: (a: ReadonlyArray<number>, b: ReadonlyArray<number>) =>
        Effect.forEach(a, (from) => Effect.forEach(b, (to) => lan.cut(idOf(from), idOf(to))), { discard: true }),
      rejoin: (a: ReadonlyArray<number>, b: ReadonlyArray<number>) =>
        Effect.forEach(a, (from) => Effect.forEach(b, (to) => lan.heal(idOf(from), idOf(to))), { discard: true })
    }
  })

export type Cluster = Effect.Effect.Success<ReturnType<typeof makeCluster>>

// -------------------------------------------------------------------- what nodes know

export const statusOf = (node: TestNode) => Context.get(node.context, NodeStatus).status
export const statesOf = (node: TestNode) => Context.get(node.context, Replica).rooms
export const stateOf = (node: TestNode, room: RoomId = mainRoom) =>
  Effect.map(Context.get(node.context, Replica).state(room), (state) => {
    if (state === null) throw new Error(`node ${node.n} has no room ${room}`)
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

/** The nodes' states of the main room, by seq and hash: as many as there are different ones. */
export const differentStates = (nodes: ReadonlyArray<TestNode>) =>
  Effect.map(Effect.forEach(nodes, (node) => stateOf(node)), (all) => {
    const bySeq = new Map<number, Set<number>>()
    for (const state of all) bySeq.set(state.seq, (bySeq.get(state.seq) ?? new Set()).add(Room.hash(state)))
    return [...bySeq].map(([seq, hashes]) => [seq, hashes.size] as const)
  })

export const lostOf = (node: TestNode): ReadonlyArray<Lost> =>
  node.notices.flatMap((notice) => "lost" in notice ? [notice.lost] : [])

/** Where a screen's clock, or a seat's acknowledgement or score, ever went back; empty where it never did. */
export const setbacks = (views: ReadonlyArray<ShownView>): ReadonlyArray<string> =>
  views.flatMap(({ view }, i) => {
    const before = views[i - 1]?.view
    if (before === undefined) return []
    const back = view.clock < before.clock ? [`clock ${before.clock} -> ${view.clock}`] : []
    for (const [seat, [number]] of Object.entries(before.acks)) {
      const now = view.acks[seat]
      if (now !== undefined && now[0] < number) back.push(`seat ${seat}: input ${number} -> ${now[0]}`)
    }
    return back
  })

/**
 * What is wrong with a bot's account, given the state in the end: acknowledged inputs must have been applied exactly
 * once, in order, and nothing but what was sent.
 */
export const mistakes = (account: Account, state: Room.RoomState): ReadonlyArray<string> => {
  const found: Array<string> = []
  let sent: Array<readonly [number, unknown]> = []
  let acknowledged = 0
  let seat = 0
  /** The number and hash that what was sent follows on. */
  let rebased: readonly [number, number] = [0, 0]
  for (const entry of account) {
    if (entry._tag === "seated") {
      if (entry.seat === seat) continue
      seat = entry.seat
      sent = []
      acknowledged = 0
      rebased = [0, 0]
    } else if (entry._tag === "rebased") {
      found.push(`inputs ${entry.number + 1} to ${acknowledged} were undone`)
      rebased = [entry.number, entry.hash]
      sent = []
      acknowledged = 0
    } else if (entry._tag === "input") sent.push([entry.number, entry.input])
    else {
      if (entry.verdict === "disputed") found.push(`input ${entry.number} of seat ${seat} is disputed`)
      acknowledged = Math.max(acknowledged, entry.number)
    }
  }
  const record = state.seats.find((one) => one.seat === seat)
  if (record === undefined) return [...found, `seat ${seat} is gone`]
  if (record.lastInput < acknowledged) found.push(`input ${acknowledged} was acknowledged, ${record.lastInput} applied`)
  let hash = rebased[1]
  for (const [number, input] of sent) if (number <= record.lastInput) hash = chainInput(hash, number, input)
  if (hash !== record.inputHash) found.push(`seat ${seat} was applied other inputs than were sent`)
  if (record.lastInput === 0) found.push(`seat ${seat} played nothing`)
  return found
}

/** What a node accepted, in order; and what is wrong with that. */
export const unlawfulReigns = (node: TestNode): ReadonlyArray<string> => {
  const found: Array<string> = []
  let before: Reign | null = null
  for (const { reign } of node.standings) {
    if (before !== null && (reign === null || reign.epoch < before.epoch)) {
      found.push(`back from ${before.epoch} to ${reign?.epoch}`)
    } else if (before !== null && reign!.epoch === before.epoch && reign!.host !== before.host) {
      found.push(`two hosts in ${before.epoch}`)
    }
    before = reign
  }
  return found
}
