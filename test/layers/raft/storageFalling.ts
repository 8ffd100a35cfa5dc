/**
 * Makes a process fall, or its disk fail, at one of its storage thread's syncs: `FALL` is `before N`, `after N` or
 * `full N`, counted from 1. Loaded ahead of the process's own modules, in each of its threads.
 */
import Fs from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { isMainThread } from "node:worker_threads"

const [how, at] = (process.env["FALL"] ?? "").split(" ")

const fall = (): void => {
  process.kill(process.pid, "SIGKILL")
  // Until the system has done it.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}

if (!isMainThread && how !== undefined) {
  const { fsyncSync, writeSync } = Fs
  let syncs = 0
  Fs.fsyncSync = (file) => {
    syncs += 1
    if (how === "before" && syncs === Number(at)) fall()
    fsyncSync(file)
    if (how === "after" && syncs === Number(at)) fall()
  }
  if (how === "full") {
    Fs.writeSync = ((...args: Parameters<typeof writeSync>) => {
      if (syncs >= Number(at)) throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" })
      return writeSync(...args)
    }) as typeof writeSync
  }
  syncBuiltinESMExports()
}
