import { assert, describe, it } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import sqlite from "node-sqlite3-wasm"
import * as Fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as RaftStorageSqlite from "../../../src/layers/raft/RaftStorageSqlite.ts"
import { StorageDatabase } from "../../../src/layers/raft/StorageDatabase.ts"
import { Refusal } from "../../../src/layers/raft/StorageRefusal.ts"
import { children } from "../../setup/children.ts"
import { often } from "../../setup/often.ts"
import { inDirectory } from "./inDirectory.ts"
import { layOut, withoutSyncs } from "./recordedDisk.ts"
import { conformance, equal, life } from "./storageConformance.ts"
import { idOf, someHistory, statesOf } from "./storageModel.ts"

const thread = children()("storageThread")

const directory: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(join(tmpdir(), "hostless-test-"))),
  (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true, force: true }))
)

const layerIn = (directory: string) => RaftStorageSqlite.layer({ directory, thread })

conformance("Sqlite", Effect.map(directory, layerIn))

const groups = someHistory(9)
const [whole] = statesOf(groups).slice(-1)

/** The files of a storage that was closed, or, `open`, killed. */
const filesOf = (open: boolean): ReadonlyMap<string, Buffer> =>
  inDirectory((directory) => {
    const database = new StorageDatabase(directory)
    for (const group of groups) database.write(group)
    if (!open) database.close()
    const names = Fs.readdirSync(directory).filter((name) => !name.endsWith(".lock"))
    const files = new Map(names.map((name) => [name, Fs.readFileSync(join(directory, name))] as const))
    if (open) database.close()
    return files
  })

/** What a storage of these files says: the reason of its refusal, or that it has everything. Nothing else passes. */
const verdict = (files: ReadonlyMap<string, Buffer>): string =>
  inDirectory((directory) =>
    withoutSyncs(() => {
      layOut(directory, files)
      try {
        const database = new StorageDatabase(directory)
        equal(database.load(), whole!)
        database.close()
        return "whole"
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        assert.include(error.message, directory)
        for (const [name, content] of files) {
          assert.isTrue(Fs.readFileSync(join(directory, name)).equals(content), `${name} was changed`)
        }
        return error.reason
      }
    })
  )

/** In so many places a file is cut off. */
const cuts = often(8, 40)

/** SQLite repeats a commit's last page until a sector of the log is full, in bytes. */
const paddingMax = 2 * (4096 + 24)

const changedIn = (files: ReadonlyMap<string, Buffer>, name: string, change: (content: Buffer) => Buffer) =>
  new Map([...files, [name, change(Buffer.from(files.get(name)!))]])

