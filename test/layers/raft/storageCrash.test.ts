/**
 * What a Raft storage has after a fall: all that was acknowledged, and of the rest a first part, each write whole. So no
 * node votes twice in a term.
 */
import { strict as assert } from "node:assert"
import { spawn } from "node:child_process"
import { describe, test } from "vitest"
import type { Stored } from "../../../src/core/raft/Entry.ts"
import { StorageDatabase } from "../../../src/layers/raft/StorageDatabase.ts"
import { children } from "../../setup/children.ts"
import { often } from "../../setup/often.ts"
import { inDirectory } from "./inDirectory.ts"
import { filesAfter, layOut, record, withoutSyncs } from "./recordedDisk.ts"
import { applied, someHistory, statesOf, writeOf } from "./storageModel.ts"

const built = children()
const [child, falling, thread] = [built("storageChild"), built("storageFalling"), built("storageThread")]

const groups = someHistory(often(4, 9))
const states = statesOf(groups)

/** What a new life finds, after one more write and in the life after that too. */
const found = (directory: string): Stored | null => {
  const one = new StorageDatabase(directory)
  const stored = one.load()
  const write = writeOf(stored, 8)
  one.write([write])
  one.close()
  const two = new StorageDatabase(directory)
  assert.deepEqual(two.load(), applied(stored, write))
  two.close()
  return stored
}

/** `told`: so many groups were acknowledged. One more can have been under way. */
const check = (directory: string, told: number, where: string): void => {
  const stored = withoutSyncs(() => found(directory))
  const possible = states.slice(told, told + 2)
  assert.ok(
    possible.some((state) => isSame(stored, state)),
    `${where}: ${told} groups were acknowledged, and there is ${JSON.stringify(stored?.hardState)}`
  )
}

const isSame = (a: Stored | null, b: Stored | null): boolean => {
  try {
    assert.deepStrictEqual(a, b)
    return true
  } catch {
    return false
  }
}

/** The same numbers each time. */
const chances = (seed: number): () => number => {
  let state = seed * 2_654_435_761 % 2_147_483_647 || 1
  return () => (state = state * 48_271 % 2_147_483_647) / 2_147_483_647
}

const calls = inDirectory((directory) =>
  record(directory, (tell) => {
    const database = new StorageDatabase(directory)
    groups.forEach((group, i) => {
      database.write(group)
      tell(i + 1)
    })
    database.close()
  })
)

const toldAfter = (count: number): number =>
  calls.slice(0, count).reduce((told, call) => call._tag === "told" ? call.groups : told, 0)

describe("a Raft storage after a fall", () => {
  test("at any of its calls to the system: has what was acknowledged", () => {
    for (let count = 0; count <= calls.length; count++) {
      inDirectory((directory) => {
        layOut(directory, filesAfter(calls, count))
        check(directory, toldAfter(count), `killed after call ${count}`)
      })
    }
  })

  test("of the power at any of its calls: has what was acknowledged", () => {
    for (let count = 0; count <= calls.length; count++) {
      inDirectory((directory) => {
        layOut(directory, filesAfter(calls, count, chances(count + 1)))
        check(directory, toldAfter(count), `power lost after call ${count}`)
      })
    }
  })

  /** Each start takes a while. */
  const few = often(1, 2)

  /** A process that falls as told, on a disk; its lines, and how it ended. */
  const run = (directory: string, fall: string): Promise<{ lines: ReadonlyArray<string>; signal: string | null }> =>
    new Promise((resolve, reject) => {
      const process_ = spawn(
        process.execPath,
        ["--import", falling, child, thread, directory, String(few)],
        { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, FALL: fall } }
      )
      let said = ""
      process_.stdout.on("data", (data) => said += data)
      process_.on("error", reject)
      process_.on("close", (_, signal) => resolve({ lines: said.trim().split("\n"), signal }))
    })

  const toldIn = (lines: ReadonlyArray<string>): number =>
    lines.reduce((told, line) => line.startsWith("written ") ? Number(line.slice(8)) : told, 0)

  test("of a real process, killed before and after each of its syncs: has what was acknowledged", async () => {
    let falls = 0
    const next = async (how: string, at: number): Promise<void> => {
      const signal = await inDirectory(async (directory) => {
        const { lines, signal } = await run(directory, `${how} ${at}`)
        check(directory, toldIn(lines), `killed ${how} sync ${at}`)
        return signal
      })
      if (signal !== "SIGKILL") return
      falls += 1
      await next(how, at + 1)
    }
    await Promise.all([next("before", 1), next("after", 1)])
    assert.ok(falls > 4 * few, `${falls} falls`)
  })

  test("of a disk that is full: says so, writes no more, and has what was acknowledged", async () => {
    for (const at of [1, 10]) {
      await inDirectory(async (directory) => {
        const { lines } = await run(directory, `full ${at}`)
        assert.ok(lines.includes("refused io") || lines[0] === "refused", lines.join(", "))
        check(directory, toldIn(lines), `full at sync ${at}`)
      })
    }
  })
})
