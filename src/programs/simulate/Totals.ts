/** What many runs add up to, in the order of their seeds; kept in a file, so that a long run can go on another day. */
import { Data, Effect, Schema } from "effect"
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import * as ExitCode from "../ExitCode.ts"
import type { Ran, Setup } from "./Protocol.ts"

export class TotalsError extends Data.TaggedError("TotalsError")<{ readonly detail: string }> {}

const Finding = Schema.Struct({
  seed: Schema.String,
  promise: Schema.String,
  detail: Schema.String,
  atMs: Schema.Number
})

const Kept = Schema.Struct({
  /** Only runs that are set up alike can be added up. */
  setup: Schema.String,
  firstSeed: Schema.String,
  runs: Schema.NonNegativeInt,
  simulatedMs: Schema.Number,
  /** What the runs took, summed over the times that it was worked on. */
  wallMs: Schema.Number,
  fired: Schema.Record({ key: Schema.String, value: Schema.Number }),
  findings: Schema.Array(Finding)
})

/** As far as all seeds from the first one on have been run. */
export interface Totals extends Schema.Schema.Type<typeof Kept> {}

export const none = (setup: Setup, firstSeed: bigint): Totals => ({
  setup: JSON.stringify(setup),
  firstSeed: String(firstSeed),
  runs: 0,
  simulatedMs: 0,
  wallMs: 0,
  fired: {},
  findings: []
})

export const add = (totals: Totals, ran: Ran): Totals => {
  const fired = { ...totals.fired }
  for (const [kind, times] of Object.entries(ran.fired)) fired[kind] = (fired[kind] ?? 0) + times
  return {
    ...totals,
    runs: totals.runs + 1,
    simulatedMs: totals.simulatedMs + ran.simulatedMs,
    fired,
    findings: ran.finding === null ? totals.findings : [...totals.findings, { seed: ran.seed, ...ran.finding }]
  }
}

/** What the file keeps, if it is there and of runs that are set up alike. */
export const load = (path: string, fresh: Totals): Effect.Effect<Totals, TotalsError> =>
  Effect.gen(function*() {
    if (!existsSync(path)) return fresh
    const kept = yield* Schema.decodeUnknown(Schema.parseJson(Kept))(readFileSync(path, "utf8")).pipe(
      Effect.mapError(() => new TotalsError({ detail: `${path} keeps no runs. Name another file with --resume.` }))
    )
    if (kept.setup !== fresh.setup || kept.firstSeed !== fresh.firstSeed) {
      return yield* new TotalsError({
        detail:
          `${path} keeps runs with other options, from seed ${kept.firstSeed} on (${kept.setup}). Give the same ones, `
          + "or name another file with --resume."
      })
    }
    return kept
  })

/** All of it or nothing. */
export const save = (path: string, totals: Totals): Effect.Effect<void, TotalsError> =>
  Effect.try({
    try: () => {
      writeFileSync(`${path}.new`, JSON.stringify(totals, null, 2))
      renameSync(`${path}.new`, path)
    },
    catch: (error) => new TotalsError({ detail: ExitCode.unwritable(path, error, "--resume") })
  })