describe("a Raft storage in SQLite", () => {
  for (const open of [false, true]) {
    const state = open ? "killed" : "closed"
    const files = filesOf(open)

    it(`that was ${state} is refused when any of its files is cut off anywhere, or gone`, () => {
      assert.strictEqual(verdict(files), "whole")
      for (const [name, { length }] of files) {
        const sizes = Array.from({ length: cuts }, (_, i) => Math.floor(length * i / cuts)).concat(length - 1)
        for (const size of new Set(sizes)) {
          const cut = changedIn(files, name, (content) => content.subarray(0, size))
          // What is cut off the database itself can be in the log beside it as a whole, and that one ends with padding.
          const isSpare = open && (name === "raft.sqlite" || (name === "raft.sqlite-wal" && size > length - paddingMax))
          const allowed = isSpare ? ["corrupt", "whole"] : ["corrupt"]
          assert.include(allowed, verdict(cut), `${name} of ${size} bytes`)
        }
        const without = new Map([...files].filter(([other]) => other !== name))
        assert.strictEqual(verdict(without), "corrupt", `without ${name}`)
      }
    })

    it(`that was ${state} is refused, or read as it was, with any byte of its files changed`, () => {
      const tally = new Map<string, number>()
      for (const [name, { length }] of files) {
        for (let i = 0; i < Math.min(length, 180); i++) {
          // The heads of the files byte by byte, and the rest here and there.
          const at = i < 110 ? i : 110 + Math.floor((length - 110) * (i - 110) / 70)
          if (at >= length) continue
          const said = verdict(changedIn(files, name, (content) => {
            content[at]! ^= 1 << i % 8
            return content
          }))
          assert.include(["corrupt", "version", "whole"], said, `${name} at ${at}`)
          tally.set(said, (tally.get(said) ?? 0) + 1)
        }
      }
      assert.isAbove(tally.get("corrupt") ?? 0, 100)
    })
  }

  it("is refused where another program's file or something else stands in its place", () => {
    const files = filesOf(false)
    assert.strictEqual(
      verdict(changedIn(files, "raft.sqlite", () => Buffer.from("my shopping list".repeat(99)))),
      "corrupt"
    )
    const other = inDirectory((directory) => {
      const db = new sqlite.Database(join(directory, "x"))
      db.exec("create table state (a); insert into state values (1)")
      db.close()
      return Fs.readFileSync(join(directory, "x"))
    })
    assert.strictEqual(verdict(changedIn(files, "raft.sqlite", () => other)), "corrupt")
  })

  it("is refused by a program that is older than its format", () => {
    const files = filesOf(false)
    const newer = changedIn(files, "raft.sqlite", (content) => {
      content.writeUInt32BE(2, 60)
      return content
    })
    assert.strictEqual(verdict(newer), "version")
  })

  it("is refused when a good copy from before is put in its place", () => {
    const before = inDirectory((directory) => {
      const database = new StorageDatabase(directory)
      for (const group of groups.slice(0, 5)) database.write(group)
      database.close()
      return Fs.readFileSync(join(directory, "raft.sqlite"))
    })
    assert.strictEqual(verdict(changedIn(filesOf(false), "raft.sqlite", () => before)), "corrupt")
  })

  it.scoped("belongs to one at a time, and to the next one afterwards", () =>
    Effect.gen(function*() {
      const path = yield* directory
      yield* life(layerIn(path), (storage) =>
        Effect.gen(function*() {
          yield* storage.load
          const error = yield* Effect.flip(Effect.scoped(life(layerIn(path), ({ load }) => load)))
          assert.strictEqual(error.reason, "locked")
          assert.include(error.detail, path)
        }))
      equal(yield* life(layerIn(path), ({ load }) => load), null)
    }))

  it.scoped("says what is wrong: damaged, of a newer format, no directory", () =>
    Effect.gen(function*() {
      const path = yield* directory
      layOut(path, changedIn(filesOf(false), "raft.sqlite", (content) => content.subarray(0, 5_000)))
      const error = yield* Effect.flip(life(layerIn(path), ({ load }) => load))
      assert.strictEqual(error.reason, "corrupt")
      assert.include(error.detail, join(path, "raft.sqlite"))
      const file = yield* Effect.flip(life(layerIn(join(path, "raft.sqlite", "x")), ({ load }) => load))
      assert.strictEqual(file.reason, "io")
    }))

  it.scoped("takes no write that does not follow, nor any after it", () =>
    Effect.gen(function*() {
      const path = yield* directory
      const hardState = { term: 1, vote: idOf(1), commit: 0 }
      const good = { hardState, snapshot: null, keepTo: 0, entries: [] }
      const bad = { ...good, keepTo: 4, entries: [{ _tag: "empty", index: 5, term: 1 }] } as const
      yield* life(layerIn(path), (storage) =>
        Effect.gen(function*() {
          yield* storage.load
          yield* storage.write([good])
          assert.isTrue((yield* Effect.exit(storage.write([bad])))._tag === "Failure")
          assert.isTrue((yield* Effect.exit(storage.write([good])))._tag === "Failure")
        }))
      assert.deepStrictEqual((yield* life(layerIn(path), ({ load }) => load))?.hardState, hardState)
    }))

  it.scoped("says so when its thread cannot run, and does not hang", () =>
    Effect.gen(function*() {
      const path = yield* directory
      const layer = RaftStorageSqlite.layer({ directory: path, thread: `${thread}.none` })
      const error = yield* Effect.flip(life(layer, ({ load }) => load))
      assert.strictEqual(error.reason, "io")
    }))
})
