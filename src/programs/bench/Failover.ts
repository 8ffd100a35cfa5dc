/**
 * `hostless bench failover`: how long play stands still when the host goes, and whether anything is lost by it. Real
 * processes, one per node, with bots; the host is killed, stopped or asked to end in each round, and started again.
 */
import { Command, Options } from "@effect/cli"
import { Console, Duration, Effect, Option, Random } from "effect"
import * as ExitCode from "../ExitCode.ts"
import * as OptionChecks from "../OptionChecks.ts"
import * as Audit from "./Audit.ts"
import * as BenchCluster from "./BenchCluster.ts"
import * as FailoverServers from "./FailoverServers.ts"
import * as Figures from "./Figures.ts"
import * as LanNetwork from "./lan/LanNetwork.ts"
import * as LossyLoopback from "./lan/LossyLoopback.ts"
import * as Lineage from "./Lineage.ts"
import * as NodeProcess from "./NodeProcess.ts"
import * as Transport from "./Transport.ts"

export type Mode = "kill" | "silent" | "handover"

const signals = { kill: "SIGKILL", silent: "SIGSTOP", handover: "SIGTERM" } as const

/** Longer than a change of host takes. */
const quietMs = 500

/** What is asked of any run. */
export const rounds = {
  nodes: OptionChecks.nodes(2),
  kills: OptionChecks.count("kills", 1, 100_000, 100, "how many hosts go"),
  mode: Options.choice("mode", ["kill", "silent", "handover"]).pipe(
    Options.withDescription("how the host goes: SIGKILL, SIGSTOP (then SIGCONT), or SIGTERM"),
    Options.withDefault("kill" as const)
  ),
  json: Options.boolean("json").pipe(Options.withDescription("prints the report as JSON"))
}
type Rounds = Command.Command.ParseConfig<typeof rounds>

const options = {
  ...rounds,
  shape: Options.choice("shape", ["mesh", "cluster"]).pipe(
    Options.withDescription(
      "mesh: every player is a node; cluster: servers, and players who are none; by default mesh"
    ),
    Options.withDefault("mesh" as const)
  ),
  game: Options.choice("game", ["gather", "pong"]).pipe(
    Options.withDescription("what is played: gather in a mesh, pong on a cluster, and by default what the shape plays"),
    Options.optional
  ),
  loss: OptionChecks.integer("loss", 0, 50).pipe(
    Options.withPseudoName("PERCENT"),
    Options.withDescription("on a cluster: so many packets in a hundred get lost (Linux, as root); by default none"),
    Options.withDefault(0)
  ),
  transport: Transport.option
}
type Given = Command.Command.ParseConfig<typeof options>

export const command = Command.make("failover", options, (given) => {
  const problem = problemOf(given)
  const linked = (usual: string) => Transport.of(Option.getOrElse(given.transport, () => usual))
  const measured = problem !== null
    ? Effect.fail(new NodeProcess.BenchError({ detail: problem }))
    : given.loss > 0
    ? withLoss(given)
    : given.shape === "cluster"
    ? Effect.flatMap(
      FailoverServers.run(given.nodes, given.kills, linked("udp")),
      Figures.tell(given, FailoverServers.describe, FailoverServers.isSound)
    )
    : inMesh(given, linked("tcp"))
  return Effect.scoped(measured).pipe(Effect.catchTag("BenchError", ExitCode.complain))
}).pipe(Command.withDescription("Measures how long play stands still when the host goes, and what is lost by it."))

/** Where every player is a node: measured and told. */
export const inMesh = (given: Rounds, linked: Transport.Linked) =>
  Effect.flatMap(run(given.nodes, given.kills, given.mode, linked), Figures.tell(given, describe, isSound))

/** The same where packets get lost. */
const withLoss = Effect.fnUntraced(function*({ json, kills, loss, nodes }: Given) {
  const missing = yield* LanNetwork.missing
  if (missing !== null) return yield* new NodeProcess.BenchError({ detail: `${missing} Or leave --loss out.` })
  const args = ["bench", "failover", "--shape", "cluster", "--nodes", `${nodes}`, "--kills", `${kills}`]
  const { code, output } = yield* LossyLoopback.run(loss / 100, json ? [...args, "--json"] : args)
  yield* Console.log(output.trimEnd())
  if (!json) yield* Console.log(`${loss} % of all packets were lost.`)
  if (code !== 0) yield* ExitCode.failed
})

