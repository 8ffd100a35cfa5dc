/** Clusters of nodes with a Raft log each, in one process, on a virtual LAN, in virtual time. */
import { Context, Effect, Exit, Layer, Random, Scope } from "effect"
import * as RaftLogLinks from "../../../src/layers/raft/RaftLogLinks.ts"
import * as RaftStorageMemory from "../../../src/layers/raft/RaftStorageMemory.ts"
import * as VirtualLan from "../../../src/layers/virtual/VirtualLan.ts"
import type { PeerId } from "../../../src/protocol/Ids.ts"
import { RaftLog, type RaftLogService } from "../../../src/services/RaftLog.ts"
import { StateMachine, type StateMachineService } from "../../../src/services/StateMachine.ts"
import type { VirtualProcess } from "../../../src/simulation/time/VirtualScheduler.ts"
import * as VirtualTime from "../../../src/simulation/time/VirtualTime.ts"
import { idOf } from "../../../src/testing/LinkNodes.ts"
import { linksOn } from "../links/linkNodes.ts"

export { idOf }

export interface Node<M> {
  readonly n: number
  readonly id: PeerId
  readonly log: RaftLogService
  readonly machine: M
  readonly process: VirtualProcess
  readonly scope: Scope.CloseableScope
}

export interface Options<M> {
  readonly machine: () => M
  readonly voters: ReadonlyArray<number>
  readonly options?: Partial<RaftLogLinks.Options>
  readonly latencyMs?: number
  readonly format?: "msgpack" | "json"
  readonly disk?: (n: number) => RaftStorageMemory.Options
}

export const make = Effect.fnUntraced(function*<M extends StateMachineService>(
  { disk, format = "msgpack", latencyMs = 1, machine, options, voters }: Options<M>
) {
  const lan = yield* VirtualLan.make({ latencyMs, format })
  const disks = new Map<number, RaftStorageMemory.Disk>()
  const nodes = new Map<number, Node<M>>()
  let incarnation = 0

  const diskOf = (n: number): RaftStorageMemory.Disk => {
    const found = disks.get(n) ?? new RaftStorageMemory.Disk(disk?.(n))
    disks.set(n, found)
    return found
  }

  const start = Effect.fnUntraced(function*(n: number, first: ReadonlyArray<number> = voters) {
    const process = yield* VirtualTime.process
    const scope = yield* Scope.make()
    const own = machine()
    const context = yield* Layer.buildWithScope(
      RaftLogLinks.layer({ ...options, voters: first.map(idOf) }).pipe(
        Layer.provideMerge(linksOn(lan, { n, incarnation: ++incarnation })),
        Layer.provideMerge(RaftStorageMemory.layerOf(diskOf(n))),
        Layer.provideMerge(Layer.succeed(StateMachine, own))
      ),
      scope
    ).pipe(Effect.withScheduler(process))
    const node: Node<M> = { n, id: idOf(n), log: Context.get(context, RaftLog), machine: own, process, scope }
    nodes.set(n, node)
    return node
  })

  /** Its process dies, and of the writes that are not synced some first ones are kept. */
  const kill = Effect.fnUntraced(function*(n: number) {
    const node = nodes.get(n)
    if (node === undefined) return
    nodes.delete(n)
    const kept = yield* Random.nextIntBetween(0, diskOf(n).waiting + 1)
    node.process.crash()
    diskOf(n).crash(kept)
    yield* lan.crash(node.id)
  })

  /** Ends as a program does, and says goodbye. */
  const end = (node: Node<M>) => {
    nodes.delete(node.n)
    return Scope.close(node.scope, Exit.void)
  }
  yield* Effect.addFinalizer(() => Effect.forEach([...nodes.values()], end, { discard: true }))

  const live = (): ReadonlyArray<Node<M>> => [...nodes.values()]

  /** Waits until something is so, and gives it. */
  const until = <A>(look: () => Effect.Effect<A | null | undefined | false>): Effect.Effect<A> =>
    Effect.flatMap(
      Effect.suspend(look),
      (found) =>
        found === null || found === undefined || found === false
          ? Effect.zipRight(Effect.sleep(1), until(look))
          : Effect.succeed(found)
    )

  /** The node that leads, once a majority of those given follows one. */
  const leader = (among: () => ReadonlyArray<Node<M>> = live): Effect.Effect<Node<M>> =>
    until(() =>
      Effect.gen(function*() {
        const followed = yield* Effect.forEach(among(), ({ log }) => log.leader)
        const found = among().find(({ id }) => followed.filter((one) => one === id).length * 2 > among().length)
        return found !== undefined && (yield* found.log.leader) === found.id && found
      })
    )

  return {
    lan,
    diskOf,
    start,
    startAll: Effect.forEach(voters, (n) => start(n)),
    kill,
    end,
    live,
    node: (n: number): Node<M> => nodes.get(n)!,
    until,
    leader,
    split: (a: ReadonlyArray<number>, b: ReadonlyArray<number>) =>
      Effect.forEach(a, (from) => Effect.forEach(b, (to) => lan.cut(idOf(from), idOf(to))), { discard: true }),
    rejoin: (a: ReadonlyArray<number>, b: ReadonlyArray<number>) =>
      Effect.forEach(a, (from) => Effect.forEach(b, (to) => lan.heal(idOf(from), idOf(to))), { discard: true })
  }
})

/** Now, in virtual milliseconds. */
export const nowMs = Effect.map(VirtualTime.clock, (clock) => clock.elapsedMs)
