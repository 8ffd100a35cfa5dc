/**
 * Writes down what is done to the files of a directory, call by call, and lays out what a disk could hold after any of
 * them: when the process is killed there, everything so far; when the power fails, whatever was synced, and of the rest
 * any part.
 */
import Fs from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { basename, dirname, join } from "node:path"

type Call =
  | { readonly _tag: "make" | "unlink"; readonly name: string; readonly file: number }
  | { readonly _tag: "rename"; readonly name: string; readonly to: string }
  | { readonly _tag: "write"; readonly file: number; readonly at: number; readonly bytes: Buffer }
  | { readonly _tag: "truncate"; readonly file: number; readonly size: number }
  | { readonly _tag: "sync"; readonly file: number }
  | { readonly _tag: "syncNames" }
  /** So many groups of writes are acknowledged. */
  | { readonly _tag: "told"; readonly groups: number }

/** Everything that `use` does in a directory. It says how many groups of writes it was told are on disk. */
export const record = (directory: string, use: (tell: (groups: number) => void) => void): ReadonlyArray<Call> => {
  const { fsyncSync, ftruncateSync, openSync, renameSync, rmSync, unlinkSync, writeSync } = Fs
  const calls: Array<Call> = []
  const files = new Map<string, number>()
  const opened = new Map<number, number | "directory">()
  let made = 0
  const isHere = (path: Fs.PathLike): boolean => dirname(String(path)) === directory
  const gone = (path: Fs.PathLike): void => {
    const name = basename(String(path))
    const file = files.get(name)
    if (isHere(path) && file !== undefined) calls.push({ _tag: "unlink", name, file })
    if (isHere(path)) files.delete(name)
  }
  Fs.openSync = (path, flags, mode) => {
    const wasThere = Fs.existsSync(path)
    const handle = openSync(path, flags, mode)
    if (String(path) === directory) opened.set(handle, "directory")
    else if (isHere(path)) {
      const name = basename(String(path))
      if (!wasThere) {
        files.set(name, ++made)
        calls.push({ _tag: "make", name, file: made })
      } else if (flags === "w") calls.push({ _tag: "truncate", file: files.get(name)!, size: 0 })
      opened.set(handle, files.get(name)!)
    } else opened.delete(handle)
    return handle
  }
  Fs.writeSync = ((handle: number, bytes: Uint8Array, from: number, length: number, at: number) => {
    const file = opened.get(handle)
    if (typeof file === "number") {
      calls.push({ _tag: "write", file, at, bytes: Buffer.from(bytes.slice(from, from + length)) })
    }
    return writeSync(handle, bytes, from, length, at)
  }) as typeof writeSync
  Fs.ftruncateSync = (handle, size) => {
    const file = opened.get(handle)
    if (typeof file === "number") calls.push({ _tag: "truncate", file, size: Number(size ?? 0) })
    ftruncateSync(handle, size)
  }
  Fs.fsyncSync = (handle) => {
    const file = opened.get(handle)
    if (file !== undefined) calls.push(file === "directory" ? { _tag: "syncNames" } : { _tag: "sync", file })
    fsyncSync(handle)
  }
  Fs.renameSync = (from, to) => {
    if (isHere(to)) {
      calls.push({ _tag: "rename", name: basename(String(from)), to: basename(String(to)) })
      files.set(basename(String(to)), files.get(basename(String(from)))!)
      files.delete(basename(String(from)))
    }
    renameSync(from, to)
  }
  Fs.unlinkSync = (path) => {
    gone(path)
    unlinkSync(path)
  }
  Fs.rmSync = (path, options) => {
    gone(path)
    rmSync(path, options)
  }
  syncBuiltinESMExports()
  try {
    use((groups) => calls.push({ _tag: "told", groups }))
  } finally {
    Object.assign(Fs, { fsyncSync, ftruncateSync, openSync, renameSync, rmSync, unlinkSync, writeSync })
    syncBuiltinESMExports()
  }
  // Node itself can have taken a recording function for its own, and goes on calling it.
  return calls.slice()
}

/** Runs without waiting for a disk: what is tried on copies of files need not outlast the machine. */
export const withoutSyncs = <A>(use: () => A): A => {
  const { fsyncSync } = Fs
  Fs.fsyncSync = () => {}
  syncBuiltinESMExports()
  try {
    return use()
  } finally {
    Fs.fsyncSync = fsyncSync
    syncBuiltinESMExports()
  }
}

const changed = (content: Buffer, call: Call, keep: number): Buffer => {
  if (call._tag === "truncate") {
    return call.size <= content.length
      ? content.subarray(0, call.size)
      : Buffer.concat([content, Buffer.alloc(call.size - content.length)])
  }
  if (call._tag !== "write") return content
  const bytes = call.bytes.subarray(0, keep)
  const next = Buffer.alloc(Math.max(content.length, call.at + bytes.length))
  content.copy(next)
  bytes.copy(next, call.at)
  return next
}

/** A disk's sectors are written whole, in bytes. */
const sector = 512

/**
 * The files after the first `count` calls. `chance`: from 0 to 1, for each thing that was not synced, of what is left of
 * it; without it, all is. Names change in their order, as they do in the log of a file system.
 */
export const filesAfter = (
  calls: ReadonlyArray<Call>,
  count: number,
  chance?: () => number
): ReadonlyMap<string, Buffer> => {
  const past = calls.slice(0, count)
  const isSynced = (call: Call, i: number): boolean =>
    past.some((later, k) =>
      k > i && ("file" in call && (call._tag === "write" || call._tag === "truncate")
        ? later._tag === "sync" && later.file === call.file
        : later._tag === "syncNames")
    )
  const contents = new Map<number, Buffer>()
  const names = new Map<string, number>()
  let namesGoOn = true
  past.forEach((call, i) => {
    const isSafe = chance === undefined || isSynced(call, i)
    if (call._tag === "write" || call._tag === "truncate") {
      const luck = isSafe ? 1 : chance()
      const size = call._tag === "write" ? call.bytes.length : 0
      // Lost, whole, or cut off somewhere.
      const keep = luck > 0.6 ? size : luck > 0.4 ? Math.floor(size * luck / sector) * sector : 0
      if (isSafe || luck > 0.4) contents.set(call.file, changed(contents.get(call.file) ?? Buffer.alloc(0), call, keep))
    } else if (call._tag === "make" || call._tag === "unlink" || call._tag === "rename") {
      namesGoOn &&= isSafe || chance() > 0.3
      if (!namesGoOn) return
      if (call._tag === "make") names.set(call.name, call.file)
      else if (call._tag === "rename") names.set(call.to, names.get(call.name)!)
      if (call._tag !== "make") names.delete(call.name)
    }
  })
  return new Map([...names].map(([name, file]) => [name, contents.get(file) ?? Buffer.alloc(0)]))
}

/** Puts files into an empty directory. */
export const layOut = (directory: string, files: ReadonlyMap<string, Buffer>): void => {
  for (const [name, content] of files) Fs.writeFileSync(join(directory, name), content)
}
