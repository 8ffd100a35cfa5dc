/**
 * `hostless bench lan`: a LAN of network namespaces on this machine, a real node in each, and what goes wrong on LANs:
 * hosts that die, fall silent or lose their cable, splits, packets that get lost, loose cables, stalls.
 */
import { Command, Options } from "@effect/cli"
import { Effect } from "effect"
import * as ExitCode from "../ExitCode.ts"
import * as OptionChecks from "../OptionChecks.ts"
import * as Figures from "./Figures.ts"
import * as Cut from "./lan/Cut.ts"
import type { Finding } from "./lan/Finding.ts"
import * as HostGone from "./lan/HostGone.ts"
import * as LanCluster from "./lan/LanCluster.ts"
import * as LanNetwork from "./lan/LanNetwork.ts"
import * as Report from "./lan/Report.ts"
import * as Watch from "./lan/Watch.ts"
import { BenchError } from "./NodeProcess.ts"

/** Every scenario, in the order in which they are played. */
const scenarios = ["kill", "silent", "power", "split", "one-way", "loss", "flapping", "stalls"] as const
type Scenario = (typeof scenarios)[number]

/** Shares of packets that get lost. */
const losses = [0.01, 0.05, 0.2] as const
const stallsLoss = 0.05

const options = {
  nodes: OptionChecks.nodes(3),
  scenario: Options.choice("scenario", ["all", ...scenarios]).pipe(
    Options.repeated,
    Options.withDescription("what goes wrong; may be repeated; by default all, one after the other")
  ),
  rounds: OptionChecks.count(
    "rounds",
    1,
    100_000,
    10,
    "how often a host goes, the network is cut, a cable comes loose"
  ),
  minutes: OptionChecks.count(
    "minutes",
    1,
    7 * 24 * 60,
    1,
    "how long each share of loss, and stalls, are watched for false takeovers"
  ),
  quorum: Options.boolean("quorum").pipe(Options.withDescription("plays with --quorum")),
  json: Options.boolean("json").pipe(Options.withDescription("prints the report as JSON"))
}

export const command = Command.make(
  "lan",
  options,
  (given) =>
    Effect.scoped(run(given)).pipe(
      Effect.flatMap(
        Figures.tell(given, Report.describe, ({ findings }) => findings.every(({ broken }) => broken.length === 0))
      ),
      Effect.catchTag("BenchError", ExitCode.complain)
    )
).pipe(Command.withDescription("Breaks a LAN of network namespaces in many ways (Linux, as root) and measures."))

type Given = Command.Command.ParseConfig<typeof options>

/** A terminal that closes is an end like any other: what was made is removed. */
const endWithTerminal = Effect.acquireRelease(
  Effect.sync(() => {
    const end = () => void process.kill(process.pid, "SIGTERM")
    process.on("SIGHUP", end)
    return end
  }),
  (end) => Effect.sync(() => process.off("SIGHUP", end))
)

const run = Effect.fnUntraced(function*(given: Given) {
  yield* endWithTerminal
  const missing = yield* LanNetwork.missing
  if (missing !== null) return yield* new BenchError({ detail: missing })
  const wanted = given.scenario.length === 0 || given.scenario.includes("all")
    ? scenarios
    : scenarios.filter((scenario) => given.scenario.includes(scenario))
  const cluster = yield* LanCluster.make(given.nodes, given.quorum)
  const findings = yield* Effect.all(wanted.flatMap((scenario) => runsOf(cluster, scenario, given)))
  return { nodes: given.nodes, quorum: given.quorum, findings } satisfies Report.Report
})

const runsOf = (
  cluster: LanCluster.LanCluster,
  scenario: Scenario,
  { minutes, rounds }: Given
): ReadonlyArray<Effect.Effect<Finding, BenchError>> => {
  const seconds = minutes * 60
  switch (scenario) {
    case "kill":
    case "silent":
    case "power":
      return [HostGone.run(cluster, scenario, rounds)]
    case "split":
    case "one-way":
      return [Cut.run(cluster, scenario, rounds)]
    case "flapping":
      return [Watch.flap(cluster, rounds)]
    case "loss":
      return losses.map((lossShare) =>
        Watch.run(cluster, `${lossShare * 100} % loss`, { lossShare, seconds, stalls: false })
      )
    case "stalls":
      return [
        Watch.run(cluster, `${stallsLoss * 100} % loss, stalls`, { lossShare: stallsLoss, seconds, stalls: true })
      ]
  }
}
