/**
 * How far the database is known to be synced, in a small file beside it.
 *
 * A log that a crash cut off and a log that lost its end later look the same. So after each sync this file is told the
 * number of the commit. It need not be synced itself: it never says more than what is on disk, and the system keeps it
 * when the process is killed. A database that knows less than its mark has lost something that was acknowledged.
 */
import * as Fs from "node:fs"
import { crc32c } from "../../core/udp/Crc32c.ts"

const magic = 0x68736d6b
const bytes = 24

export interface Mark {
  readonly writes: number
  /** The state's, after so many. */
  readonly sum: number
}

const encode = ({ sum, writes }: Mark): Buffer => {
  const buffer = Buffer.alloc(bytes)
  buffer.writeUInt32BE(magic, 0)
  buffer.writeUInt32BE(1, 4)
  buffer.writeDoubleBE(writes, 8)
  buffer.writeUInt32BE(sum, 16)
  buffer.writeUInt32BE(crc32c(buffer, 20), 20)
  return buffer
}

/** Null where there is no file, `damaged` where it is not what was written. Throws what the system says. */
export const read = (path: string): Mark | "damaged" | null => {
  if (!Fs.existsSync(path)) return null
  const buffer = Fs.readFileSync(path)
  if (buffer.length !== bytes) return "damaged"
  const mark: Mark = { writes: buffer.readDoubleBE(8), sum: buffer.readUInt32BE(16) }
  return Number.isSafeInteger(mark.writes) && encode(mark).equals(buffer) ? mark : "damaged"
}

/** Makes the file anew, synced. Its directory is not. */
export const create = (path: string, mark: Mark): void => {
  const next = `${path}.new`
  const file = Fs.openSync(next, "w", 0o600)
  try {
    Fs.writeSync(file, encode(mark), 0, bytes, 0)
    Fs.fsyncSync(file)
  } finally {
    Fs.closeSync(file)
  }
  Fs.renameSync(next, path)
}

export type Marker = ReturnType<typeof open>

export const open = (path: string) => {
  const file = Fs.openSync(path, "r+")
  return {
    /** To be told only of what is synced. */
    set: (mark: Mark): void => void Fs.writeSync(file, encode(mark), 0, bytes, 0),
    close: (): void => Fs.closeSync(file)
  }
}
