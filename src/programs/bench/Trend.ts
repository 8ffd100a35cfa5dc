/** Whether a figure that is looked at again and again grows. */

export interface Measure {
  readonly name: string
  /** The metric that it is read from, and how much of that is one unit. */
  readonly metric: string
  readonly unit: string
  readonly per: number
  /** More than this, in units over the whole time, is growth. */
  readonly growthMax: number
}

export interface Verdict {
  readonly name: string
  readonly unit: string
  readonly samples: number
  /** Means over the first and the last tenth of the samples. */
  readonly first: number
  readonly last: number
  readonly most: number
  /** The slope of the straight line that fits best (least squares). */
  readonly perMinute: number
  /** What that makes over the time that was looked at. */
  readonly growth: number
  readonly flat: boolean
}

interface Point {
  readonly minutes: number
  readonly value: number
}

const mean = (values: ReadonlyArray<number>): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** Least squares. 0 where there are fewer than two points. */
const slope = (points: ReadonlyArray<Point>): number => {
  if (points.length < 2) return 0
  const x = mean(points.map((point) => point.minutes))
  const y = mean(points.map((point) => point.value))
  let up = 0
  let down = 0
  for (const { minutes, value } of points) {
    up += (minutes - x) * (value - y)
    down += (minutes - x) * (minutes - x)
  }
  return down === 0 ? 0 : up / down
}

/** One process's samples of several measures. */
export const series = (measures: ReadonlyArray<Measure>) => {
  const points = new Map<string, Array<Point>>(measures.map(({ metric }) => [metric, []]))
  return {
    add: (minutes: number, metrics: ReadonlyMap<string, number>): void => {
      for (const { metric, per } of measures) {
        const value = metrics.get(metric)
        if (value !== undefined) points.get(metric)!.push({ minutes, value: value / per })
      }
    },
    /** As the metric has it. 0 before the first. */
    newest: (metric: string): number =>
      (points.get(metric)?.at(-1)?.value ?? 0) * (measures.find((measure) => measure.metric === metric)?.per ?? 1),
    /** All samples by metric, as `[minute, value]` in the metric's own unit. */
    samples: (): { readonly [metric: string]: ReadonlyArray<readonly [minutes: number, value: number]> } =>
      Object.fromEntries(measures.map(({ metric, per }) => [
        metric,
        points.get(metric)!.map(({ minutes, value }) =>
          [Math.round(minutes * 100) / 100, Math.round(value * per)] as const
        )
      ])),
    /** Of what was sampled from a minute on. */
    verdicts: (fromMinutes: number): ReadonlyArray<Verdict> =>
      measures.flatMap(({ growthMax, metric, name, unit }) => {
        const counted = points.get(metric)!.filter((point) => point.minutes >= fromMinutes)
        if (counted.length === 0) return []
        const values = counted.map((point) => point.value)
        const tenth = Math.max(1, Math.round(counted.length / 10))
        const perMinute = slope(counted)
        const growth = perMinute * (counted.at(-1)!.minutes - counted[0]!.minutes)
        return [{
          name,
          unit,
          samples: counted.length,
          first: mean(values.slice(0, tenth)),
          last: mean(values.slice(-tenth)),
          most: Math.max(...values),
          perMinute,
          growth,
          flat: growth <= growthMax
        }]
      })
  }
}
