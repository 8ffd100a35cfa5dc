/** One schedule from its seed to its end. */
import { calm } from "./Calm.ts"
import type { Counts } from "./Machine.ts"
import { Schedule } from "./Schedule.ts"
import { Violation } from "./Violation.ts"

/** Steps under faults. */
const stepsMax = 8_000

export interface Finding {
  readonly promise: string
  readonly detail: string
}

export interface Ran {
  readonly finding: Finding | null
  readonly counts: Counts
}

/** What breaks one of the core's own invariants is a finding too. */
export const run = (seed: number, duel = false): Ran => {
  const schedule = new Schedule(seed, duel)
  const { counts } = schedule
  try {
    schedule.run(200 + schedule.below(stepsMax - 199))
    calm(schedule)
    return { finding: null, counts }
  } catch (error) {
    if (error instanceof Violation) return { finding: { promise: error.promise, detail: error.detail }, counts }
    return { finding: { promise: "no invariant of the core breaks", detail: String(error) }, counts }
  }
}
