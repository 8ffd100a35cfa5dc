/**
 * The last messages of a run as a time-space diagram (Lamport, "Time, Clocks and the Ordering of Events", 1978): a column
 * for each process, time downwards, an arrow for each message where it arrives.
 */
import type { Entry } from "./Trace.ts"

const columnWidth = 6
const wordsMax = 110

/** What tells little, and comes often. */
const isNoise = ({ words }: Entry): boolean =>
  /^(?:beat|announcement) |"_tag":"held"|link (?:up|down)|^link #\d+(?: · ack [^·]*)?$/.test(words)

/** At most so many of the last entries. */
export const draw = (entries: ReadonlyArray<Entry>, linesMax: number): string => {
  const told = entries.filter((entry) => !isNoise(entry)).slice(-linesMax)
  const columns = [...new Set(told.flatMap(({ from, to }) => [from, to].filter((name) => name !== null)))].sort()
  const head = `${" ".repeat(12)}${columns.map((name) => name.padEnd(columnWidth)).join("")}`
  return [head, ...told.map((entry) => line(entry, columns))].join("\n")
}

const line = ({ atMs, from, to, words }: Entry, columns: ReadonlyArray<string>): string => {
  const time = `${atMs.toFixed(2).padStart(10)}  `
  return `${time}${
    lanes(from === null ? -1 : columns.indexOf(from), to === null ? null : columns.indexOf(to), columns.length)
  }${shortened(words)}`
}

const lanes = (from: number, to: number | null, count: number): string => {
  const cells: Array<string> = Array.from({ length: count * columnWidth }, (_, i) => i % columnWidth === 0 ? "│" : " ")
  if (from < 0) return `${"═".repeat(count * columnWidth - 1)} `
  if (to === null) cells[from * columnWidth] = "●"
  else {
    const [left, right] = [Math.min(from, to) * columnWidth, Math.max(from, to) * columnWidth]
    for (let i = left + 1; i < right; i++) cells[i] = "─"
    cells[from * columnWidth] = "○"
    cells[to * columnWidth] = to > from ? "▶" : "◀"
  }
  return cells.join("")
}

/** Ids by their first digits, and no more than fits. */
const shortened = (words: string): string => {
  const short = words
    .replace(/([0-9a-f]{4})[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "$1")
    .replace(/^frame \["(\w+)",\{"_tag":"([\w-]+)",?(.*)\}\]$/, "$2 $3")
    .replaceAll("\"", "")
  return short.length > wordsMax ? `${short.slice(0, wordsMax)}…` : short
}
