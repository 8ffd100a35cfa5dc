/**
 * The host goes: its process is killed, stopped, or its cable is pulled out. How long play stands still for the others,
 * and how long it takes until who was stopped or cut off plays with them again.
 */
import { Duration, Effect, Random } from "effect"
import * as Audit from "../Audit.ts"
import * as Figures from "../Figures.ts"
import * as Lineage from "../Lineage.ts"
import * as NodeProcess from "../NodeProcess.ts"
import * as Finding from "./Finding.ts"
import { hostOf, type LanCluster, others, untilOneHost } from "./LanCluster.ts"

export type Way = "kill" | "silent" | "power"

/** Longer than a change of host takes: nobody is asked anything meanwhile, since answering would hold it up. */
const quietMs = 700
/** At least and at most so long the host is gone, beyond that. */
const goneMs = [200, 4_000] as const

/** Interregna as in design.md's table, in milliseconds. */
const goals = { kill: { p50: 20, p99: 60 }, silent: { p50: 350, p99: 700 }, power: { p50: 350, p99: 700 } } as const

const take = (cluster: LanCluster, way: Way, place: number) => {
  const { child } = cluster.nodes()[place]!
  return way === "power"
    ? cluster.network.unplug(place)
    : Effect.sync(() => void child.kill(way === "kill" ? "SIGKILL" : "SIGSTOP"))
}

/** Milliseconds until all play together again; a killed node gives its place to a fresh one, which is not measured. */
const giveBack = Effect.fnUntraced(function*(cluster: LanCluster, way: Way, place: number, tally: Audit.Tally) {
  const victim = cluster.nodes()[place]!
  if (way === "kill") {
    yield* NodeProcess.ended(victim, "the old host to end")
    const status = yield* cluster.lookAt(others(cluster, [place])[0]!)
    if (status !== null) Audit.gone(tally, `node ${place + 1}, killed`, victim.botLog, status)
    yield* cluster.replace(victim)
    return null
  }
  if (way === "silent") victim.child.kill("SIGCONT")
  else yield* cluster.network.plug(place)
  return (yield* untilOneHost(cluster, cluster.nodes().map((_, i) => i), "all to follow one host again")).ms
})

export const run = Effect.fnUntraced(function*(cluster: LanCluster, way: Way, rounds: number) {
  const tally = Audit.tally()
  const interregna: Array<number> = []
  const healing: Array<number> = []
  for (let round = 0; round < rounds; round++) {
    const before = yield* cluster.settle
    const undone = Audit.undone(cluster)
    const host = hostOf(before)
    yield* Effect.sleep(Duration.millis(yield* Random.nextIntBetween(0, 100)))
    yield* take(cluster, way, host)
    yield* Effect.sleep(Duration.millis(quietMs))
    const left = others(cluster, [host])
    const after = yield* untilOneHost(cluster, left, "another host", before[host]!.epoch ?? 0)
    for (const [i, status] of after.statuses.entries()) {
      const reign = status.reigns.find((one) => one.epoch > before[host]!.epoch!)!
      if (reign.interregnumMs !== null) interregna.push(reign.interregnumMs)
      tally.broken.push(...Lineage.regressions(before[left[i]!]!, status))
    }
    if (way !== "kill") yield* Effect.sleep(Duration.millis(yield* Random.nextIntBetween(...goneMs)))
    const healedMs = yield* giveBack(cluster, way, host, tally)
    if (healedMs !== null) healing.push(healedMs)
    yield* cluster.settle
    yield* Audit.living(tally, cluster)
    Audit.countUndone(tally, cluster, undone, cluster.quorum ? [] : [host])
    Figures.progress(round + 1, rounds, `${way}: interregnum p50 ${Figures.distribution(interregna).p50} ms`)
  }
  return Finding.make(way, rounds, tally, {
    distributions: { interregnumMs: interregna, ...(way === "kill" ? {} : { healingMs: healing }) },
    goals: ({ interregnumMs }) => [
      Finding.goal("interregnum p50 (ms)", interregnumMs!.p50, goals[way].p50),
      Finding.goal("interregnum p99 (ms)", interregnumMs!.p99, goals[way].p99)
    ]
  })
})
