/**
 * A Raft node's disk in memory, for tests and simulations, and for clusters that never lose a majority at once: what is
 * written survives as long as the disk does, whatever node it is given to.
 */
import { Effect, Layer } from "effect"
import type { Entry, HardState, Snapshot, Stored } from "../../core/raft/Entry.ts"
import {
  RaftStorage,
  type RaftStorageError,
  type RaftStorageService,
  type StoredWrite
} from "../../services/RaftStorage.ts"

export interface Options {
  /** What a write waits for before it is synced. Default: nothing. */
  readonly sync?: Effect.Effect<void, RaftStorageError>
}

export class Disk {
  private hardState: HardState = { term: 0, vote: null, commit: 0 }
  private snapshot: Snapshot | null = null
  private entries: Array<Entry> = []
  private unsynced: ReadonlyArray<StoredWrite> = []
  /** A node that was started later owns it: what an earlier one still does is lost. */
  private life = 0

  constructor(private readonly options: Options = {}) {}

  /** The power fails: of the unsynced writes the first `kept` are there, and their node writes no more. */
  crash(kept: number = 0): void {
    this.life++
    for (const write of this.unsynced.slice(0, kept)) this.put(write)
    this.unsynced = []
  }

  /** How many writes wait to be synced. */
  get waiting(): number {
    return this.unsynced.length
  }

  get stored(): Stored | null {
    const { entries, hardState, snapshot } = this
    return snapshot === null ? null : { hardState, snapshot, entries: [...entries] }
  }

  /** For the next node that uses it. */
  open(): RaftStorageService {
    const life = ++this.life
    this.unsynced = []
    const sync = this.options.sync ?? Effect.void
    return {
      load: Effect.sync(() => this.stored),
      write: (writes) =>
        Effect.suspend(() => {
          if (life !== this.life) return Effect.never
          this.unsynced = writes
          return Effect.flatMap(sync, () => {
            if (life !== this.life) return Effect.never
            for (const write of writes) this.put(write)
            this.unsynced = []
            return Effect.void
          })
        })
    }
  }

  private put({ entries, hardState, keepTo, snapshot }: StoredWrite): void {
    if (hardState !== null) this.hardState = hardState
    if (snapshot !== null) {
      this.snapshot = snapshot
      this.entries = this.entries.filter(({ index }) => index > snapshot.index)
    }
    // A write without news drops nothing.
    if (hardState === null) return
    while ((this.entries.at(-1)?.index ?? 0) > keepTo) this.entries.pop()
    for (const entry of entries) this.entries.push(entry)
  }
}

/** A disk that several nodes may use, one after the other. */
export const layerOf = (disk: Disk): Layer.Layer<RaftStorage> => Layer.sync(RaftStorage, () => disk.open())

/** A fresh disk, gone with its node. */
export const layer: Layer.Layer<RaftStorage> = Layer.sync(RaftStorage, () => new Disk().open())
