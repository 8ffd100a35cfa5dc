/**
 * Tables of text for people: columns as wide as their widest cell, numbers to the right.
 */
import { asIs, type Ink } from "./Ink.ts"

export interface Column<Row> {
  readonly title: string
  readonly cell: (row: Row) => string
  /** Default: left. */
  readonly align?: "left" | "right"
  /** How a cell is emphasised. Default: not at all. */
  readonly ink?: (row: Row) => (text: string) => string
}

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u

/** How many cells of a terminal a text takes, as terminals commonly count them. */
export const width = (text: string): number => {
  let cells = 0
  for (const sign of text) cells += /\p{M}|\u200d/u.test(sign) ? 0 : wide.test(sign) ? 2 : 1
  return cells
}

/** What comes from other machines must not move the cursor. */
const printable = (text: string): string => text.replace(/[\p{C}]/gu, "?")

const pad = (text: string, cells: number, align: "left" | "right"): string => {
  const space = " ".repeat(Math.max(0, cells - width(text)))
  return align === "left" ? text + space : space + text
}

/** Lines, the titles first, each indented by two spaces. No rows: nothing. */
export const format = <Row>(
  columns: ReadonlyArray<Column<Row>>,
  rows: ReadonlyArray<Row>,
  ink: Ink
): ReadonlyArray<string> => {
  if (rows.length === 0) return []
  const cells = rows.map((row) => columns.map((column) => printable(column.cell(row))))
  const widths = columns.map((column, i) =>
    cells.reduce((most, line) => Math.max(most, width(line[i]!)), width(column.title))
  )
  const line = (texts: ReadonlyArray<string>, inks: ReadonlyArray<(text: string) => string>): string =>
    `  ${columns.map((column, i) => inks[i]!(pad(texts[i]!, widths[i]!, column.align ?? "left"))).join("  ")}`.trimEnd()
  return [
    line(columns.map((column) => column.title), columns.map(() => ink.quiet)),
    ...rows.map((row, i) => line(cells[i]!, columns.map((column) => column.ink?.(row) ?? asIs)))
  ]
}
