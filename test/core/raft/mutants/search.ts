/** Looks for a seed that catches a mutant, and remembers those that do. */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { Finding, run } from "../simulation/run.ts"
import type { Mutant } from "./mutants.ts"

/** What is not caught by the seeds from 1 to this is not caught. */
export const seedsMax = 3_000

export interface Known {
  /** The first of all seeds from 1 on. */
  readonly seed: number
  readonly promise: string
}

export const knownFile = join(import.meta.dirname, "known.json")

export const known = (): Readonly<Record<string, Known>> =>
  existsSync(knownFile) ? JSON.parse(readFileSync(knownFile, "utf8")) : {}

/** What a mutant is called in files. */
export const keyOf = ({ lacks }: Mutant): string => lacks.toLowerCase().replace(/[^a-z0-9]+/g, "-").slice(0, 60)

export interface Caught {
  readonly seed: number
  readonly finding: Finding
}

/** The first of these seeds, then of all, under which this build breaks a promise. */
export const search = (simulate: typeof run, { duel }: Mutant, ...first: ReadonlyArray<number>): Caught | null => {
  for (const seed of first) {
    const { finding } = simulate(seed, duel)
    if (finding !== null) return { seed, finding }
  }
  for (let seed = 1; seed <= seedsMax; seed++) {
    const { finding } = simulate(seed, duel)
    if (finding !== null) return { seed, finding }
  }
  return null
}
