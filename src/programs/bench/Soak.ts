/**
 * `hostless bench soak`: whether nodes that live long use more and more. The host goes every minute, killed and asked to
 * end in turns, and a new node comes in its place; the others are asked what memory and handles they use.
 */
import { Command, Options } from "@effect/cli"
import { Console, Duration, Effect } from "effect"
import { mkdirSync, writeFileSync } from "node:fs"
import { fileName } from "../../layers/identity/NodeIdentityKept.ts"
import * as ExitCode from "../ExitCode.ts"
import * as OptionChecks from "../OptionChecks.ts"
import * as BenchCluster from "./BenchCluster.ts"
import * as Figures from "./Figures.ts"
import * as NodeProcess from "./NodeProcess.ts"
import * as Trend from "./Trend.ts"

/** How many of the nodes come and go: one hosts, the other takes over. */
const comingAndGoing = 2
const sampleEveryMs = 10_000
const settleMs = 10_000
/** Logs of recent events fill up, and the compiler is done, before anything is compared. */
const warmUpShare = 0.15
const warmUpMsMax = 3 * 60_000

const mebi = 1024 * 1024

/** What may grow by how much over the whole time: noise, not a leak. */
const measures: ReadonlyArray<Trend.Measure> = [
  { name: "heap after collection", metric: "hostless_heap_bytes", unit: "MiB", per: mebi, growthMax: 2 },
  { name: "buffers", metric: "hostless_external_bytes", unit: "MiB", per: mebi, growthMax: 2 },
  { name: "resident memory", metric: "hostless_resident_bytes", unit: "MiB", per: mebi, growthMax: 16 },
  { name: "handles", metric: "hostless_handles", unit: "", per: 1, growthMax: 2 },
  { name: "timers", metric: "hostless_timers", unit: "", per: 1, growthMax: 8 },
  { name: "open files", metric: "hostless_open_files", unit: "", per: 1, growthMax: 2 }
]

const options = {
  nodes: OptionChecks.nodes(3),
  minutes: OptionChecks.count("minutes", 1, 7 * 24 * 60, 30, "for how long"),
  hostSeconds: OptionChecks.integer("host-seconds", 5, 3_600).pipe(
    Options.withPseudoName("N"),
    Options.withDescription("how long a host lives; by default 60 s"),
    Options.withDefault(60)
  ),
  json: Options.boolean("json").pipe(Options.withDescription("prints the report as JSON"))
}

export const command = Command.make(
  "soak",
  options,
  (given) =>
    Effect.scoped(run(given.nodes, given.minutes, given.hostSeconds)).pipe(
      Effect.tap((report) => Console.log(given.json ? JSON.stringify(report) : describe(report))),
      Effect.flatMap((report) => report.flat && report.regressions === 0 ? Effect.void : ExitCode.failed),
      Effect.catchTag("BenchError", ExitCode.complain)
    )
).pipe(Command.withDescription("Watches memory and handles of nodes that live long, while hosts come and go."))

/**
 * A directory for a node that stays, with an id that is lower than any that is made by chance, so that these nodes host only
 * while there is nobody else.
 */
const lowDirectory = (index: number, directory: string): string => {
  const own = `${directory}/node-${index}`
  const peerId = `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`
  mkdirSync(own)
  writeFileSync(`${own}/${fileName}`, JSON.stringify({ hostless: 1, peerId, incarnation: 0, reign: null }))
  return own
}

