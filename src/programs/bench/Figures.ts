/** Distributions, tables and reports, as benches tell them. */
import { Console, Effect } from "effect"
import * as ExitCode from "../ExitCode.ts"

export interface Distribution {
  readonly samples: number
  readonly p50: number | null
  readonly p90: number | null
  readonly p99: number | null
  readonly max: number | null
}

/** Nearest-rank percentiles, rounded to so many digits after the point. */
export const distribution = (values: ReadonlyArray<number>, digits = 1): Distribution => {
  const unit = 10 ** digits
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number) =>
    sorted.length === 0
      ? null
      : Math.round(sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]! * unit) / unit
  return { samples: sorted.length, p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) }
}

/** The titles of a table of distributions. */
export const titles = (what: string): ReadonlyArray<string> => [what, "p50", "p90", "p99", "max", "samples"]

/** A dash where nothing was measured. */
export const cell = (value: number | null): string => value === null ? "–" : `${value}`

/** A distribution below `titles`. */
export const row = (name: string, { max, p50, p90, p99, samples }: Distribution): ReadonlyArray<string> => [
  name,
  ...[p50, p90, p99, max].map(cell),
  `${samples}`
]

/** A table with a header row, columns padded. */
export const table = (rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  const line = (row: ReadonlyArray<string>) =>
    row.map((cell, column) => column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)).join("  ")
  return [line(rows[0]!), widths.map((width) => "─".repeat(width)).join("  "), ...rows.slice(1).map(line)].join("\n")
}

/** One line on standard error that is written over as the work goes on; plain lines where that is no terminal. */
export const progress = (done: number, total: number, note: string): void => {
  const width = 30
  const filled = Math.round(width * done / Math.max(1, total))
  const bar = `${"█".repeat(filled)}${"░".repeat(width - filled)} ${done}/${total}  ${note}`
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${bar}${done === total ? "\n" : ""}`)
  else if (done === total || done % 10 === 0) process.stderr.write(`${bar}\n`)
}

/** Tells a report, for people or as JSON, and fails where it is not as it should be. */
export const tell = <Report>(
  { json }: { readonly json: boolean },
  describe: (report: Report) => string,
  isSound: (report: Report) => boolean
) =>
(report: Report): Effect.Effect<void> =>
  Effect.zipRight(
    Console.log(json ? JSON.stringify(report, null, 2) : describe(report)),
    isSound(report) ? Effect.void : ExitCode.failed
  )
