/** Which seed catches which mutant, as `npm run mutants` found it. */
import { join } from "node:path"
import { seedsIn } from "../../mutation/known.ts"

export const seeds = seedsIn(join(import.meta.dirname, "known.json"), "src")
