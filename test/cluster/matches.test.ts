/** Matches among whole nodes, whose bots are always ready. */
import { Effect } from "effect"
import { assert, describe } from "vitest"
import type { Stage } from "../../src/protocol/Match.ts"
import { inTime, unbroken } from "./checks.ts"
import { advance, makeCluster, setbacks, stateOf, type TestNode } from "./cluster.ts"
import { raceOf } from "./race.ts"

const settings = { preempt: false }

/** Time passes until all nodes that are named show this stage. */
const until = (nodes: ReadonlyArray<TestNode>, stage: Stage, withinMs: number) =>
  Effect.gen(function*() {
    for (let ms = 0; ms <= withinMs; ms += 5) {
      if (nodes.every((node) => node.views.at(-1)?.view.match?.stage === stage)) return
      yield* advance(5)
    }
    assert.fail(
      `${stage} within ${withinMs} ms: ${nodes.map((node) => node.views.at(-1)?.view.match?.stage).join(", ")}`
    )
  })

/** The stages that a node's screens were shown, without repetitions. */
const stagesOf = (node: TestNode): ReadonlyArray<Stage> =>
  node.views.map(({ view }) => view.match!.stage).filter((stage, i, all) => stage !== all[i - 1])

describe("a match", () => {
  inTime("begins for all with the same tick, ends for all, and is played again", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster({ game: raceOf({ goal: 40, absence: "forfeit" }), settings })
      yield* cluster.startAll([3, 1, 2], { bots: 1 })
      yield* until(cluster.live(), "playing", 3_000)
      const first = cluster.live().map(({ views }) =>
        views.find(({ view }) => view.match!.stage === "playing")!.view.clock
      )
      assert.strictEqual(new Set(first).size, 1)
      yield* until(cluster.live(), "over", 4_000)
      for (const node of cluster.live()) {
        assert.deepStrictEqual(stagesOf(node).slice(-4), ["starting", "countdown", "playing", "over"])
      }
      yield* until(cluster.live(), "playing", 6_000)
      assert.strictEqual((yield* stateOf(cluster.node(1))).match!.round, 2)
      yield* unbroken(cluster.live())
    }))

  inTime(
    "is frozen when a player's node dies, names who is waited for, and goes on without it after the stated time",
    () =>
      Effect.gen(function*() {
        const cluster = yield* makeCluster({ game: raceOf({ goal: 500, absence: "forfeit" }), settings })
        yield* cluster.startAll([3, 1, 2], { bots: 1 })
        yield* until(cluster.live(), "playing", 3_000)
        const state = yield* stateOf(cluster.node(3))
        const seat = state.seats.find(({ node }) => node === cluster.node(1).peerId)!.seat
        yield* cluster.kill(cluster.node(1))
        yield* advance(10)
        yield* until(cluster.live(), "frozen", 1_000)
        const { game, match } = yield* stateOf(cluster.node(3))
        assert.deepStrictEqual([...match!.awaited], [seat])
        yield* advance(5_000)
        assert.deepStrictEqual((yield* stateOf(cluster.node(2))).game, game)
        yield* until(cluster.live(), "playing", 13_000)
        assert.notInclude((yield* stateOf(cluster.node(2))).match!.players, seat)
        yield* unbroken(cluster.live())
      })
  )

  inTime("may be played on by the program for who stays away", () =>
    Effect.gen(function*() {
      const cluster = yield* makeCluster({ game: raceOf({ goal: 400, absence: "bot" }), settings })
      yield* cluster.startAll([3, 1, 2], { bots: 1 })
      yield* until(cluster.live(), "playing", 3_000)
      yield* cluster.kill(cluster.node(1))
      yield* advance(10)
      yield* until(cluster.live(), "frozen", 1_000)
      yield* until(cluster.live(), "playing", 18_000)
      const { match } = yield* stateOf(cluster.node(3))
      assert.lengthOf(match!.substituted, 1)
      const pushes = () =>
        Effect.map(stateOf(cluster.node(3)), (state) =>
          (state.game as { pushes: Record<string, number> }).pushes[match!.substituted[0]!]!)
      const before = yield* pushes()
      yield* advance(1_000)
      assert.isAbove(yield* pushes(), before + 10)
      // The host's bot is the host's: the next one has its own.
      yield* cluster.kill(cluster.node(3))
      yield* advance(10)
      yield* until(cluster.live(), "frozen", 1_000)
    }))

  for (const at of [0, 700, 1_400, 2_100, 2_800, 3_500, 4_200]) {
    inTime(
      `whose host dies ${at} ms after players have come begins for all, or for nobody`,
      () =>
        Effect.gen(function*() {
          const cluster = yield* makeCluster({ game: raceOf({ goal: 60, absence: "forfeit" }), settings })
          yield* cluster.startAll([3, 1, 2], {})
          // The host plays nowhere, so that only the start is disturbed.
          for (const n of [1, 2]) yield* cluster.addBot(cluster.node(n))
          yield* advance(at)
          yield* cluster.kill(cluster.node(3))
          yield* advance(8_000)
          for (const node of cluster.live()) assert.include(stagesOf(node), "playing")
          const [one, other] = cluster.live().map((node) => node.views)
          const stages = new Map(one!.map(({ view }) => [view.clock, view.match!.stage]))
          for (const { view } of other!) {
            // Two votes may come between two ticks, so stages of one clock may differ; but nobody plays before all do.
            if (view.match!.stage === "playing") assert.include([undefined, "playing"], stages.get(view.clock))
          }
          for (const node of cluster.live()) assert.deepStrictEqual(setbacks(node.views), [])
          yield* unbroken(cluster.live())
        })
    )
  }
})
