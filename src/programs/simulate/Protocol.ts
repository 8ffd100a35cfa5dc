/** What the command and its workers say to each other, a line of JSON each. */
import type { FaultKind } from "../../simulation/faults/Fault.ts"
import type * as Simulation from "../../simulation/Simulation.ts"
import type { Violation } from "../../simulation/Violation.ts"

/** How every run of a command is set up; given to a worker once. */
export interface Setup extends Omit<Simulation.Settings, "seed" | "game"> {
  /** By name. */
  readonly game: string
}

export type Task =
  | { readonly _tag: "run"; readonly seed: string; readonly trace: string | null }
  /** Why it went wrong. */
  | { readonly _tag: "explain"; readonly seed: string }

export interface Ran {
  readonly _tag: "ran"
  readonly seed: string
  readonly finding: Pick<Violation, "promise" | "detail" | "atMs"> | null
  readonly fired: Partial<Record<FaultKind, number>>
  readonly simulatedMs: number
  readonly fingerprint: string
}

export interface Explained {
  readonly _tag: "explained"
  readonly seed: string
  readonly diagram: string
  /** The faults up to the violation, and those that are needed for it. */
  readonly plan: ReadonlyArray<string>
  readonly needed: ReadonlyArray<string>
  readonly only: ReadonlyArray<number>
  readonly runs: number
}

export type Answer =
  | Ran
  | Explained
  | { readonly _tag: "progress"; readonly note: string }
  /** The simulation itself is wrong: no promise, but a mistake of ours. */
  | { readonly _tag: "broken"; readonly seed: string; readonly detail: string }
