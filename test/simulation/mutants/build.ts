/** Builds what runs simulations, whole or with something taken out. */
import { build } from "esbuild"
import { mkdirSync, readFileSync } from "node:fs"
import { join, relative, sep } from "node:path"
import type { Edit } from "./mutants.ts"

const root = join(import.meta.dirname, "..", "..", "..")
const source = join(root, "src")
/** Within reach of the packages that it imports. */
const directory = join(root, "node_modules", ".cache", "hostless-mutants")

/** The changed text, or why it cannot be changed. */
const edited = (text: string, edits: ReadonlyArray<Edit>): string =>
  edits.reduce((before, { file, from, to }) => {
    const parts = before.split(from)
    if (parts.length !== 2) throw new Error(`${JSON.stringify(from)} is ${parts.length - 1} times in ${file}, not once`)
    return parts.join(to)
  }, text)

/** The path of a worker's script. `name`: a file's. */
export const worker = async (name: string, edits: ReadonlyArray<Edit>): Promise<string> => {
  mkdirSync(directory, { recursive: true })
  const outfile = join(directory, `${name}.mjs`)
  const changed = new Set<string>()
  await build({
    entryPoints: [join(source, "programs", "simulate", "worker.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    sourcemap: "inline",
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
  for (const { file } of edits) if (!changed.has(file)) throw new Error(`${file} has no part in a simulation`)
  return outfile
}
