/**
 * What the process uses, as gauges for `/metrics`: whoever watches a node sees memory or handles grow before it matters.
 *
 * Read every `everyMs`. In a process that was started with --expose-gc the heap is collected before it is read, every
 * `collectEveryMs`: the figure is then what is really in use, at the price of a pause of some milliseconds.
 */
import { Duration, Effect, Layer, Metric, Schedule } from "effect"
import { existsSync, readdirSync } from "node:fs"

const everyMs = 1_000
const collectEveryMs = 2_500

const gauge = (name: string, description: string) => Metric.gauge(name, { description })

const heap = gauge(
  "hostless_heap_bytes",
  "Bytes of the JavaScript heap in use; after a collection where the process may collect (--expose-gc)."
)
const external = gauge(
  "hostless_external_bytes",
  "Bytes outside of the JavaScript heap that its objects hold, buffers among them."
)
const resident = gauge("hostless_resident_bytes", "Bytes of memory that the process occupies.")
const handles = gauge(
  "hostless_handles",
  "Sockets, servers and other resources that keep the process alive, timers apart."
)
const timers = gauge("hostless_timers", "Timers that wait.")
const files = gauge("hostless_open_files", "Open file descriptors, where the system tells (Linux).")
const collections = Metric.counter("hostless_heap_collections_total", {
  description: "Collections made to measure the heap; 0 unless the process was started with --expose-gc.",
  incremental: true
})

const set = (gauge: Metric.Metric.Gauge<number>, value: number): void => gauge.unsafeUpdate(value, [])

const openFiles = "/proc/self/fd"

const read = (): void => {
  const memory = process.memoryUsage()
  set(heap, memory.heapUsed)
  set(external, memory.external)
  set(resident, memory.rss)
  const resources = process.getActiveResourcesInfo()
  const waiting = resources.filter((kind) => kind === "Timeout" || kind === "Immediate").length
  set(timers, waiting)
  set(handles, resources.length - waiting)
  // Less the one that reads the directory.
  if (existsSync(openFiles)) set(files, readdirSync(openFiles).length - 1)
}

const collect = (): void => {
  if (globalThis.gc === undefined) return
  globalThis.gc()
  collections.unsafeUpdate(1, [])
}

/** Keeps the gauges up to date while it is in scope. There is one process, and one set of gauges, however many nodes. */
export const layer: Layer.Layer<never> = Layer.scopedDiscard(Effect.gen(function*() {
  const canCollect = globalThis.gc !== undefined
  yield* Effect.sync(() => {
    collect()
    read()
  }).pipe(
    Effect.repeat(Schedule.spaced(Duration.millis(canCollect ? collectEveryMs : everyMs))),
    Effect.forkScoped
  )
}))
