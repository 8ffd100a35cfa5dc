/**
 * `npm run bench -- broker`: RabbitMQ's exchanges, queues and acknowledgements, NATS and JetStream beside hostless' own links
 * in one run (rows C13 and C20 of the features): latency, throughput, and what is lost or doubled when a consumer or
 * the broker is killed.
 */
import { Command, Options } from "@effect/cli"
import { FileSystem } from "@effect/platform"
import { Console, Effect, Option } from "effect"
import * as Figures from "../src/programs/bench/Figures.ts"
import { BenchError } from "../src/programs/bench/NodeProcess.ts"
import * as ExitCode from "../src/programs/ExitCode.ts"
import * as OptionChecks from "../src/programs/OptionChecks.ts"
import * as AmqpModes from "./broker/AmqpModes.ts"
import * as BarChart from "./broker/BarChart.ts"
import * as LinkModes from "./broker/LinkModes.ts"
import * as Measure from "./broker/Measure.ts"
import type { Mode } from "./broker/Mode.ts"
import * as NatsModes from "./broker/NatsModes.ts"
import * as NatsServer from "./broker/NatsServer.ts"
import * as RabbitServer from "./broker/RabbitServer.ts"
import type { BrokerServer } from "./broker/Server.ts"

const options = {
  seconds: OptionChecks.count("seconds", 1, 600, 3, "how long latency and throughput of each are measured"),
  chart: Options.file("chart", { exists: "either" }).pipe(
    Options.withPseudoName("FILE"),
    Options.withDescription("draws the latencies into an SVG file"),
    Options.optional
  ),
  json: Options.boolean("json").pipe(Options.withDescription("prints the report as JSON"))
}

export const command = Command.make("broker", options, ({ chart, json, seconds }) =>
  run(seconds).pipe(
    Effect.tap((report) => Console.log(json ? JSON.stringify(report, null, 2) : describe(report))),
    Effect.tap((report) => Option.isSome(chart) ? drawInto(chart.value, report) : Effect.void),
    Effect.scoped,
    Effect.catchAll(ExitCode.complain)
  )).pipe(
    Command.withDescription("Measures RabbitMQ and NATS, as they can be used, beside links over TCP and UDP.")
  )

interface Turn {
  readonly mode: Mode
  readonly server: BrokerServer | null
}

const run = Effect.fnUntraced(function*(seconds: number) {
  const rabbit = yield* RabbitServer.make
  const nats = yield* NatsServer.make()
  const turns: ReadonlyArray<Turn> = [
    ...LinkModes.directModes.map((mode) => ({ mode, server: null })),
    { mode: LinkModes.brokeredMode(nats.product, nats.url), server: nats },
    { mode: LinkModes.brokeredMode(rabbit.product, rabbit.url), server: rabbit },
    ...NatsModes.modes(new URL(nats.url).host).map((mode) => ({ mode, server: nats })),
    ...AmqpModes.modes(rabbit.url).map((mode) => ({ mode, server: rabbit }))
  ]
  const rows: Array<Measure.Row> = []
  for (const { mode, server } of turns) {
    rows.push(yield* Effect.scoped(Measure.measure(mode, server, seconds)))
    Figures.progress(rows.length, turns.length, mode.name)
  }
  return { seconds, products: [nats.product, rabbit.product], rows }
})

type Report = Effect.Effect.Success<ReturnType<typeof run>>

const drawInto = Effect.fnUntraced(function*(file: string, { rows }: Report) {
  const files = yield* FileSystem.FileSystem
  const bars = rows.map(({ latencyMs, name }) => ({ name, first: latencyMs.p50, second: latencyMs.p99 }))
  yield* files.writeFileString(file, BarChart.draw("latency of a message of 100 bytes (ms)", ["p50", "p99"], bars))
    .pipe(
      Effect.mapError(({ message }) => new BenchError({ detail: `The chart cannot be written: ${message}` }))
    )
})

const told = (losses: Measure.Losses | null): ReadonlyArray<string> =>
  losses === null ? ["–", "–"] : [`${losses.lost} of ${losses.sent}`, `${losses.doubled}`]

const describe = ({ products, rows, seconds }: Report): string =>
  [
    `${
      products.join(", ")
    }; 250 messages of 100 bytes a second for ${seconds} s, then as many as pass with 500 under way`,
    "",
    Figures.table([
      ["", "p50 ms", "p99 ms", "messages/s", "consumer killed: lost", "twice", "broker killed: lost", "twice"],
      ...rows.map(({ brokerKilled, consumerKilled, latencyMs, name, perSecond }) => [
        name,
        `${latencyMs.p50 ?? "–"}`,
        `${latencyMs.p99 ?? "–"}`,
        `${perSecond}`,
        ...told(consumerKilled),
        ...told(brokerKilled)
      ])
    ])
  ].join("\n")
