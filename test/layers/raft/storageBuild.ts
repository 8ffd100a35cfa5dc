/** Threads and processes load JavaScript only: what they run is built for the tests that start them. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "vite"
import { afterAll, beforeAll } from "vitest"

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

export interface Scripts {
  /** The storage's thread. */
  readonly thread: string
  /** A process that writes. */
  readonly child: string
  /** To be loaded before, by a process that is to fall. */
  readonly falling: string
}

/** Built before the file's tests, gone after them. Below the project, where packages are found. */
export const scripts = (): Scripts => {
  const directory = mkdtempSync(here("../../../node_modules/.storage-test-"))
  beforeAll(async () => {
    await build({
      configFile: false,
      logLevel: "error",
      ssr: { noExternal: true, external: ["node-sqlite3-wasm"] },
      build: {
        ssr: true,
        outDir: directory,
        target: "node20",
        rollupOptions: {
          input: {
            thread: here("../../../src/layers/raft/storageThreadMain.ts"),
            child: here("storageChild.ts"),
            falling: here("storageFalling.ts")
          },
          output: { entryFileNames: "[name].mjs" }
        }
      }
    })
  })
  afterAll(() => rmSync(directory, { recursive: true, force: true }))
  const at = (name: string): string => join(directory, `${name}.mjs`)
  return { thread: at("thread"), child: at("child"), falling: at("falling") }
}

/** Runs with a directory that is gone afterwards. */
export const inDirectory = <A>(use: (directory: string) => A): A => {
  const directory = mkdtempSync(join(tmpdir(), "hostless-test-"))
  const tidy = () => rmSync(directory, { recursive: true, force: true })
  let result: A
  try {
    result = use(directory)
  } catch (error) {
    tidy()
    throw error
  }
  if (result instanceof Promise) return result.finally(tidy) as A
  tidy()
  return result
}
