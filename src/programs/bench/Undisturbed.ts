/**
 * `hostless bench undisturbed`: nobody touches the cluster, and nothing should happen: every change of host is a false
 * takeover.
 */
import { Command, Options } from "@effect/cli"
import { Duration, Effect } from "effect"
import * as ExitCode from "../ExitCode.ts"
import * as OptionChecks from "../OptionChecks.ts"
import * as BenchCluster from "./BenchCluster.ts"
import * as Figures from "./Figures.ts"
import { BenchError } from "./NodeProcess.ts"

const options = {
  nodes: OptionChecks.nodes(2),
  minutes: OptionChecks.count("minutes", 1, 7 * 24 * 60, 10, "for how long"),
  json: Options.boolean("json").pipe(Options.withDescription("prints the report as JSON"))
}

const lookEveryMs = 1_000

export const command = Command.make(
  "undisturbed",
  options,
  (given) =>
    Effect.scoped(run(given.nodes, given.minutes)).pipe(
      Effect.flatMap(Figures.tell(given, describe, isSound)),
      Effect.catchTag("BenchError", ExitCode.complain)
    )
).pipe(Command.withDescription("Counts the changes of host when nothing happens: there should be none."))

const run = Effect.fnUntraced(function*(nodes: number, minutes: number) {
  const cluster = yield* BenchCluster.make(nodes)
  const before = yield* cluster.settle
  const looks = Math.max(1, Math.round(minutes * 60_000 / lookEveryMs))
  for (let i = 0; i < looks; i++) {
    yield* Effect.sleep(Duration.millis(lookEveryMs))
    if (cluster.nodes().some((node) => node.exited())) {
      return yield* new BenchError({ detail: "A node ended by itself." })
    }
    Figures.progress(i + 1, looks, "seconds")
  }
  const after = yield* cluster.settle
  const takeovers = after.map((status, i) => (status.epoch ?? 0) - (before[i]!.epoch ?? 0))
  const ticks = after.map((status, i) =>
    1000 * (status.clock - before[i]!.clock) / (status.uptimeMs - before[i]!.uptimeMs)
  )
  return {
    nodes,
    minutes,
    falseTakeovers: Math.max(...takeovers),
    regressions: after.reduce((sum, status) => sum + status.counters.regressions, 0),
    inputsDisputed: after.reduce((sum, status) => sum + status.counters.inputsDisputed, 0),
    ticksPerSecond: Math.round(10 * Math.min(...ticks)) / 10
  }
})

type Report = Effect.Effect.Success<ReturnType<typeof run>>

const isSound = ({ falseTakeovers, inputsDisputed, regressions }: Report): boolean =>
  falseTakeovers + inputsDisputed + regressions === 0

const describe = (report: Report): string =>
  `${report.nodes} nodes, ${report.minutes} minutes undisturbed: ${report.falseTakeovers} false takeovers, `
  + `${report.regressions} regressions, ${report.inputsDisputed} inputs disputed, `
  + `${report.ticksPerSecond} ticks per second`
