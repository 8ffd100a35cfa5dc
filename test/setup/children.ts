/** Threads and processes load JavaScript only: what tests start as such is built for them. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { build } from "vite"
import { beforeAll, inject } from "vitest"

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

const sources = {
  /** The storage's thread. */
  storageThread: "../../src/layers/raft/storageThreadMain.ts",
  /** A process that writes to a storage. */
  storageChild: "../layers/raft/storageChild.ts",
  /** To be loaded before, by a process that is to fall. */
  storageFalling: "../layers/raft/storageFalling.ts",
  identityChild: "../layers/identity/identityChild.ts",
  udpLinkChild: "../layers/links/udpLinkChild.ts"
}

export type Child = keyof typeof sources

/** Built before the tests of the first file that asks, for all that come after. */
export const children = (): (name: Child) => string => {
  const directory = join(inject("scratch"), "children")
  const done = join(directory, "done")
  beforeAll(async () => {
    if (mkdirSync(directory, { recursive: true }) === undefined) {
      // Another file has them built just now, or has had.
      while (!existsSync(done)) await setTimeout(50)
      return
    }
    await build({
      configFile: false,
      logLevel: "error",
      ssr: { noExternal: true, external: ["node-sqlite3-wasm"] },
      build: {
        ssr: true,
        outDir: directory,
        emptyOutDir: false,
        target: "node20",
        rollupOptions: {
          input: Object.fromEntries(Object.entries(sources).map(([name, path]) => [name, here(path)])),
          output: { entryFileNames: "[name].mjs" }
        }
      }
    })
    writeFileSync(done, "")
  })
  return (name) => join(directory, `${name}.mjs`)
}
