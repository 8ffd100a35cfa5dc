/** Builds a script of the tests or of the program, whole or with something of the sources taken out. */
import { build } from "esbuild"
import { mkdirSync, readFileSync } from "node:fs"
import { join, relative, sep } from "node:path"

/** One place of a file of the sources, and what stands there instead. */
export interface Edit {
  /** Below the directory that is named beside it. */
  readonly file: string
  /** Stands there once. */
  readonly from: string
  readonly to: string
}

export const root = join(import.meta.dirname, "..", "..")
/** Within reach of the packages that are imported. */
const directory = join(root, "node_modules", ".cache", "hostless-mutants")

/** The changed text, or why it cannot be changed. */
export const edited = (text: string, edits: ReadonlyArray<Edit>): string =>
  edits.reduce((before, { file, from, to }) => {
    const parts = before.split(from)
    if (parts.length !== 2) throw new Error(`${JSON.stringify(from)} is ${parts.length - 1} times in ${file}, not once`)
    return parts.join(to)
  }, text)

/** The path of what was built. `script` and `source`: below the project's directory; `name`: a file's. */
export const mutant = async ({ edits, name, script, source }: {
  readonly name: string
  readonly script: string
  readonly source: string
  readonly edits: ReadonlyArray<Edit>
}): Promise<string> => {
  mkdirSync(directory, { recursive: true })
  const outfile = join(directory, `${name}.mjs`)
  const changed = new Set<string>()
  await build({
    entryPoints: [join(root, script)],
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
          const file = relative(join(root, source), path).split(sep).join("/")
          const own = edits.filter((edit) => edit.file === file)
          if (own.length === 0) return undefined
          changed.add(file)
          return { contents: edited(readFileSync(path, "utf8"), own), loader: "ts" }
        })
      }
    }]
  })
  for (const { file } of edits) if (!changed.has(file)) throw new Error(`${file} has no part in ${script}`)
  return outfile
}
