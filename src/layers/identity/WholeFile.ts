/** Small files that are there as a whole or not at all, also after a power cut. */
import { randomBytes } from "node:crypto"
import * as Fs from "node:fs/promises"
import { join } from "node:path"

/** Replaces the file as a whole; what is there when this returns survives a power cut. */
export const replace = async (directory: string, name: string, text: string): Promise<void> => {
  const path = join(directory, name)
  const temporary = `${path}.${randomBytes(4).toString("hex")}.tmp`
  const file = await Fs.open(temporary, "wx", 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await Fs.rename(temporary, path)
  await syncDirectory(directory)
}

const syncDirectory = async (directory: string): Promise<void> => {
  // Windows has no such thing.
  if (process.platform === "win32") return
  const handle = await Fs.open(directory, "r")
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Removes what was left by a process that was killed while it wrote the file. */
export const sweep = async (directory: string, name: string): Promise<void> => {
  for (const one of await Fs.readdir(directory)) {
    if (one.startsWith(`${name}.`) && one.endsWith(".tmp")) await Fs.rm(join(directory, one), { force: true })
  }
}

/** Null where there is none; empty where it is larger than one of ours. */
export const read = async (directory: string, name: string, bytesMax: number): Promise<string | null> => {
  const path = join(directory, name)
  try {
    const { size } = await Fs.stat(path)
    return size > bytesMax ? "" : await Fs.readFile(path, "utf8")
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null
    throw error
  }
}
