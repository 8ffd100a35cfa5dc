/**
 * Cuts a fault plan down to what is needed to break a promise: delta debugging (Zeller and Hildebrandt, "Simplifying and
 * Isolating Failure-Inducing Input", 2002).
 */
import type { PlannedFault } from "./faults/Fault.ts"
import { type Outcome, run, type Settings } from "./Simulation.ts"

export interface Shrunk {
  /** The faults that are needed, and the run with only them. */
  readonly needed: ReadonlyArray<PlannedFault>
  readonly outcome: Outcome
  /** How many runs it took. */
  readonly runs: number
}

/** `outcome` broke a promise under these settings. `runsMax`: when to stop looking for less. */
export const shrink = (
  settings: Settings,
  outcome: Outcome,
  runsMax: number,
  progress: (runs: number, faults: number) => void = () => {}
): Shrunk => {
  const promise = outcome.violation!.promise
  let best = outcome
  // What was still to come has no part in it.
  let needed: ReadonlyArray<number> = outcome.plan
    .filter(({ atMs }) => atMs <= outcome.violation!.atMs)
    .map(({ index }) => index)
  let runs = 0

  const breaks = (only: ReadonlyArray<number>): boolean => {
    runs++
    progress(runs, needed.length)
    const tried = run({ ...settings, only })
    const isSame = tried.violation?.promise === promise
    if (isSame) best = tried
    return isSame
  }

  const mayRun = (): boolean => runs < runsMax
  for (let parts = 2; needed.length > 1 && mayRun();) {
    const size = Math.ceil(needed.length / parts)
    let cut = false
    for (let at = 0; at < needed.length && mayRun(); at += size) {
      const rest = needed.filter((_, i) => i < at || i >= at + size)
      if (!breaks(rest)) continue
      needed = rest
      cut = true
      break
    }
    if (cut) parts = Math.max(parts - 1, 2)
    else if (size === 1) break
    else parts = Math.min(parts * 2, needed.length)
  }
  if (needed.length === 1 && mayRun() && breaks([])) needed = []
  return { needed: outcome.plan.filter(({ index }) => needed.includes(index)), outcome: best, runs }
}
