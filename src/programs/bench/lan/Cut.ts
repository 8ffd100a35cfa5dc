/**
 * The network is cut between two groups, both ways or one way, and healed again: how long until there is one host, whose
 * play goes on, and whether those whose play does not were told.
 */
import { Duration, Effect, Random } from "effect"
import type { Status } from "../../../protocol/Status.ts"
import * as Audit from "../Audit.ts"
import * as Figures from "../Figures.ts"
import * as Lineage from "../Lineage.ts"
import * as NodeProcess from "../NodeProcess.ts"
import * as Faults from "./Faults.ts"
import * as Finding from "./Finding.ts"
import { hostOf, type LanCluster, others, untilOneHost } from "./LanCluster.ts"

export type Kind = "split" | "one-way"

/** At least and at most so long a cut lasts after both sides have settled. */
const cutMs = [500, 6_000] as const
const healingMsMax = 2_000

/** The smaller side: two of five. The host is among them every other time, the rest is chance. */
const minority = Effect.fnUntraced(function*(cluster: LanCluster, host: number, round: number) {
  const size = Math.floor((cluster.nodes().length - 1) / 2)
  const followers = Array.from(yield* Random.shuffle(others(cluster, [host])))
  return round % 2 === 0 ? followers.slice(0, size) : [host, ...followers.slice(0, size - 1)]
})

/** One way, in turns: the few do not hear the many, the many do not hear the few. Two rounds each. */
const faultsOf = (kind: Kind, round: number, few: ReadonlyArray<number>, many: ReadonlyArray<number>): Faults.Faults =>
  kind === "split" ? Faults.split(few, many) : round % 4 < 2 ? Faults.oneWay(few, many) : Faults.oneWay(many, few)

/** Waits until each side has what it has a right to: a host, or none where a quorum forbids it. */
const settleApart = Effect.fnUntraced(function*(
  cluster: LanCluster,
  few: ReadonlyArray<number>,
  many: ReadonlyArray<number>
) {
  yield* untilOneHost(cluster, many, "the larger side to have a host")
  if (!cluster.quorum) return yield* untilOneHost(cluster, few, "the smaller side to have a host")
  // A host that has no majority any more, and who is cut off with it, wait as host and peer.
  yield* NodeProcess.until(
    Effect.map(Effect.forEach(few, cluster.lookAt, { concurrency: "unbounded" }), (all) => {
      const here = new Set(all.map((status) => status?.peerId))
      return all.every((status) => status !== null && (status.host === null || here.has(status.host))) ? all : null
    }),
    "the smaller side to wait"
  )
})

const all = (cluster: LanCluster) => cluster.nodes().map((_, place) => place)

const known = Effect.fnUntraced(function*(cluster: LanCluster) {
  const statuses = yield* cluster.look
  const answered = statuses.filter((status) => status !== null)
  return answered.length === statuses.length
    ? answered
    : yield* new NodeProcess.BenchError({ detail: "A node does not tell its status." })
})

/** As people count nodes. */
const numbers = (places: ReadonlyArray<number>): string => places.map((place) => place + 1).join(" and ")

const told = (before: Status, after: Status): boolean => after.counters.lossesTold > before.counters.lossesTold

export const run = Effect.fnUntraced(function*(cluster: LanCluster, kind: Kind, rounds: number) {
  const tally = Audit.tally()
  const healing: Array<number> = []
  const notes: Array<string> = []
  let losersTold = 0
  for (let round = 0; round < rounds; round++) {
    const whole = yield* cluster.settle
    const host = hostOf(whole)
    const few = yield* minority(cluster, host, round)
    const many = others(cluster, few)
    const undone = Audit.undone(cluster)
    yield* cluster.network.apply(faultsOf(kind, round, few, many))
    if (kind === "split") yield* settleApart(cluster, few, many)
    else yield* Effect.sleep(Duration.seconds(1))
    const apart = yield* known(cluster)
    const lastedMs = yield* Random.nextIntBetween(...cutMs)
    yield* Effect.sleep(Duration.millis(lastedMs))
    const before = yield* known(cluster)
    const still = all(cluster).filter((place) => before[place]!.clock === apart[place]!.clock)
    const began = performance.now()
    yield* cluster.network.apply(Faults.none)
    yield* untilOneHost(cluster, all(cluster), "all to follow one host again")
    const healedMs = performance.now() - began
    healing.push(healedMs)
    notes.push([
      `round ${round + 1}: ${numbers(few)} apart${
        few.includes(host) ? ", the host among them," : ""
      } for ${lastedMs} ms more`,
      ...(still.length === 0 ? [] : [`play stood still at ${numbers(still)}`]),
      `healed in ${Math.round(healedMs)} ms`
    ].join("; "))
    const after = yield* known(cluster)
    losersTold += few.filter((place) => told(before[place]!, after[place]!)).length
    // Cut one way, it is not said beforehand whose play goes on.
    const losers = kind === "split" ? few : all(cluster).filter((place) => told(before[place]!, after[place]!))
    tally.broken.push(...judge(cluster, kind, before, after, losers))
    for (const place of kind === "split" ? many : []) {
      if (told(whole[place]!, before[place]!)) {
        tally.broken.push(`${before[place]!.name} lost something by the cut itself`)
      }
    }
    yield* cluster.settle
    Audit.countUndone(tally, cluster, undone, cluster.quorum ? [] : losers)
    yield* Audit.living(tally, cluster)
    blame(tally, round)
    Figures.progress(round + 1, rounds, `${kind}: healing p50 ${Figures.distribution(healing).p50} ms`)
  }
  return Finding.make(kind, rounds, tally, {
    distributions: { healingMs: healing },
    counts: { losersTold },
    goals: ({ healingMs }) => [Finding.goal("healing, the longest (ms)", healingMs!.max, healingMsMax)],
    notes
  })
})

/** Says of what was just found in which round that was. */
const blame = ({ broken }: Audit.Tally, round: number): void => {
  for (let i = broken.length - 1; i >= 0 && !broken[i]!.startsWith("round "); i--) {
    broken[i] = `round ${round + 1}: ${broken[i]}`
  }
}

/** What healing must not do, or must. */
const judge = (
  cluster: LanCluster,
  kind: Kind,
  before: ReadonlyArray<Status>,
  after: ReadonlyArray<Status>,
  losers: ReadonlyArray<number>
): ReadonlyArray<string> =>
  after.flatMap((status, place) => {
    const was = before[place]!
    const loses = losers.includes(place) && !cluster.quorum
    if (!loses) {
      return [
        // Cut one way, a host may have ordered what was shown to nobody, and is nobody's loss.
        ...(kind === "split" ? Lineage.regressions(was, status) : []),
        ...(told(was, status) ? [`${status.name} was told of a loss, though its play goes on`] : [])
      ]
    }
    return kind === "split" && !told(was, status) ? [`${status.name} was not told what it lost`] : []
  })
