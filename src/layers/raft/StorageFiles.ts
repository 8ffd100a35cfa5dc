/** The files of a storage, and how they come into being. */
import sqlite, { type Database } from "node-sqlite3-wasm"
import * as Fs from "node:fs"
import { dirname, join } from "node:path"
import * as StorageMark from "./StorageMark.ts"
import * as StorageState from "./StorageState.ts"

export interface Files {
  readonly database: string
  readonly mark: string
}

export const filesIn = (directory: string): Files => ({
  database: join(directory, "raft.sqlite"),
  mark: join(directory, "raft.mark")
})

/** "hsrf": what a database of ours calls itself (SQLite file format, offset 68). */
export const applicationId = 0x68737266
export const formatVersion = 1

/** Of this process only; every commit is synced with one call, in a log beside the file. */
const pragmas = ["locking_mode = exclusive", "journal_mode = wal", "synchronous = full"]

const schema = `
pragma application_id = ${applicationId};
pragma user_version = ${formatVersion};
begin;
create table state (id integer primary key, ${StorageState.columns.join(", ")});
create table snapshot (id integer primary key, position integer, term integer, configuration text, data blob, sum integer);
create table entries (id integer primary key, term integer, kind integer, data blob, sum integer);
insert into state values (1, ${StorageState.columns.map(() => "?").join(", ")});
commit`

const syncDirectory = (directory: string): void => {
  // Windows has no such thing.
  if (process.platform === "win32") return
  const handle = Fs.openSync(directory, "r")
  try {
    Fs.fsyncSync(handle)
  } finally {
    Fs.closeSync(handle)
  }
}

/** The driver's sign that a file is open, which a killed process leaves behind. The directory is locked otherwise. */
export const unlock = (database: string): void => Fs.rmSync(`${database}.lock`, { recursive: true, force: true })

/** Makes an empty storage, synced. The database is made under another name: one that is there is whole. */
export const create = ({ database, mark }: Files): void => {
  StorageMark.create(mark, { writes: 0, sum: StorageState.sumOfState(StorageState.empty) })
  syncDirectory(dirname(mark))
  const next = `${database}.new`
  for (const name of [next, `${next}-journal`, `${next}-wal`]) Fs.rmSync(name, { force: true })
  unlock(next)
  const db = new sqlite.Database(next)
  try {
    for (const pragma of pragmas) db.all(`pragma ${pragma}`)
    for (const statement of schema.split(";")) {
      db.run(statement, statement.includes("?") ? StorageState.valuesOf(StorageState.empty) : [])
    }
    // Closing would do it too, and say nothing where the disk refuses.
    db.all("pragma wal_checkpoint(truncate)")
  } finally {
    db.close()
  }
  Fs.renameSync(next, database)
  syncDirectory(dirname(database))
}

/** Opens the database to be written. What was read of it is synced by then, and so is the log's name. */
export const openToWrite = (database: string): Database => {
  const db = new sqlite.Database(database, { fileMustExist: true })
  try {
    for (const pragma of pragmas) db.all(`pragma ${pragma}`)
    db.all("pragma wal_checkpoint(truncate)")
    syncDirectory(dirname(database))
  } catch (error) {
    db.close()
    throw error
  }
  return db
}
