/** The Raft storage as it is built: its thread is found from the library, and runs from the program's files. */
import { strict as assert } from "node:assert"
import { spawnSync } from "node:child_process"
import { rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { describe, test } from "vitest"
import { node, temporaryDirectory } from "./nodes.ts"

const dist = fileURLToPath(new URL("../../dist", import.meta.url))
const url = (path: string): string => JSON.stringify(pathToFileURL(join(dist, path)).href)

/** Writes a vote in one life and reads it in the next. `more`: further options of the layer. */
const script = (more: string): string => `
import { Effect } from "effect"
import { RaftStorageSqlite } from ${url("layers/index.js")}
import { RaftStorage } from ${url("services/RaftStorage.js")}
const layer = RaftStorageSqlite.layer({ directory: ${JSON.stringify(join(temporaryDirectory(), "raft"))}, ${more} })
const hardState = { term: 3, vote: "00000000-0000-4000-8000-000000000001", commit: 0 }
const life = Effect.gen(function*() {
  const { load, write } = yield* RaftStorage
  const stored = yield* load
  yield* write([{ hardState, snapshot: null, keepTo: 0, entries: [] }])
  return stored?.hardState.term ?? null
})
const lives = Effect.replicateEffect(Effect.provide(life, layer), 2)
console.log(JSON.stringify(await Effect.runPromise(lives)))`

const output = (more: string): string => {
  // Where packages are found, and in a file: a thread takes no flags that say how to read a script from elsewhere.
  const file = join(dist, "..", "node_modules", `.raft-storage-${process.pid}.mjs`)
  writeFileSync(file, script(more))
  try {
    const { stderr, stdout } = spawnSync(node, [file], { encoding: "utf8" })
    assert.equal(stderr, "")
    return stdout.trim()
  } finally {
    rmSync(file)
  }
}

describe("the Raft storage that is built", () => {
  test("finds its thread in the library", () => {
    assert.equal(output(""), "[null,3]")
  })

  test("has its thread among the program's files", () => {
    assert.equal(output(`thread: ${JSON.stringify(join(dist, "program", "storageThreadMain.js"))}`), "[null,3]")
  })
})
