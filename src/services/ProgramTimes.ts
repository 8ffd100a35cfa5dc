/** When this program started, for the status. Monotonic milliseconds of `performance.now`'s kind. */
import { Context } from "effect"

export interface Times {
  /** How long loading the program's modules took, or null where that was not measured. */
  readonly loadMs: number | null
}

export class ProgramTimes extends Context.Reference<ProgramTimes>()("hostless/ProgramTimes", {
  defaultValue: (): Times => ({ loadMs: null })
}) {}
