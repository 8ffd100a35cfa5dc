/** The host's process is killed or stopped, in a cluster of real processes on loopback. */
import { Duration, Effect, Random } from "effect"
import type { ElectionBy } from "../../src/layers/engine/Engine.ts"
import * as BenchCluster from "../../src/programs/bench/BenchCluster.ts"
import * as Figures from "../../src/programs/bench/Figures.ts"
import * as Lineage from "../../src/programs/bench/Lineage.ts"
import * as NodeProcess from "../../src/programs/bench/NodeProcess.ts"
import type { Status } from "../../src/protocol/Status.ts"
import type { Outcome } from "./Outcome.ts"

export type Scenario = "kill" | "silence"

const signals = { kill: "SIGKILL", silence: "SIGSTOP" } as const
/** Longer than a change of host takes. */
const quietMs = 700
/** So long the frames of a cluster at rest are counted. */
const restMs = 2_000

const unplanned = new Set(["crash", "silence", "heal"])

const settled = (election: ElectionBy) => (all: ReadonlyArray<Status>): boolean =>
  BenchCluster.everyBotPlays(all)
  && all.every(({ election: { by, voters } }) => by === election && (by === "bully" || voters.length === all.length))

const framesOut = (all: ReadonlyArray<Status>): number => all.reduce((sum, { counters }) => sum + counters.framesOut, 0)

export const run = Effect.fnUntraced(function*(
  { election, nodes, progress, rounds, scenario }: {
    readonly scenario: Scenario
    readonly election: ElectionBy
    readonly nodes: number
    readonly rounds: number
    readonly progress: (note: string) => void
  }
) {
  const cluster = yield* BenchCluster.make(nodes, {
    more: () => ["--election", election, ...(election === "bully" ? ["--no-preempt"] : [])],
    anyHost: true,
    isSettled: settled(election)
  })
  const waits: Array<number> = []
  const broken: Array<string> = []
  let takeovers = 0
  let frames = 0
  for (let round = 0; round < rounds; round++) {
    const rest = yield* cluster.settle
    yield* Effect.sleep(Duration.millis(restMs + (yield* Random.nextIntBetween(0, 100))))
    const now = yield* cluster.settle
    frames += (framesOut(now) - framesOut(rest)) * 1_000 / (now[0]!.uptimeMs - rest[0]!.uptimeMs)
    const slots = cluster.nodes()
    const victim = slots.find((_, i) => now[i]!.role === "host")!
    const { epoch } = now[slots.indexOf(victim)]!
    victim.child.kill(signals[scenario])
    const survivors = slots.filter((slot) => slot !== victim)
    // Nobody is asked anything while the change of host is under way: answering would hold it up.
    yield* Effect.sleep(Duration.millis(quietMs))
    const after = yield* NodeProcess.until(
      Effect.map(
        Effect.forEach(survivors, (node) => NodeProcess.status(node), { concurrency: "unbounded" }),
        (all) => Lineage.takenOver(all, epoch ?? 0)
      ),
      "another host",
      { everyMs: 100 }
    )
    const begun = new Set<number>()
    after.forEach((status, i) => {
      broken.push(...Lineage.regressions(now[slots.indexOf(survivors[i]!)]!, status))
      for (const { cause, epoch: began, host, interregnumMs } of status.reigns) {
        if (began <= (epoch ?? 0) || !unplanned.has(cause)) continue
        begun.add(began)
        if (host !== status.peerId && interregnumMs !== null) waits.push(interregnumMs)
      }
    })
    takeovers += begun.size
    if (scenario === "silence") victim.child.kill("SIGCONT")
    else yield* cluster.replace(victim)
    progress(`${scenario} by ${election}, ${round + 1} of ${rounds}: p50 ${Figures.distribution(waits).p50} ms`)
  }
  const end = yield* cluster.settle
  return {
    scenario,
    election,
    ground: "processes",
    rounds,
    withoutHostMs: Figures.distribution(waits),
    withoutHostPerRoundMs: waits.reduce((sum, ms) => sum + ms, 0) / Math.max(1, waits.length) * takeovers / rounds,
    takeovers: takeovers / rounds,
    framesPerSecond: frames / rounds,
    undone: end.reduce((sum, { counters }) => sum + counters.lossesTold, 0),
    broken
  } satisfies Outcome as Outcome
})
