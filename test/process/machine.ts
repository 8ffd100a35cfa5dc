/**
 * How late this machine is, measured beside a test: what a thread that does nothing else waits for its turn. A bound on
 * time that a test holds is generous, and grows with it; what a test promises does not depend on time.
 */
import { strict as assert } from "node:assert"
import { Worker } from "node:worker_threads"

const everyMs = 10

/** Wakes on time, or notes by how much it did not, in microseconds. */
const script = `
  const { workerData } = require("node:worker_threads")
  const late = new Int32Array(workerData)
  const sleeper = new Int32Array(new SharedArrayBuffer(4))
  for (;;) {
    const before = performance.now()
    Atomics.wait(sleeper, 0, 0, ${everyMs})
    Atomics.add(late, 0, Math.max(0, Math.round((performance.now() - before - ${everyMs}) * 1000)))
  }
`

const shared = new SharedArrayBuffer(4)
const late = new Int32Array(shared)
new Worker(script, { eval: true, workerData: shared }).unref()

/** Several processes wait one after the other for what a test sees. */
const waiters = 10

/** A thread that does nothing has its turn long before a process that plays: where even that waits, hosts miss frames. */
const lateShareMax = 0.03

/** Begins to measure. */
export const stopwatch = () => {
  const began = performance.now()
  const before = Atomics.load(late, 0)
  const lateMs = () => (Atomics.load(late, 0) - before) / 1000
  return {
    /** Whether it had its turn in time for nearly all of it: what takes too long otherwise may be given up rightly. */
    hadTime: (): boolean => lateMs() < lateShareMax * (performance.now() - began),
    /** Fails when `ms` is over `boundMs` and what the machine was late since then, times those that may have waited. */
    within: (what: string, ms: number, boundMs: number): void => {
      assert.ok(ms <= boundMs + waiters * lateMs(), `${what}: ${ms} ms, on a machine that was ${lateMs()} ms late`)
    }
  }
}
