/** Tables of mutants in docs/how-it-is-tested.md, each between a line that names the command which makes it, and an end. */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

const docs = join(import.meta.dirname, "..", "..", "docs", "how-it-is-tested.md")

export interface Row {
  readonly lacks: string
  /** None: not caught yet. */
  readonly caught: { readonly seed: number; readonly promise: string } | undefined
}

const text = (rows: ReadonlyArray<Row>): string =>
  [
    "| without | caught by seed | broken promise |",
    "|---|--:|---|",
    ...rows.map(({ caught, lacks }) => `| ${lacks} | ${caught?.seed ?? "not caught yet"} | ${caught?.promise ?? ""} |`)
  ].join("\n")

/** `marker`: what stands in the comment before the table. Without such a comment it throws. */
export const write = (marker: string, rows: ReadonlyArray<Row>): void => {
  const page = readFileSync(docs, "utf8")
  const begin = `<!-- ${marker} -->\n`
  const from = page.indexOf(begin)
  const to = page.indexOf("\n<!-- end -->", from)
  if (from < 0 || to < 0) throw new Error(`${docs} has no table marked with "${begin.trim()}"`)
  writeFileSync(docs, `${page.slice(0, from + begin.length)}\n${text(rows)}\n${page.slice(to)}`)
}