/** What does not go together, or null. */
const problemOf = ({ game, loss, mode, shape, transport }: Given): string | null => {
  if (loss > 0 && Option.isSome(transport)) return "Losses are measured over UDP: leave --transport out."
  const played = shape === "cluster" ? "pong" : "gather"
  if (Option.isSome(game) && game.value !== played) return `A ${shape} plays ${played} here: leave --game out.`
  if (shape === "mesh" && loss > 0) return "Losses in a mesh are measured by \"bench lan\": leave --loss out."
  return shape === "cluster" && mode !== "kill" ? "On a cluster leaders are killed: leave --mode out." : null
}

const run = Effect.fnUntraced(function*(nodes: number, kills: number, mode: Mode, { env, name }: Transport.Linked) {
  const cluster = yield* BenchCluster.make(nodes, { env })
  const tally = Audit.tally()
  const interregna: Array<number> = []
  const reignsByCause: Record<string, number> = {}
  const regressions: Array<string> = []
  let badExits = 0

  for (let round = 0; round < kills; round++) {
    const now = yield* cluster.settle
    const slots = cluster.nodes()
    const victim = slots.find((_, i) => now[i]!.role === "host")!
    const hostStatus = now[slots.indexOf(victim)]!
    yield* Effect.sleep(Duration.millis(yield* Random.nextIntBetween(0, 100)))
    victim.child.kill(signals[mode])

    const survivors = slots.filter((slot) => slot !== victim)
    // Nobody is asked anything while the change of host is under way: answering would hold it up.
    yield* Effect.sleep(Duration.millis(quietMs))
    const after = yield* NodeProcess.until(
      Effect.map(NodeProcess.statuses(survivors), (all) => Lineage.takenOver(all, hostStatus.epoch ?? 0)),
      "another host",
      { everyMs: 100 }
    )
    for (const [i, status] of after.entries()) {
      const reign = status.reigns.find((one) => one.epoch === status.epoch)!
      if (reign.host !== status.peerId && reign.interregnumMs !== null) interregna.push(reign.interregnumMs)
      reignsByCause[reign.cause] = (reignsByCause[reign.cause] ?? 0) + 1
      regressions.push(...Lineage.regressions(now[slots.indexOf(survivors[i]!)]!, status))
    }

    if (mode === "silent") {
      victim.child.kill("SIGCONT")
    } else {
      yield* NodeProcess.ended(victim, "the old host to end")
      if (mode === "handover" && victim.child.exitCode !== 0) badExits++
      Audit.gone(tally, hostStatus.name, victim.botLog, after[0]!)
      yield* cluster.replace(victim)
    }
    Figures.progress(round + 1, kills, `interregnum p50 ${Figures.distribution(interregna).p50} ms`)
  }

  const end = yield* cluster.settle
  yield* Audit.living(tally, cluster)
  const preemptions = end.flatMap(({ reigns }) =>
    reigns.flatMap(({ cause, interregnumMs }) =>
      cause === "handover" && mode !== "handover" && interregnumMs !== null ? [interregnumMs] : []
    )
  )
  const periodMs = 1000 / end[0]!.tickRate
  const { checked, doubled, lost } = tally.inputs
  return {
    mode,
    transport: name,
    nodes,
    kills,
    interregnumMs: Figures.distribution(interregna),
    ticksMissed: interregna.filter((ms) => ms >= 2 * periodMs).length,
    preemptionMs: Figures.distribution(preemptions),
    reignsByCause,
    inputs: { checked, lost, doubled },
    broken: [...regressions, ...tally.broken],
    badExits
  }
})

type Report = Effect.Effect.Success<ReturnType<typeof run>>

/** Whether nothing was lost, whatever the figures are. */
const isSound = ({ badExits, broken }: Report): boolean => broken.length + badExits === 0

const describe = (report: Report): string =>
  [
    `${report.nodes} nodes, ${report.kills} hosts gone by ${report.mode}, linked by ${report.transport}`,
    "",
    Figures.table([
      Figures.titles("interregnum (ms)"),
      Figures.row(report.mode, report.interregnumMs),
      ...(report.preemptionMs.samples > 0 ? [Figures.row("preemption", report.preemptionMs)] : [])
    ]),
    "",
    `inputs: ${report.inputs.checked} acknowledged ones checked, ${report.inputs.lost} lost, ${report.inputs.doubled} doubled`,
    `promises not kept: ${report.broken.length}`,
    ...report.broken.map((what) => `  ${what}`),
    ...(report.mode === "handover"
      ? [`interregna of two ticks or more: ${report.ticksMissed}; exit codes other than 0: ${report.badExits}`]
      : [])
  ].join("\n")
