/** `npm run bench -- smoothing`: how far from the truth remote objects are shown, by how they are smoothed. */
import { Command, Options } from "@effect/cli"
import { Console, Effect } from "effect"
import * as Course from "../src/core/smoothing/Course.ts"
import { methods } from "../src/core/smoothing/RemoteObject.ts"
import * as Figures from "../src/programs/bench/Figures.ts"
import * as OptionChecks from "../src/programs/OptionChecks.ts"

const networks = [
  { lagMs: 0, jitterMs: 0, loss: 0 },
  { lagMs: 100, jitterMs: 0, loss: 0 },
  { lagMs: 100, jitterMs: 50, loss: 0.05 },
  { lagMs: 200, jitterMs: 100, loss: 0.05 },
  { lagMs: 300, jitterMs: 150, loss: 0.1 }
] as const

const options = {
  seconds: OptionChecks.count("seconds", 20, 3_600, 120, "how long each is watched, in its own time"),
  seed: OptionChecks.count("seed", 0, 1e9, 1, "the first of five"),
  json: Options.boolean("json").pipe(Options.withDescription("prints the report as JSON"))
}

/** Objects are known for so long when the figures begin: walls are learned from bounces. */
const warmUpSeconds = 10
const seeds = 5

const measure = (seconds: number, seed: number) =>
  Course.motions.flatMap((motion) =>
    networks.flatMap((network) =>
      methods.map((method) => {
        const runs = Array.from(
          { length: seeds },
          (_, i) =>
            Course.run({ motion, method, seconds, seed: seed + i, updatesPerSecond: 10, warmUpSeconds, ...network })
        )
        return {
          motion,
          method,
          ...network,
          meanErrorPx: runs.reduce((sum, { meanError }) => sum + meanError, 0) / seeds,
          maxErrorPx: Math.max(...runs.map(({ maxError }) => maxError)),
          maxJumpPx: Math.max(...runs.map(({ maxJump }) => maxJump))
        }
      })
    )
  )

type Row = ReturnType<typeof measure>[number]

const describe = (rows: ReadonlyArray<Row>): string =>
  Course.motions.map((motion) => {
    const cells = networks.map(({ jitterMs, lagMs, loss }) => [
      `${lagMs} ms ± ${jitterMs} ms, ${loss * 100} %`,
      ...rows.filter((row) => row.motion === motion && row.lagMs === lagMs && row.jitterMs === jitterMs)
        .map(({ maxJumpPx, meanErrorPx }) => `${meanErrorPx.toFixed(1)} / ${Math.max(0, maxJumpPx).toFixed(1)}`)
    ])
    return Figures.table([[`${motion}: lag, jitter, loss`, ...methods], ...cells])
  }).join("\n\n")

export const command = Command.make("smoothing", options, ({ json, seconds, seed }) =>
  Effect.suspend(() => {
    const rows = measure(seconds, seed)
    return Console.log(
      json
        ? JSON.stringify(rows, null, 2)
        : `${
          describe(rows)
        }\n\nMean distance from the truth / largest jump in a frame beyond the object's own speed, in px.`
    )
  })).pipe(Command.withDescription("Measures how smoothly and how rightly remote objects are shown."))
