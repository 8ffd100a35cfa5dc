/** Which seed catches which mutant, as `npm run mutants` found it. */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { Mutant } from "./mutants.ts"

export interface Known {
  /** The first of all seeds from 1 on. */
  readonly seed: number
  readonly promise: string
}

export const knownFile = join(import.meta.dirname, "known.json")

/** What a mutant is called in files. */
export const keyOf = ({ lacks }: Mutant): string => lacks.toLowerCase().replace(/[^a-z0-9]+/g, "-").slice(0, 60)

export const known = (): Readonly<Record<string, Known>> =>
  existsSync(knownFile) ? JSON.parse(readFileSync(knownFile, "utf8")) : {}
