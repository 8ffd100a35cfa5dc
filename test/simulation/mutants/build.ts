/** Builds what runs simulations, whole or with something taken out. */
import { type Edit, mutant } from "../../mutation/build.ts"

/** The path of a worker's script. `name`: a file's. */
export const worker = (name: string, edits: ReadonlyArray<Edit>): Promise<string> =>
  mutant({ name, edits, script: "src/programs/simulate/worker.ts", source: "src" })
