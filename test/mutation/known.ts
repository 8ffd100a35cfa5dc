/** Which seed catches which mutant, and which sources it was found with: one file of JSON for each set of mutants. */
import { createHash } from "node:crypto"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type Edit, edited, root } from "./build.ts"

export interface Mutant {
  /** What it lacks. */
  readonly lacks: string
  readonly edits: ReadonlyArray<Edit>
}

export interface Known {
  /** The one that was known and still shows it, or the first from 1 on. */
  readonly seed: number
  readonly promise: string
  /** A digest of the files that the mutant changes, as they were then. */
  readonly sources: string
}

/** What a mutant is called in files. */
export const keyOf = ({ lacks }: Mutant): string => lacks.toLowerCase().replace(/[^a-z0-9]+/g, "-").slice(0, 60)

/** `file`: the JSON. `source`: what the edits' files lie in, below the project's directory. */
export const seedsIn = (file: string, source: string) => {
  const textOf = (name: string): string => readFileSync(join(root, source, name), "utf8")
  const sourcesOf = ({ edits }: Mutant): string => {
    const digest = createHash("sha256")
    for (const name of [...new Set(edits.map((edit) => edit.file))].sort()) digest.update(textOf(name))
    return digest.digest("hex").slice(0, 16)
  }
  const read = (): Readonly<Record<string, Known>> => existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {}
  return {
    read,
    /** Of the mutant, as it was found. */
    of: (mutant: Mutant): Known | undefined => read()[keyOf(mutant)],
    /** Whether a file that it changes is not as it was when its seed was found. */
    hasChanged: (mutant: Mutant): boolean => read()[keyOf(mutant)]?.sources !== sourcesOf(mutant),
    /** Remembers what was found for a mutant, or that nothing was. */
    keep: (mutant: Mutant, caught: Omit<Known, "sources"> | null): void => {
      const { [keyOf(mutant)]: _, ...others } = read()
      const all = caught === null ? others : { ...others, [keyOf(mutant)]: { ...caught, sources: sourcesOf(mutant) } }
      const sorted = Object.entries(all).sort(([a], [b]) => a < b ? -1 : 1)
      writeFileSync(file, `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`)
    },
    /** Forgets all mutants but these. */
    retain: (mutants: ReadonlyArray<Mutant>): void => {
      const keys = new Set(mutants.map(keyOf))
      const kept = Object.fromEntries(Object.entries(read()).filter(([key]) => keys.has(key)))
      writeFileSync(file, `${JSON.stringify(kept, null, 2)}\n`)
    },
    /** Fails, with a reason, where an edit does not find its place in today's sources. */
    assertApplies: ({ edits }: Mutant): void => {
      for (const name of new Set(edits.map((edit) => edit.file))) {
        edited(textOf(name), edits.filter((edit) => edit.file === name))
      }
    }
  }
}
