/**
 * `npm run bench -- raft-frames`: whether a game's frame rate changes how long a commit or an election takes, and whether
 * Raft makes frames uneven; three nodes, with Raft beside the game loop or in a thread of its own (row D9 of the features).
 */
import { Command, Options } from "@effect/cli"
import { FileSystem } from "@effect/platform"
import { Console, Effect, Option } from "effect"
import * as Figures from "../src/programs/bench/Figures.ts"
import { BenchError } from "../src/programs/bench/NodeProcess.ts"
import * as ExitCode from "../src/programs/ExitCode.ts"
import * as OptionChecks from "../src/programs/OptionChecks.ts"
import * as Chart from "./frames/Chart.ts"
import * as FramedNodes from "./frames/FramedNodes.ts"
import type { Placement } from "./frames/Protocol.ts"

const rates: ReadonlyArray<number | null> = [null, 30, 60, 120, 240]
const placements: ReadonlyArray<Placement> = ["same thread", "own thread"]
/** After a start, and between two elections, in milliseconds. */
const settleMs = 1_000

const options = {
  seconds: OptionChecks.count("seconds", 1, 600, 5, "how long commits and frames of each kind are measured"),
  elections: OptionChecks.count("elections", 1, 1_000, 10, "how often the leader of each kind is stopped"),
  frameMs: OptionChecks.integer("frame-ms", 0, 30).pipe(
    Options.withPseudoName("MS"),
    Options.withDescription("how long a frame keeps its thread; by default 2, half of what 240 frames leave it"),
    Options.withDefault(2)
  ),
  fps: OptionChecks.optional(
    OptionChecks.integer("fps", 1, 1_000),
    "N",
    "measures this frame rate alone; by default none, 30, 60, 120 and 240"
  ),
  chart: Options.file("chart", { exists: "either" }).pipe(
    Options.withPseudoName("FILE"),
    Options.withDescription("draws the result into an SVG file"),
    Options.optional
  ),
  json: Options.boolean("json").pipe(Options.withDescription("prints the report as JSON"))
}

export interface Row {
  /** Null: without a game loop. */
  readonly fps: number | null
  /** Null: without Raft. */
  readonly raft: Placement | null
  readonly commitMs: Figures.Distribution
  readonly failed: number
  readonly electionMs: Figures.Distribution
  /** By how much the time between two frames was off. */
  readonly frameOffMs: Figures.Distribution
}

export const command = Command.make(
  "raft-frames",
  options,
  ({ chart, fps, json, ...given }) =>
    run(Option.isSome(fps) ? [fps.value] : rates, given).pipe(
      Effect.tap((rows) => Option.isNone(chart) ? Effect.void : draw(chart.value, rows)),
      Effect.tap((rows) => Console.log(json ? JSON.stringify(rows, null, 2) : describe(rows, given))),
      Effect.flatMap((rows) => rows.every(({ failed }) => failed === 0) ? Effect.void : ExitCode.failed),
      Effect.catchAll(ExitCode.complain)
    )
).pipe(
  Command.withDescription("Measures commits, elections and frames of three nodes at growing frame rates.")
)

interface Given {
  readonly seconds: number
  readonly elections: number
  readonly frameMs: number
}

/** Each rate without Raft first: what the machine itself makes of its frames. */
const kindsOf = (chosen: ReadonlyArray<number | null>) =>
  chosen.flatMap((fps) =>
    [null, ...placements]
      .filter((raft) => fps !== null || raft !== null)
      .map((raft) => ({ fps, raft }))
  )

const run = (chosen: ReadonlyArray<number | null>, given: Given) => {
  const kinds = kindsOf(chosen)
  return Effect.forEach(
    kinds,
    (kind, done) =>
      Effect.tap(
        Effect.scoped(measure(kind, given)),
        () => Effect.sync(() => Figures.progress(done + 1, kinds.length, nameOf(kind)))
      )
  )
}

const measure = Effect.fnUntraced(function*({ fps, raft }: Pick<Row, "fps" | "raft">, given: Given) {
  const { elections, frameMs, seconds } = given
  const nodes = yield* FramedNodes.start({ fps, raft, frameMs })
  yield* Effect.sleep(settleMs)
  const measured = yield* nodes.measure(seconds)
  const election = Effect.tap(nodes.electAnew, () => Effect.sleep(settleMs))
  const electionsMs = yield* Effect.replicateEffect(election, raft === null ? 0 : elections)
  return {
    fps,
    raft,
    commitMs: Figures.distribution(measured.flatMap(({ commitsMs }) => commitsMs), 2),
    failed: measured.reduce((sum, { failed }) => sum + failed, 0),
    electionMs: Figures.distribution(electionsMs, 0),
    frameOffMs: Figures.distribution(measured.flatMap(({ framesOffMs }) => framesOffMs), 2)
  }
})

const nameOf = ({ fps, raft }: Pick<Row, "fps" | "raft">): string =>
  `${fps === null ? "no game loop" : `${fps} frames/s`}, ${
    raft === null ? "no Raft" : `Raft in ${raft === "own thread" ? "its own" : "the same"} thread`
  }`

const figure = (value: number | null): string => value === null ? "–" : `${value}`

const describe = (rows: ReadonlyArray<Row>, { elections, frameMs, seconds }: Given): string =>
  [
    `three nodes, a frame of ${frameMs} ms, ${seconds} s and ${elections} elections each; in milliseconds`,
    "",
    Figures.table([
      ["", "commit p50", "p99", "election p50", "max", "frame off p50", "p99", "max"],
      ...rows.map((row) => [
        nameOf(row),
        figure(row.commitMs.p50),
        figure(row.commitMs.p99),
        figure(row.electionMs.p50),
        figure(row.electionMs.max),
        figure(row.frameOffMs.p50),
        figure(row.frameOffMs.p99),
        figure(row.frameOffMs.max)
      ])
    ])
  ].join("\n")

const draw = (file: string, rows: ReadonlyArray<Row>) =>
  Effect.flatMap(FileSystem.FileSystem, (files) => files.writeFileString(file, Chart.draw(chartOf(rows)))).pipe(
    Effect.mapError(({ message }) => new BenchError({ detail: `${file} cannot be written: ${message}` }))
  )

const rateName = (fps: number | null): string => fps === null ? "no loop" : `${fps}/s`

const chartOf = (rows: ReadonlyArray<Row>): ReadonlyArray<Chart.Panel> => {
  const shown = [...new Set(rows.map(({ fps }) => fps))]
  const line = (name: string, raft: Placement | null, value: (row: Row) => number | null): Chart.Line => ({
    name,
    values: shown.map((fps) => {
      const row = rows.find((one) => one.fps === fps && one.raft === raft)
      return row === undefined ? null : value(row)
    })
  })
  const labels = shown.map(rateName)
  const beside = (raft: Placement) => raft === "same thread" ? "Raft in the same thread" : "Raft in its own thread"
  const each = (value: (row: Row) => number | null) => placements.map((raft) => line(beside(raft), raft, value))
  return [
    { title: "Commit, p50 (ms)", labels, lines: each(({ commitMs }) => commitMs.p50) },
    { title: "Commit, p99 (ms)", labels, lines: each(({ commitMs }) => commitMs.p99) },
    { title: "Election after silence, p50 (ms)", labels, lines: each(({ electionMs }) => electionMs.p50) },
    {
      title: "Frames off, p99 (ms)",
      labels,
      lines: [...each(({ frameOffMs }) => frameOffMs.p99), line("no Raft", null, ({ frameOffMs }) => frameOffMs.p99)]
    }
  ]
}
