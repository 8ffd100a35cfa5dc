/**
 * A Raft node's storage in a directory: one SQLite database, the log that SQLite keeps beside it while it is open, and a
 * mark. Plain and synchronous: `storageThread.ts` runs it where nobody waits. Whoever opens one has locked the directory.
 *
 * With a log beside the file a commit takes one sync; with SQLite's rollback journal it takes three or four.
 */
import type { Database, Statement } from "node-sqlite3-wasm"
import type { Entry, HardState, Snapshot, Stored } from "../../core/raft/Entry.ts"
import type { StoredWrite } from "../../services/RaftStorage.ts"
import { create, type Files, filesIn, openToWrite } from "./StorageFiles.ts"
import * as StorageMark from "./StorageMark.ts"
import * as StorageReading from "./StorageReading.ts"
import { Refusal, refused } from "./StorageRefusal.ts"
import { columnsOf, type Row, sumOfSnapshot, textOf } from "./StorageRows.ts"
import { columns, empty, type State, sumOfState, valuesOf } from "./StorageState.ts"

const insertEntry = "insert into entries values (?, ?, ?, ?, ?)"
const updateState = `update state set ${columns.map((name) => `${name} = ?`).join(", ")} where id = 1`
const replaceSnapshot = "insert or replace into snapshot values (1, ?, ?, ?, ?, ?)"

/** The caller's mistake: a write that does not follow on those before. */
export class Misuse extends Error {}

const hardStateOf = ({ commitIndex, term, vote }: State): HardState => ({ term, vote, commit: commitIndex })

export class StorageDatabase {
  private stored: Stored | null
  private readonly files: Files
  private readonly db: Database
  private readonly mark: StorageMark.Marker
  private readonly insertEntry: Statement
  private readonly updateState: Statement
  private state: State

  /** Throws a Refusal; what is damaged stays as it was. */
  constructor(directory: string) {
    this.files = filesIn(directory)
    const read = StorageReading.read(this.files)
    this.state = read?.state ?? empty
    this.stored = read === null || read.state.writes === 0
      ? null
      : { hardState: hardStateOf(read.state), snapshot: read.snapshot, entries: read.entries }
    try {
      if (read === null) create(this.files)
      this.db = openToWrite(this.files.database)
      this.mark = StorageMark.open(this.files.mark)
      // A commit that a crash left unsynced was read too, and is synced since it was opened to be written.
      this.setMark()
      this.insertEntry = this.db.prepare(insertEntry)
      this.updateState = this.db.prepare(updateState)
    } catch (cause) {
      throw refused(this.files.database, cause)
    }
  }

  /** What was there when it was opened; null where nothing was ever written. Given once, and not kept. */
  load(): Stored | null {
    const { stored } = this
    this.stored = null
    return stored
  }

  /** One commit, synced. After it has thrown, nothing but `close` is to be called. */
  write(writes: ReadonlyArray<StoredWrite>): void {
    try {
      this.db.exec("begin immediate")
      const before = this.state
      for (const write of writes) this.apply(write)
      if (this.state === before) return this.db.exec("rollback")
      this.state = { ...this.state, writes: this.state.writes + 1 }
      this.updateState.run(valuesOf(this.state))
      this.db.exec("commit")
      this.setMark()
    } catch (cause) {
      throw cause instanceof Misuse || cause instanceof Refusal ? cause : refused(this.files.database, cause)
    }
  }

  close(): void {
    this.insertEntry.finalize()
    this.updateState.finalize()
    this.db.close()
    this.mark.close()
  }

  private setMark(): void {
    this.mark.set({ writes: this.state.writes, sum: sumOfState(this.state) })
  }

  private apply({ entries, hardState, keepTo, snapshot }: StoredWrite): void {
    if (hardState !== null) this.remember(hardState)
    if (snapshot !== null) this.compact(snapshot)
    if (keepTo < this.state.lastIndex) this.cut(Math.max(keepTo, this.state.snapshotIndex))
    for (const entry of entries) this.append(entry)
  }

  private remember({ commit, term, vote }: HardState): void {
    const before = this.state.term
    if (term < before || (vote !== null && term === 0)) throw new Misuse(`term ${term} after term ${before}`)
    this.state = { ...this.state, term, vote, commitIndex: commit }
  }

  /** The snapshot takes the place of all entries up to its index. */
  private compact(snapshot: Snapshot): void {
    const { baseSum, lastIndex, lastSum, snapshotIndex } = this.state
    const { data, index, term } = snapshot
    if (index < snapshotIndex) throw new Misuse(`a snapshot of ${index} after one of ${snapshotIndex}`)
    const sum = sumOfSnapshot(snapshot)
    const base = index === snapshotIndex ? baseSum : index <= lastIndex ? this.sumAt(index) : sum
    this.db.run(replaceSnapshot, [index, term, textOf(snapshot.configuration), data, sum])
    this.db.run("delete from entries where id <= ?", [index])
    this.state = {
      ...this.state,
      snapshotIndex: index,
      snapshotTerm: term,
      snapshotSum: sum,
      baseSum: base,
      lastIndex: Math.max(index, lastIndex),
      lastSum: index < lastIndex ? lastSum : base
    }
  }

  /** Drops the entries after `index`. */
  private cut(index: number): void {
    const { baseSum, snapshotIndex } = this.state
    const lastSum = index === snapshotIndex ? baseSum : this.sumAt(index)
    this.db.run("delete from entries where id > ?", [index])
    this.state = { ...this.state, lastIndex: index, lastSum }
  }

  private append(entry: Entry): void {
    const { lastIndex, lastSum, term } = this.state
    if (entry.term > term) throw new Misuse(`entry ${entry.index} of a term that is not written`)
    if (entry.index !== lastIndex + 1) throw new Misuse(`entry ${entry.index} after entry ${lastIndex}`)
    const { data, kind, sum } = columnsOf(entry, lastSum)
    this.insertEntry.run([entry.index, entry.term, kind, data, sum])
    this.state = { ...this.state, lastIndex: entry.index, lastSum: sum }
  }

  private sumAt(index: number): number {
    return (this.db.get("select sum from entries where id = ?", [index]) as Row)["sum"] as number
  }
}
