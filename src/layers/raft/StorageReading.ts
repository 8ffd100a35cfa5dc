/** Reads a storage as a whole, changing nothing: either all of it is what was written, or it is refused. */
import sqlite, { type Database } from "node-sqlite3-wasm"
import * as Fs from "node:fs"
import { initial } from "../../core/raft/Configuration.ts"
import type { Entry, Snapshot } from "../../core/raft/Entry.ts"
import { applicationId, type Files, formatVersion, unlock } from "./StorageFiles.ts"
import * as StorageMark from "./StorageMark.ts"
import { damaged, Refusal, refused, said, tooNew } from "./StorageRefusal.ts"
import { entryOf, type Row, snapshotOf } from "./StorageRows.ts"
import { type State, stateOf, sumOfState } from "./StorageState.ts"

export interface Read {
  readonly state: State
  readonly snapshot: Snapshot
  readonly entries: ReadonlyArray<Entry>
}

/** Of a node that never wrote one. */
const noSnapshot: Snapshot = { index: 0, term: 0, configuration: initial([]), data: new Uint8Array(0) }

/** What SQLite says when not the file but the disk is at fault. */
const ofTheDisk = /disk i\/o error|database or disk is full|readonly|could not open|unable to open|out of memory/i

/** Null where there is none yet. Throws a Refusal. */
export const read = ({ database, mark: markFile }: Files): Read | null => {
  try {
    const mark = StorageMark.read(markFile)
    if (mark === "damaged") throw damaged(markFile, "its sum does not fit")
    if (!Fs.existsSync(database)) {
      if (mark === null || mark.writes === 0) return null
      throw damaged(database, "it is gone")
    }
    if (mark === null) throw damaged(markFile, "it is gone")
    unlock(database)
    if (Fs.statSync(database).size === 0) throw damaged(database, "it is empty")
    const db = new sqlite.Database(database, { readOnly: true })
    const whole = readAll(db, database, mark)
    // A refused one stays open until its thread ends: SQLite tidies away a log that it cannot read when it closes.
    db.close()
    return whole
  } catch (cause) {
    if (cause instanceof Refusal) throw cause
    const message = said(cause)
    throw (cause as NodeJS.ErrnoException).code !== undefined || ofTheDisk.test(message)
      ? refused(database, cause)
      : damaged(database, message)
  }
}

const readAll = (db: Database, file: string, mark: StorageMark.Mark): Read => {
  const pragma = (name: string) => Object.values((db.get(`pragma ${name}`) ?? {}) as Row)[0]
  // Without this, reading a log beside the file needs shared memory, which the driver has not.
  pragma("locking_mode = exclusive")
  if (pragma("application_id") !== applicationId) throw damaged(file, "something else made it")
  const version = pragma("user_version")
  if (typeof version !== "number" || version < 1) throw damaged(file, "it has no format")
  if (version > formatVersion) throw tooNew(file, version)
  const verdict = pragma("integrity_check(1)")
  if (verdict !== "ok") throw damaged(file, String(verdict))

  const states = db.all("select * from state") as Array<Row>
  const state = states.length === 1 ? stateOf(states[0]!) : null
  if (state === null) throw damaged(file, "its state's sum does not fit")
  const isBehind = state.writes < mark.writes || (state.writes === mark.writes && sumOfState(state) !== mark.sum)
  if (isBehind) throw damaged(file, `its end is lost: ${mark.writes} commits were synced, ${state.writes} are there`)
  return { state, snapshot: readSnapshot(db, file, state), entries: readEntries(db, file, state) }
}

const readSnapshot = (db: Database, file: string, state: State): Snapshot => {
  const rows = db.all("select * from snapshot") as Array<Row>
  if (rows.length === 0 && state.snapshotSum === 0 && state.snapshotIndex === 0) return noSnapshot
  const snapshot = rows.length === 1 ? snapshotOf(rows[0]!) : null
  const fits = snapshot !== null && rows[0]!["sum"] === state.snapshotSum &&
    snapshot.index === state.snapshotIndex && snapshot.term === state.snapshotTerm
  if (!fits) throw damaged(file, "its snapshot's sum does not fit")
  return snapshot
}

const readEntries = (db: Database, file: string, state: State): ReadonlyArray<Entry> => {
  const entries: Array<Entry> = []
  let sum = state.baseSum
  const statement = db.prepare("select * from entries order by id")
  try {
    for (const row of statement.iterate() as IterableIterator<Row>) {
      const entry = entryOf(row, sum)
      const index = state.snapshotIndex + entries.length + 1
      if (entry === null || entry.index !== index || entry.term > state.term) {
        throw damaged(file, `its entry ${index} does not fit`)
      }
      sum = row["sum"] as number
      entries.push(entry)
    }
  } finally {
    statement.finalize()
  }
  const last = state.snapshotIndex + entries.length
  if (last !== state.lastIndex || sum !== state.lastSum) throw damaged(file, `its entries end at ${last}`)
  return entries
}
