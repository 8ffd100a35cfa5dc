/** Two bars a row on a logarithmic scale, as SVG that reads on light and dark ground. */

export interface Bars {
  readonly name: string
  readonly first: number | null
  readonly second: number | null
}

const width = 840
const left = 400
const right = 70
const rowHeight = 30
const above = 44
const colors = { first: "#1c7ed6", second: "#d9480f" }

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")

const text = (x: number, y: number, what: string, anchor: "start" | "end" | "middle"): string =>
  `<text x="${x}" y="${y}" text-anchor="${anchor}" font-size="11">${escaped(what)}</text>`

/** `names`: what the two bars are. */
export const draw = (title: string, names: readonly [string, string], rows: ReadonlyArray<Bars>): string => {
  const values = rows.flatMap(({ first, second }) => [first, second].filter((value) => value !== null && value > 0))
  const least = Math.floor(Math.log10(Math.min(...values as Array<number>, 0.1)))
  const most = Math.ceil(Math.log10(Math.max(...values as Array<number>, 1)))
  const x = (value: number) =>
    Math.round((left + (width - left - right) * (Math.log10(value) - least) / (most - least)) * 10) / 10
  const height = above + rows.length * rowHeight + 24
  const grid = Array.from({ length: most - least + 1 }, (_, i) => {
    const value = Number((10 ** (least + i)).toPrecision(1))
    return `<line x1="${x(value)}" x2="${x(value)}" y1="${above - 6}" y2="${
      height - 18
    }" stroke="#868e96" stroke-opacity="0.35"/>${text(x(value), height - 4, `${value}`, "middle")}`
  })
  const bar = (value: number | null, y: number, color: string): string =>
    value === null || value <= 0
      ? ""
      : `<rect x="${left}" y="${y}" width="${Math.max(1, x(value) - left)}" height="10" fill="${color}"/>${
        text(x(value) + 4, y + 9, `${value}`, "start")
      }`
  const drawn = rows.map(({ first, name, second }, i) => {
    const y = above + i * rowHeight
    return `${text(left - 8, y + 14, name, "end")}${bar(first, y, colors.first)}${bar(second, y + 11, colors.second)}`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" fill="#868e96">${
    text(8, 18, title, "start")
  }<circle cx="${left}" cy="14" r="5" fill="${colors.first}"/>${text(left + 10, 18, names[0], "start")}<circle cx="${
    left + 70
  }" cy="14" r="5" fill="${colors.second}"/>${text(left + 80, 18, names[1], "start")}${grid.join("")}${
    drawn.join("")
  }</svg>\n`
}
