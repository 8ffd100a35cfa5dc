/** Clusters that play a committed game, and what must hold of every node that lived through something. */
import { Context, Effect } from "effect"
import { assert } from "vitest"
import * as Room from "../../src/core/Room.ts"
import { GroupDisk } from "../../src/layers/group/RaftGroupStorageMemory.ts"
import type { SeatId } from "../../src/protocol/Ids.ts"
import { NodeStatus } from "../../src/services/NodeStatus.ts"
import { unbroken as anyUnbroken } from "../cluster/checks.ts"
import {
  agreedHost,
  type Cluster,
  idOf,
  makeCluster,
  type NodeOptions,
  stateOf,
  statesOf,
  statusOf,
  type TestNode
} from "../cluster/cluster.ts"
import { tallyOf, type TallyState } from "../cluster/tally.ts"

/** Every input leaves its mark, and so does their order. */
export const game = { ...tallyOf({ seatsMax: 16 }), name: "committed-tally", ordering: "committed" as const }

export const make = (options: Omit<NonNullable<Parameters<typeof makeCluster>[0]>, "game"> = {}) =>
  makeCluster({ ...options, game })

/** Waits until something is so, and gives it. */
export const until = <A>(
  what: string,
  look: Effect.Effect<A | null | undefined | false>,
  withinMs = 10_000
): Effect.Effect<A> =>
  Effect.flatMap(look, (found) => {
    if (found !== null && found !== undefined && found !== false) return Effect.succeed(found)
    if (withinMs <= 0) throw new Error(`waited in vain for ${what}`)
    return Effect.zipRight(Effect.sleep(5), until(what, look, withinMs - 5))
  })

const votersOf = (node: TestNode) =>
  Effect.map(Context.get(node.context, NodeStatus).status, ({ election }) => election.voters)

/** Waits until these follow one of them, and all of them vote; gives the node that leads. */
export const together = (cluster: Cluster, ns: ReadonlyArray<number>) =>
  until(
    `${ns.join(", ")} to be together`,
    Effect.gen(function*() {
      const nodes = ns.map((n) => cluster.node(n))
      const leader = yield* agreedHost(nodes)
      const voters = yield* Effect.forEach(nodes, votersOf)
      const all = ns.map(idOf).sort().join()
      return leader !== null && voters.every((ids) => [...ids].sort().join() === all)
        && nodes.find(({ peerId }) => peerId === leader)
    })
  )

/** Starts these one after the other, with disks if they are to come back, and waits until they are together. */
export const founded = Effect.fnUntraced(function*(
  cluster: Cluster,
  ns: ReadonlyArray<number>,
  each: NodeOptions = {},
  disks?: Map<number, GroupDisk>
) {
  for (const n of ns) {
    const disk = new GroupDisk()
    disks?.set(n, disk)
    yield* cluster.start(n, { ...each, disk })
  }
  const leader = yield* together(cluster, ns)
  yield* until(
    "a room on all",
    Effect.map(Effect.forEach(cluster.live(), statesOf), (all) => all.every((rooms) => rooms.length > 0))
  )
  return leader
})

/** How many inputs were ever applied. */
export const countOf = (state: Room.RoomState): number =>
  Object.values((state.game as TallyState).seats).reduce((sum, { count }) => sum + count, 0)

export const awayAt = (state: Room.RoomState, node: TestNode | number): ReadonlyArray<SeatId> => {
  const id = typeof node === "number" ? idOf(node) : node.peerId
  return state.seats.filter((record) => record.node === id && record.awaySince !== null).map(({ seat }) => seat)
}

/** More was committed everywhere than now, of everybody who is there. */
export const goesOn = (nodes: ReadonlyArray<TestNode>) =>
  Effect.gen(function*() {
    const before = yield* Effect.forEach(nodes, (node) => Effect.map(stateOf(node), ({ clock }) => clock))
    yield* until(
      "play to go on",
      Effect.map(
        Effect.forEach(nodes, (node) => stateOf(node)),
        (all) =>
          all.every(({ clock, seats }, at) =>
            clock > before[at]! + 5 && seats.every(({ awaySince, lastInput }) => awaySince !== null || lastInput > 0)
          )
      )
    )
  })

/** Nobody plays any more, and all nodes have folded the same. */
export const same = (nodes: ReadonlyArray<TestNode>) =>
  until(
    "the same state everywhere",
    Effect.map(
      Effect.forEach(nodes, (node) => stateOf(node)),
      (all) => new Set(all.map((state) => `${state.seq} ${Room.hash(state)}`)).size === 1 && all[0]!
    )
  )

/** At any moment: nodes that have folded as many events have folded the same. */
export const agree = (nodes: ReadonlyArray<TestNode>) =>
  Effect.map(Effect.forEach(nodes, (node) => stateOf(node)), (all) => {
    const bySeq = new Map<number, number>()
    for (const state of all) {
      const hash = Room.hash(state)
      assert.strictEqual(bySeq.get(state.seq) ?? hash, hash, `at event ${state.seq}`)
      bySeq.set(state.seq, hash)
    }
  })

/** No promise was broken on these nodes, and nothing was undone. */
export const unbroken = (nodes: ReadonlyArray<TestNode>) =>
  Effect.gen(function*() {
    yield* agree(nodes)
    yield* anyUnbroken(nodes)
    for (const node of nodes) {
      assert.strictEqual((yield* statusOf(node)).counters.lossesTold, 0, `on node ${node.n}`)
    }
  })