const run = Effect.fnUntraced(function*(count: number, minutes: number, hostSeconds: number) {
  // Nodes collect their heaps before they tell its size; they inherit this.
  process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ""} --expose-gc`.trim()
  const staying = count - comingAndGoing
  const cluster = yield* BenchCluster.make(count, {
    command: ["play", "gather", "--headless", "--bots", "1"],
    more: (index, directory) => index < staying ? ["--data-dir", lowDirectory(index, directory)] : [],
    anyHost: true,
    startedMs: 0,
    isSettled: () => true
  })
  yield* cluster.settle

  const began = performance.now()
  const passedMs = () => performance.now() - began
  const totalMs = minutes * 60_000
  const trends = cluster.nodes().slice(0, staying).map((node) => ({ node, series: Trend.series(measures) }))
  const interregna: Array<number> = []
  let changes = 0

  const changeHost = Effect.gen(function*() {
    const before = yield* cluster.settle
    const host = cluster.nodes()[before.findIndex((status) => status.role === "host")]!
    // A node that stays hosts only when those above it are not there; then it is left in peace.
    if (host.index < staying) return
    host.child.kill(changes % 2 === 0 ? "SIGKILL" : "SIGTERM")
    changes++
    yield* NodeProcess.ended(host, "the host to end")
    yield* cluster.replace(host)
    const after = yield* cluster.settle
    for (const status of after) {
      const reign = status.reigns.find(({ epoch }) => epoch > before[0]!.epoch!)
      if (reign?.interregnumMs != null) interregna.push(reign.interregnumMs)
    }
  })
  const sample = Effect.gen(function*() {
    for (const { node, series } of trends) {
      if (node.exited()) return yield* new NodeProcess.BenchError({ detail: `Node ${node.index + 1} ended by itself.` })
      const metrics = yield* metricsOf(node)
      if (metrics !== null) series.add(passedMs() / 60_000, metrics)
    }
    const newest = trends[0]!.series.newest("hostless_heap_bytes")
    // In steps of the sampling, so that each is shown where progress is told in plain lines, too.
    const seconds = Math.round(passedMs() / sampleEveryMs) * sampleEveryMs / 1000
    Figures.progress(
      seconds,
      minutes * 60,
      `s; ${changes} hosts gone, heap of the first node ${(newest / mebi).toFixed(1)} MiB`
    )
  })
  const untilMs = (ms: number) => Effect.suspend(() => Effect.sleep(Duration.millis(Math.max(0, ms - passedMs()))))
  /** The last one in time for the cluster to be whole again at the end. */
  const hosts = Effect.gen(function*() {
    for (let at = hostSeconds * 1000; at <= totalMs - settleMs; at += hostSeconds * 1000) {
      yield* untilMs(at)
      yield* changeHost
    }
  })
  const samples = Effect.gen(function*() {
    for (let at = 0; at <= totalMs; at += sampleEveryMs) {
      yield* untilMs(at)
      yield* sample
    }
  })
  yield* Effect.all([hosts, samples], { concurrency: "unbounded", discard: true })

  const end = yield* cluster.settle
  const fromMinutes = Math.min(totalMs * warmUpShare, warmUpMsMax) / 60_000
  const verdicts = trends.flatMap(({ node, series }) =>
    series.verdicts(fromMinutes).map((verdict) => ({ node: node.index + 1, ...verdict }))
  )
  return {
    nodes: count,
    minutes,
    hostSeconds,
    hostsGone: changes,
    interregnumMs: Figures.distribution(interregna),
    regressions: end.reduce((sum, { counters }) => sum + counters.regressions, 0),
    inputsDisputed: end.reduce((sum, { counters }) => sum + counters.inputsDisputed, 0),
    fromMinutes,
    verdicts,
    flat: verdicts.every((verdict) => verdict.flat),
    /** `[minute, value]` in the metrics' own units. */
    samples: trends.map(({ node, series }) => ({ node: node.index + 1, metrics: series.samples() }))
  }
})

type Report = Effect.Effect.Success<ReturnType<typeof run>>

/** The node's metrics without labels, or null when it does not answer in time. */
const metricsOf = (node: NodeProcess.NodeProcess): Effect.Effect<ReadonlyMap<string, number> | null> =>
  Effect.map(node.read(`${node.url}/metrics`, 5_000), (text) =>
    text === null ? null : new Map(
      text.split("\n").flatMap((line) => {
        const match = /^(\w+) (\S+)$/.exec(line)
        return match === null ? [] : [[match[1]!, Number(match[2])] as const]
      })
    ))

const describe = (report: Report): string =>
  [
    `${report.nodes} nodes, ${report.minutes} minutes, ${report.hostsGone} hosts gone (killed and asked to end in turns)`,
    "",
    Figures.table([
      [
        `what, from minute ${report.fromMinutes.toFixed(1)} on`,
        "node",
        "first",
        "last",
        "most",
        "per minute",
        "in all",
        "verdict"
      ],
      ...report.verdicts.map((verdict) => [
        verdict.unit === "" ? verdict.name : `${verdict.name} (${verdict.unit})`,
        `${verdict.node}`,
        verdict.first.toFixed(1),
        verdict.last.toFixed(1),
        verdict.most.toFixed(1),
        verdict.perMinute.toFixed(3),
        verdict.growth.toFixed(1),
        verdict.flat ? "flat" : "grows"
      ])
    ]),
    "",
    `interregnum (ms): p50 ${report.interregnumMs.p50 ?? "–"}, p99 ${report.interregnumMs.p99 ?? "–"}, `
    + `max ${report.interregnumMs.max ?? "–"} of ${report.interregnumMs.samples}`,
    `clock or score went back: ${report.regressions}; inputs disputed: ${report.inputsDisputed}`,
    report.flat ? "Memory and handles are flat." : "Something grows: see above."
  ].join("\n")
