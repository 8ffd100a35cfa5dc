/** Looks for a seed that catches a mutant, and remembers those that do. */
import { join } from "node:path"
import { seedsIn } from "../../../mutation/known.ts"
import type { Finding, run } from "../simulation/run.ts"
import type { Mutant } from "./mutants.ts"

/** What is not caught by the seeds from 1 to this is not caught. */
export const seedsMax = 3_000

export const seeds = seedsIn(join(import.meta.dirname, "known.json"), "src/core/raft")

export interface Caught {
  readonly seed: number
  readonly finding: Finding
}

/** The first of these seeds under which this build breaks a promise. */
export const search = (simulate: typeof run, { duel }: Mutant, seeds: Iterable<number>): Caught | null => {
  for (const seed of seeds) {
    const { finding } = simulate(seed, duel)
    if (finding !== null) return { seed, finding }
  }
  return null
}

/** From 1 on. */
export const allSeeds = Array.from({ length: seedsMax }, (_, i) => i + 1)
