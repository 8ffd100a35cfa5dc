/** Nodes that find their Raft group by themselves, in one process, on a virtual LAN, in virtual time. */
import { Context, Effect, Exit, Layer, Scope } from "effect"
import * as RaftGroupLinks from "../../../src/layers/group/RaftGroupLinks.ts"
import * as RaftGroupStorageMemory from "../../../src/layers/group/RaftGroupStorageMemory.ts"
import * as FailureDetectorBeats from "../../../src/layers/health/FailureDetectorBeats.ts"
import * as StallsWatch from "../../../src/layers/health/StallsWatch.ts"
import * as VirtualLan from "../../../src/layers/virtual/VirtualLan.ts"
import type { GroupId, PeerId } from "../../../src/protocol/Ids.ts"
import { type GroupStanding, RaftGroup, type RaftGroupService } from "../../../src/services/RaftGroup.ts"
import type { VirtualProcess } from "../../../src/simulation/time/VirtualScheduler.ts"
import * as VirtualTime from "../../../src/simulation/time/VirtualTime.ts"
import { idOf } from "../../../src/testing/LinkNodes.ts"
import { linksOn } from "../links/linkNodes.ts"
import { Texts } from "../raft/machines.ts"

export { idOf }

export interface Node {
  readonly n: number
  readonly id: PeerId
  readonly group: RaftGroupService
  /** The state machines of the groups that it has been in. */
  readonly machines: Map<GroupId, Texts>
  readonly process: VirtualProcess
  readonly scope: Scope.CloseableScope
}

/** `kept`: whether nodes keep their groups over a restart. */
export const make = Effect.fnUntraced(function*(
  { kept = false, options = {} }: { readonly kept?: boolean; readonly options?: Partial<RaftGroupLinks.Options> } = {}
) {
  const lan = yield* VirtualLan.make({ latencyMs: 1 })
  const nodes = new Map<number, Node>()
  const disks = new Map<number, RaftGroupStorageMemory.GroupDisk>()
  let incarnation = 0

  const diskOf = (n: number): RaftGroupStorageMemory.GroupDisk => {
    const found = (kept ? disks.get(n) : undefined) ?? new RaftGroupStorageMemory.GroupDisk()
    disks.set(n, found)
    return found
  }

  const start = Effect.fnUntraced(function*(n: number) {
    const process = yield* VirtualTime.process
    const scope = yield* Scope.make()
    const machines = new Map<GroupId, Texts>()
    const machine = (group: GroupId): Texts => {
      const texts = new Texts()
      machines.set(group, texts)
      return texts
    }
    const context = yield* Layer.buildWithScope(
      RaftGroupLinks.layer({ ...options, machine }).pipe(
        Layer.provideMerge(FailureDetectorBeats.layer),
        Layer.provideMerge(StallsWatch.layer),
        Layer.provideMerge(linksOn(lan, { n, incarnation: ++incarnation })),
        Layer.provideMerge(RaftGroupStorageMemory.layerOf(diskOf(n)))
      ),
      scope
    ).pipe(Effect.withScheduler(process))
    const node: Node = { n, id: idOf(n), group: Context.get(context, RaftGroup), machines, process, scope }
    nodes.set(n, node)
    return node
  })

  const kill = Effect.fnUntraced(function*(n: number) {
    const node = nodes.get(n)!
    nodes.delete(n)
    node.process.crash()
    disks.get(n)?.crash()
    yield* lan.crash(node.id)
  })

  /** Ends as a program does, and says goodbye. */
  const end = (node: Node) => {
    nodes.delete(node.n)
    node.process.resume()
    return Scope.close(node.scope, Exit.void)
  }
  yield* Effect.addFinalizer(() => Effect.forEach([...nodes.values()], end, { discard: true }))

  const live = (): ReadonlyArray<Node> => [...nodes.values()]

  /** Waits until something is so, at most so long. */
  const until = <A>(what: string, look: () => A | null | undefined | false, withinMs = 10_000): Effect.Effect<A> =>
    Effect.suspend(() => {
      const found = look()
      if (found !== null && found !== undefined && found !== false) return Effect.succeed(found)
      if (withinMs <= 0) throw new Error(`waited in vain for ${what}: ${live().map(describe).join("; ")}`)
      return Effect.zipRight(Effect.sleep(5), until(what, look, withinMs - 5))
    })

  /** Waits until these, and no others, are the voters of one group that all of them are in; gives its leader. */
  const together = (ns: ReadonlyArray<number>, withinMs?: number) =>
    until(`${ns.join(", ")} to be together`, () => {
      const all = ns.map((n) => nodes.get(n)?.group.now() ?? null)
      const [first] = all
      if (first === null || first === undefined || first.leader === null) return null
      const leader = ns.map((n) => nodes.get(n)!).find(({ id }) => id === first.leader)
      const agreed = all.every((one) =>
        one !== null && one.group === first.group && one.leader === first.leader && one.isSettled
        && one.voters.join() === ns.map(idOf).sort().join() && one.learners.length === 0
      )
      return agreed && leader?.group.now()?.isEstablished === true && leader
    }, withinMs)

  return {
    lan,
    start,
    kill,
    end,
    live,
    node: (n: number): Node => nodes.get(n)!,
    until,
    together,
    freeze: (n: number) => Effect.sync(() => nodes.get(n)!.process.pause()),
    thaw: (n: number) => Effect.sync(() => nodes.get(n)!.process.resume()),
    split: (a: ReadonlyArray<number>, b: ReadonlyArray<number>) =>
      Effect.forEach(a, (from) => Effect.forEach(b, (to) => lan.cut(idOf(from), idOf(to))), { discard: true }),
    rejoin: (a: ReadonlyArray<number>, b: ReadonlyArray<number>) =>
      Effect.forEach(a, (from) => Effect.forEach(b, (to) => lan.heal(idOf(from), idOf(to))), { discard: true })
  }
})

const describe = ({ group, n }: Node): string => {
  const standing = group.now()
  return standing === null ?
    `${n} is in no group` :
    `${n} is in ${standing.group} in term ${standing.term} with ${standing.voters.map(short).join()}+${
      standing.learners.map(short).join()
    } and follows ${standing.leader === null ? "nobody" : short(standing.leader)}`
}

const short = (id: PeerId): string => id.slice(6, 8)

export const standingOf = (node: Node): GroupStanding => {
  const standing = node.group.now()
  if (standing === null) throw new Error(`${node.n} is in no group`)
  return standing
}

/** Proposes a text, and gives how many there are then. */
export const say = (node: Node, text: string) =>
  Effect.map(Effect.suspend(() => standingOf(node).log.propose(Texts.command(text))), Texts.result)

/** What the node's group has been told. */
export const textsOf = (node: Node): ReadonlyArray<string> => node.machines.get(standingOf(node).group)!.all

/** Now, in virtual milliseconds. */
export const nowMs = Effect.map(VirtualTime.clock, (clock) => clock.elapsedMs)
