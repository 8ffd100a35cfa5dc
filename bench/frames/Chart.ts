/** A page of small line charts, as SVG that reads on light and dark ground. */

export interface Line {
  readonly name: string
  /** One per label; null leaves a gap. */
  readonly values: ReadonlyArray<number | null>
}

export interface Panel {
  readonly title: string
  readonly labels: ReadonlyArray<string>
  readonly lines: ReadonlyArray<Line>
}

const width = 360
const height = 200
const left = 46
const right = 14
const above = 30
const below = 26
const legendHeight = 28
const perRow = 2
const colors = ["#d9480f", "#1c7ed6", "#868e96"]

/** The least of 1, 2, 2.5 or 5 times a power of ten that is not below the value. */
export const roundUp = (value: number): number => {
  if (!(value > 0)) return 1
  let power = 1
  while (power > value) power /= 10
  while (power * 10 <= value) power *= 10
  const factor = [1, 2, 2.5, 5, 10].find((one) => one * power >= value * (1 - 1e-9))!
  return Number((factor * power).toPrecision(3))
}

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")

const text = (x: number, y: number, what: string, anchor = "middle", size = 11): string =>
  `<text x="${x}" y="${y}" text-anchor="${anchor}" font-size="${size}">${escaped(what)}</text>`

const panel = (
  { labels, lines, title }: Panel,
  atX: number,
  atY: number,
  colorOf: (name: string) => string
): string => {
  const most = roundUp(Math.max(...lines.flatMap(({ values }) => values.map((value) => value ?? 0))))
  const x = (index: number) => Math.round(left + (width - left - right) * (index + 0.5) / labels.length)
  const y = (value: number) => Math.round((height - below - (height - above - below) * value / most) * 10) / 10
  const grid = [0, 0.5, 1].map((share) =>
    `<line x1="${left}" x2="${width - right}" y1="${y(most * share)}" y2="${
      y(most * share)
    }" stroke="#868e96" stroke-opacity="0.35"/>${
      text(left - 6, y(most * share) + 4, `${Number((most * share).toPrecision(3))}`, "end", 10)
    }`
  )
  const drawn = lines.map(({ name, values }) => {
    const points = values.flatMap((value, i) => value === null ? [] : [[x(i), y(value)] as const])
    const dots = points.map(([px, py]) => `<circle cx="${px}" cy="${py}" r="3" fill="${colorOf(name)}"/>`).join("")
    return `<polyline fill="none" stroke="${colorOf(name)}" stroke-width="2" points="${
      points.map((point) => point.join(",")).join(" ")
    }"/>${dots}`
  })
  return `<g transform="translate(${atX} ${atY})">${text(width / 2, 18, title, "middle", 13)}${grid.join("")}${
    labels.map((label, i) => text(x(i), height - 8, label)).join("")
  }${drawn.join("")}</g>`
}

/** Two panels a row; a colour per name of a line, in all of them. */
export const draw = (panels: ReadonlyArray<Panel>): string => {
  const names = [...new Set(panels.flatMap(({ lines }) => lines.map(({ name }) => name)))]
  const colorOf = (name: string): string => colors[names.indexOf(name) % colors.length]!
  const rows = Math.ceil(panels.length / perRow)
  const [allWidth, allHeight] = [width * perRow, height * rows + legendHeight]
  const legend = names.map((name, i) => {
    const at = 24 + i * (allWidth - 24) / names.length
    return `<circle cx="${at}" cy="${height * rows + 14}" r="5" fill="${colorOf(name)}"/>${
      text(at + 12, height * rows + 18, name, "start", 12)
    }`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${allWidth} ${allHeight}" font-family="system-ui, sans-serif" fill="#868e96">${
    panels.map((one, i) => panel(one, width * (i % perRow), height * Math.floor(i / perRow), colorOf)).join("")
  }${legend.join("")}</svg>
`
}
