/**
 * Effect's metrics as Prometheus reads them (text exposition format 0.0.4).
 */
import { type MetricKey, type MetricPair, MetricState, Option } from "effect"

/** What `GET /metrics` says its answer is. */
export const contentType = "text/plain; version=0.0.4; charset=utf-8"

const nameOf = (key: MetricKey.MetricKey.Untyped): string => {
  const name = key.name.replace(/[^a-zA-Z0-9_:]/g, "_")
  return /^[0-9]/.test(name) ? `_${name}` : name
}

const escapeLabel = (value: string): string =>
  value.replaceAll("\\", "\\\\").replaceAll("\"", "\\\"").replaceAll("\n", "\\n")

const escapeHelp = (value: string): string => value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")

type Labels = ReadonlyArray<readonly [name: string, value: string]>

const labelled = (labels: Labels): string =>
  labels.length === 0 ?
    "" :
    `{${labels.map(([name, value]) => `${name.replace(/[^a-zA-Z0-9_]/g, "_")}="${escapeLabel(value)}"`).join(",")}}`

const number = (value: number | bigint): string =>
  value === Infinity ? "+Inf" : value === -Infinity ? "-Inf" : Number.isNaN(value) ? "NaN" : String(value)

interface Family {
  readonly type: string
  readonly help: string
  readonly lines: Array<string>
}

/** Histograms count per bucket up to its bound, and end with one for everything. */
const histogram = (name: string, labels: Labels, state: MetricState.MetricState.Histogram): ReadonlyArray<string> => [
  ...state.buckets
    .filter(([bound]) => Number.isFinite(bound))
    .map(([bound, count]) => `${name}_bucket${labelled([...labels, ["le", number(bound)]])} ${count}`),
  `${name}_bucket${labelled([...labels, ["le", "+Inf"]])} ${state.count}`,
  `${name}_sum${labelled(labels)} ${number(state.sum)}`,
  `${name}_count${labelled(labels)} ${state.count}`
]

const summary = (name: string, labels: Labels, state: MetricState.MetricState.Summary): ReadonlyArray<string> => [
  ...state.quantiles.map(([quantile, value]) =>
    `${name}${labelled([...labels, ["quantile", number(quantile)]])} ${number(Option.getOrElse(value, () => NaN))}`
  ),
  `${name}_sum${labelled(labels)} ${number(state.sum)}`,
  `${name}_count${labelled(labels)} ${state.count}`
]

const describe = (
  name: string,
  labels: Labels,
  state: MetricState.MetricState.Untyped
): { readonly type: string; readonly lines: ReadonlyArray<string> } => {
  if (MetricState.isCounterState(state)) {
    return { type: "counter", lines: [`${name}${labelled(labels)} ${number(state.count)}`] }
  }
  if (MetricState.isGaugeState(state)) {
    return { type: "gauge", lines: [`${name}${labelled(labels)} ${number(state.value)}`] }
  }
  if (MetricState.isHistogramState(state)) return { type: "histogram", lines: histogram(name, labels, state) }
  if (MetricState.isSummaryState(state)) return { type: "summary", lines: summary(name, labels, state) }
  if (MetricState.isFrequencyState(state)) {
    const lines = [...state.occurrences].map(([word, count]) =>
      `${name}${labelled([...labels, ["key", word]])} ${count}`
    )
    return { type: "counter", lines }
  }
  return { type: "untyped", lines: [] }
}

/** The text of a snapshot (`Metric.snapshot`): each metric's HELP and TYPE once, then a line per set of labels. */
export const format = (snapshot: ReadonlyArray<MetricPair.MetricPair.Untyped>): string => {
  const families = new Map<string, Family>()
  for (const { metricKey, metricState } of snapshot) {
    const name = nameOf(metricKey)
    const labels = metricKey.tags.map(({ key, value }) => [key, value] as const)
    const { lines, type } = describe(name, labels, metricState)
    const family = families.get(name)
    // One name, one type: what does not fit is left out, since a reader would refuse the whole answer.
    if (family === undefined) {
      families.set(name, { type, help: Option.getOrElse(metricKey.description, () => ""), lines: [...lines] })
    } else if (family.type === type) family.lines.push(...lines)
  }
  return [...families]
    .sort(([a], [b]) => a < b ? -1 : 1)
    .map(([name, { help, lines, type }]) =>
      `${help === "" ? "" : `# HELP ${name} ${escapeHelp(help)}\n`}# TYPE ${name} ${type}\n${lines.join("\n")}\n`
    )
    .join("")
}
