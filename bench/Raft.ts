/**
 * `npm run bench -- raft`: how many commands a Raft log commits in a second, and how long each takes; in memory, on disk, and
 * beside etcd under the same load.
 */
import { Command, Options } from "@effect/cli"
import type { FileSystem } from "@effect/platform"
import { Console, Effect, Option, type Scope } from "effect"
import * as Figures from "../src/programs/bench/Figures.ts"
import { BenchError } from "../src/programs/bench/NodeProcess.ts"
import * as ExitCode from "../src/programs/ExitCode.ts"
import * as OptionChecks from "../src/programs/OptionChecks.ts"
import * as DurableNodes from "./raft/DurableNodes.ts"
import * as Etcd from "./raft/Etcd.ts"
import * as Load from "./raft/Load.ts"
import * as MemoryNodes from "./raft/MemoryNodes.ts"

const proposersOf = [1, 16, 128] as const
const sizes = [3, 5] as const

const options = {
  seconds: OptionChecks.count("seconds", 1, 600, 5, "how long each is measured, after a second of the same load"),
  only: Options.choice("only", ["memory", "durable", "etcd"]).pipe(
    Options.withDescription("measures these alone; by default all, and etcd where PATH has it"),
    Options.optional
  ),
  nodes: OptionChecks.optional(
    OptionChecks.integer("nodes", 1, 9),
    "N",
    "measures clusters of so many nodes alone; by default of 3 and 5, and etcd of 3"
  ),
  proposers: OptionChecks.optional(
    OptionChecks.integer("proposers", 1, 1_024),
    "N",
    "lets so many propose at a time, and no other number; by default 1, 16 and 128"
  ),
  json: Options.boolean("json").pipe(Options.withDescription("prints the report as JSON"))
}

type Kind = "memory" | "durable" | "etcd"

export interface Row extends Load.Measured {
  readonly kind: Kind
  readonly nodes: number
}

export interface Report {
  /** Null: none was found, or none was asked for. */
  readonly etcd: string | null
  readonly seconds: number
  readonly payloadBytes: number
  readonly rows: ReadonlyArray<Row>
}

export const command = Command.make(
  "raft",
  options,
  ({ json, ...given }) =>
    run(given).pipe(
      Effect.tap((report) => Console.log(json ? JSON.stringify(report, null, 2) : describe(report))),
      Effect.catchAll(ExitCode.complain)
    )
).pipe(
  Command.withDescription(
    "Measures what a Raft log commits, in memory and on disk, and beside etcd where there is one."
  )
)

const start: {
  readonly [kind in Kind]: (
    nodes: number
  ) => Effect.Effect<Load.Propose, BenchError, Scope.Scope | FileSystem.FileSystem>
} = { memory: MemoryNodes.start, durable: DurableNodes.start, etcd: Etcd.start }

interface Given {
  readonly seconds: number
  readonly only: Option.Option<Kind>
  readonly nodes: Option.Option<number>
  readonly proposers: Option.Option<number>
}

const or = <A>(given: Option.Option<A>, all: ReadonlyArray<A>): ReadonlyArray<A> =>
  Option.match(given, { onNone: () => all, onSome: (one) => [one] })

const run = Effect.fnUntraced(function*({ nodes, only, proposers, seconds }: Given) {
  const kinds: ReadonlyArray<Kind> = or(only, ["memory", "durable", "etcd"])
  const etcd = kinds.includes("etcd") ? yield* Etcd.version : null
  if (etcd === null && Option.contains(only, "etcd")) {
    return yield* new BenchError({ detail: "There is no etcd in PATH. Install it (apt-get install etcd-server)." })
  }
  const clusters = kinds
    .filter((kind) => kind !== "etcd" || etcd !== null)
    .flatMap((kind) => or(nodes, kind === "etcd" ? [3] : sizes).map((many) => ({ kind, nodes: many })))
  const loads: ReadonlyArray<number> = or(proposers, proposersOf)
  const rows: Array<Row> = []
  const total = clusters.length * loads.length
  for (const { kind, nodes } of clusters) {
    yield* Effect.scoped(
      Effect.flatMap(
        start[kind](nodes),
        (propose) =>
          Effect.forEach(loads, (many) =>
            Effect.map(Load.run(propose, many, seconds), (measured) => {
              rows.push({ kind, nodes, ...measured })
              Figures.progress(rows.length, total, `${kind}, ${nodes} nodes: ${measured.commitsPerSecond} commits/s`)
            }))
      )
    )
  }
  return { etcd, seconds, payloadBytes: Load.payloadBytes, rows } satisfies Report
})

const names: { readonly [kind in Kind]: string } = {
  memory: "in memory, one process",
  durable: "on disk, a process each",
  etcd: "etcd, a process each"
}

export const describe = ({ etcd, payloadBytes, rows, seconds }: Report): string =>
  [
    `commands of ${payloadBytes} bytes, ${seconds} s each${etcd === null ? "" : `, beside etcd ${etcd}`}`,
    "",
    Figures.table([
      ["", "nodes", "proposers", "commits/s", "p50 (ms)", "p99", "max"],
      ...rows.map(({ commitsPerSecond, kind, latencyMs, nodes, proposers }) => [
        names[kind],
        `${nodes}`,
        `${proposers}`,
        commitsPerSecond.toLocaleString("en"),
        `${latencyMs.p50 ?? "–"}`,
        `${latencyMs.p99 ?? "–"}`,
        `${latencyMs.max ?? "–"}`
      ])
    ])
  ].join("\n")
