/** What a scenario found: figures, what was to be reached, and what was promised and not kept. */
import type { Tally } from "../Audit.ts"
import { type Distribution, distribution } from "../Figures.ts"

export interface Goal {
  readonly name: string
  readonly measured: number | null
  readonly atMost: number
  readonly met: boolean
}

export interface Finding {
  readonly scenario: string
  readonly rounds: number
  /** Milliseconds, by what was measured. */
  readonly distributions: { readonly [name: string]: Distribution }
  readonly counts: { readonly [name: string]: number }
  readonly inputs: Readonly<Tally["inputs"]>
  readonly goals: ReadonlyArray<Goal>
  /** Empty unless a promise is broken. */
  readonly broken: ReadonlyArray<string>
  /** What a reader of an unexpected figure wants to know. */
  readonly notes: ReadonlyArray<string>
}

/** Nothing measured is a goal missed. */
export const goal = (name: string, measured: number | null, atMost: number): Goal => ({
  name,
  measured,
  atMost,
  met: measured !== null && measured <= atMost
})

export const make = (
  scenario: string,
  rounds: number,
  tally: Tally,
  found: {
    readonly distributions?: { readonly [name: string]: ReadonlyArray<number> }
    readonly counts?: { readonly [name: string]: number }
    readonly goals?: (distributions: Finding["distributions"]) => ReadonlyArray<Goal>
    readonly notes?: ReadonlyArray<string>
  }
): Finding => {
  const distributions = Object.fromEntries(
    Object.entries(found.distributions ?? {}).map(([name, values]) => [name, distribution(values)])
  )
  return {
    scenario,
    rounds,
    distributions,
    counts: found.counts ?? {},
    inputs: tally.inputs,
    goals: found.goals?.(distributions) ?? [],
    broken: tally.broken,
    notes: found.notes ?? []
  }
}
