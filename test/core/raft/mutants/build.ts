/** Builds the simulation, whole or with something taken out of the core. */
import { build } from "esbuild"
import { mkdirSync, readFileSync } from "node:fs"
import { join, relative, sep } from "node:path"
import { pathToFileURL } from "node:url"
import type { run } from "../simulation/run.ts"
import type { Edit } from "./mutants.ts"

const root = join(import.meta.dirname, "..", "..", "..", "..")
const source = join(root, "src", "core", "raft")
const directory = join(root, "node_modules", ".cache", "hostless-raft-mutants")

/** The changed text, or why it cannot be changed. */
const edited = (text: string, edits: ReadonlyArray<Edit>): string =>
  edits.reduce((before, { file, from, to }) => {
    const parts = before.split(from)
    if (parts.length !== 2) throw new Error(`${JSON.stringify(from)} is ${parts.length - 1} times in ${file}, not once`)
    return parts.join(to)
  }, text)

/** Its `run`. `name`: a file's. */
export const simulation = async (name: string, edits: ReadonlyArray<Edit>): Promise<typeof run> => {
  mkdirSync(directory, { recursive: true })
  const outfile = join(directory, `${name}.mjs`)
  const changed = new Set<string>()
  await build({
    entryPoints: [join(root, "test", "core", "raft", "simulation", "run.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    logLevel: "error",
    plugins: [{
      name: "mutant",
      setup: ({ onLoad }) => {
        onLoad({ filter: /\.ts$/ }, ({ path }) => {
          const file = relative(source, path).split(sep).join("/")
          const own = edits.filter((edit) => edit.file === file)
          if (own.length === 0) return undefined
          changed.add(file)
          return { contents: edited(readFileSync(path, "utf8"), own), loader: "ts" }
        })
      }
    }]
  })
  for (const { file } of edits) if (!changed.has(file)) throw new Error(`${file} has no part in the simulation`)
  // The build is new each time, and its module is not to be an older one.
  const module: { readonly run: typeof run } = await import(`${pathToFileURL(outfile).href}?${++builds}`)
  return module.run
}

let builds = 0
