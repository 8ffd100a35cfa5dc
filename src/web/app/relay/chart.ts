/** The distance from the truth over the last ten seconds. */
import uPlot from "uplot"
import "uplot/dist/uPlot.min.css"
import { theme } from "../theme.ts"

const keptMs = 10_000

export interface Chart {
  readonly add: (nowMs: number, error: number) => void
  readonly draw: () => void
}

export const make = (place: HTMLElement): Chart => {
  const times: Array<number> = []
  const errors: Array<number> = []
  const { accent, ink, quiet } = theme()
  const axis = { stroke: quiet, grid: { stroke: `${ink}18`, width: 1 }, ticks: { show: false } }
  const plot = new uPlot(
    {
      width: place.clientWidth,
      height: 200,
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: false }, y: { range: (_plot, _min, max) => [0, Math.max(20, max * 1.1)] } },
      axes: [{ ...axis, values: (_plot, values) => values.map((value) => `${value} s`) }, { ...axis, size: 46 }],
      series: [{}, { stroke: accent, width: 2, fill: `${accent}22`, points: { show: false } }]
    },
    [times, errors],
    place
  )
  new ResizeObserver(() => plot.setSize({ width: place.clientWidth, height: 200 })).observe(place)
  return {
    add: (nowMs, error) => {
      times.push(nowMs / 1000)
      errors.push(error)
      while (times.length > 0 && times[0]! < (nowMs - keptMs) / 1000) {
        times.shift()
        errors.shift()
      }
    },
    draw: () => plot.setData([times, errors])
  }
}
