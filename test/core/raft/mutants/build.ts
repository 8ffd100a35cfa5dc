/** Builds the simulation, whole or with something taken out of the core. */
import { pathToFileURL } from "node:url"
import { type Edit, mutant } from "../../../mutation/build.ts"
import type { run } from "../simulation/run.ts"

let builds = 0

/** Its `run`. `name`: a file's. */
export const simulation = async (name: string, edits: ReadonlyArray<Edit>): Promise<typeof run> => {
  const script = await mutant({
    name: `raft-${name}`,
    edits,
    script: "test/core/raft/simulation/run.ts",
    source: "src/core/raft"
  })
  // The build is new each time, and its module is not to be an older one.
  const module: { readonly run: typeof run } = await import(`${pathToFileURL(script).href}?${++builds}`)
  return module.run
}
