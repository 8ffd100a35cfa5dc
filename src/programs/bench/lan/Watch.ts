/**
 * Things go wrong, but nobody is gone: packets get lost, nodes stall, a follower's cable is loose. Whoever takes the host
 * for dead is mistaken.
 */
import { Duration, Effect, Random } from "effect"
import type { Status } from "../../../protocol/Status.ts"
import * as Audit from "../Audit.ts"
import * as Figures from "../Figures.ts"
import * as Lineage from "../Lineage.ts"
import { BenchError } from "../NodeProcess.ts"
import * as Faults from "./Faults.ts"
import * as Finding from "./Finding.ts"
import { hostOf, type LanCluster, others, untilOneHost } from "./LanCluster.ts"

/** How long a stalled node is stopped, and how long until the next one is. */
const stallMs = 100
const stallEveryMs = [200, 800] as const
/** How long a loose cable is out, and how long in. */
const looseMs = [30, 1_000] as const
const firmMs = [100, 2_000] as const

/** Loss up to this share is everyday; beyond it takeovers are counted, and nothing is promised. */
const everydayShare = 0.05

const between = (span: readonly [min: number, max: number]) =>
  Effect.flatMap(Random.nextIntBetween(...span), (ms) => Effect.sleep(Duration.millis(ms)))

/** Any node is stopped for a moment, again and again; never left stopped. */
const stalling = (cluster: LanCluster) =>
  Effect.forever(Effect.gen(function*() {
    yield* between(stallEveryMs)
    const nodes = cluster.nodes()
    const { child } = nodes[yield* Random.nextIntBetween(0, nodes.length)]!
    yield* Effect.acquireUseRelease(
      Effect.sync(() => child.kill("SIGSTOP")),
      () => Effect.sleep(Duration.millis(stallMs)),
      () => Effect.sync(() => child.kill("SIGCONT"))
    )
  }))

/** A cable comes loose once; never left out. */
const comeLoose = (cluster: LanCluster, place: number) =>
  Effect.zipRight(
    between(firmMs),
    Effect.acquireUseRelease(
      cluster.network.unplug(place),
      () => between(looseMs),
      () => Effect.ignore(cluster.network.plug(place))
    )
  )

/** Watches for so long; a node that ends by itself is an error. */
const watching = Effect.fnUntraced(function*(cluster: LanCluster, seconds: number, what: string) {
  for (let i = 0; i < seconds; i++) {
    yield* Effect.sleep(Duration.seconds(1))
    const ended = cluster.nodes().find((node) => node.exited())
    if (ended !== undefined) return yield* new BenchError({ detail: `Node ${ended.index + 1} ended by itself.` })
    Figures.progress(i + 1, seconds, `seconds: ${what}`)
  }
})

/** The reigns that came after, on whichever of the places. */
const newReigns = (before: ReadonlyArray<Status>, after: ReadonlyArray<Status>, places: ReadonlyArray<number>) => {
  const reigns = new Map<string, Status["reigns"][number]>()
  for (const place of places) {
    for (const reign of after[place]!.reigns) {
      if (reign.epoch > before[place]!.epoch!) reigns.set(`${reign.epoch} ${reign.host}`, reign)
    }
  }
  return Array.from(reigns.values()).sort((a, b) => a.epoch - b.epoch)
}

const describe = (reigns: ReturnType<typeof newReigns>): ReadonlyArray<string> =>
  reigns.map(({ cause, epoch, host }) => `reign ${epoch} of ${host}, by ${cause}`)

/** Packets get lost, and nodes stall too if that is asked for: every new reign is a false takeover. */
export const run = Effect.fnUntraced(function*(
  cluster: LanCluster,
  name: string,
  { lossShare, seconds, stalls }: { readonly lossShare: number; readonly seconds: number; readonly stalls: boolean }
) {
  const tally = Audit.tally()
  const before = yield* cluster.settle
  const undone = Audit.undone(cluster)
  yield* cluster.network.apply(Faults.loss(lossShare))
  const watch = watching(cluster, seconds, name)
  yield* stalls ? Effect.raceFirst(watch, stalling(cluster)) : watch
  yield* cluster.network.apply(Faults.none)
  const after = yield* cluster.settle
  const places = after.map((_, place) => place)
  const reigns = newReigns(before, after, places)
  for (const place of places) tally.broken.push(...Lineage.regressions(before[place]!, after[place]!))
  yield* Audit.living(tally, cluster)
  if (lossShare <= everydayShare) {
    Audit.countUndone(tally, cluster, undone, [])
    if (reigns.length > 0) tally.broken.push(`${reigns.length} false takeovers`)
  } else Audit.countUndone(tally, cluster, undone, cluster.quorum ? [] : places)
  return Finding.make(name, 1, tally, {
    counts: { seconds, falseTakeovers: reigns.length },
    goals: () => lossShare <= everydayShare ? [Finding.goal("false takeovers", reigns.length, 0)] : [],
    notes: describe(reigns)
  })
})

/** A follower's cable is loose: nobody else may follow another host for it. */
export const flap = Effect.fnUntraced(function*(cluster: LanCluster, rounds: number) {
  const tally = Audit.tally()
  const before = yield* cluster.settle
  const undone = Audit.undone(cluster)
  const host = hostOf(before)
  const followers = others(cluster, [host])
  const loose = followers[yield* Random.nextIntBetween(0, followers.length)]!
  const rest = others(cluster, [loose])
  for (let round = 0; round < rounds; round++) {
    yield* comeLoose(cluster, loose)
    Figures.progress(round + 1, rounds, "flapping: times that a cable came loose")
  }
  const { ms } = yield* untilOneHost(cluster, before.map((_, place) => place), "all to follow one host again")
  const after = yield* cluster.settle
  const reigns = newReigns(before, after, rest)
  const taken = reigns.filter((reign) => reign.host !== before[host]!.peerId)
  for (const place of rest) tally.broken.push(...Lineage.regressions(before[place]!, after[place]!))
  if (taken.length > 0) tally.broken.push(`${taken.length} false takeovers`)
  yield* Audit.living(tally, cluster)
  Audit.countUndone(tally, cluster, undone, cluster.quorum ? [] : [loose])
  return Finding.make("flapping", rounds, tally, {
    distributions: { healingMs: [ms] },
    counts: { falseTakeovers: taken.length, reigns: reigns.length },
    goals: () => [Finding.goal("false takeovers", taken.length, 0)],
    notes: describe(taken)
  })
})
