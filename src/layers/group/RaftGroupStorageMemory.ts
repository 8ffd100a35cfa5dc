/**
 * A node's group in memory: it comes back as a newcomer, unless its disk is given to its next life, as in simulations.
 */
import { Effect, Layer } from "effect"
import { type KeptGroup, RaftGroupStorage, type RaftGroupStorageService } from "../../services/RaftGroupStorage.ts"
import * as RaftStorageMemory from "../raft/RaftStorageMemory.ts"

/** What of a node's group outlives it. */
export class GroupDisk {
  private kept: { readonly group: KeptGroup; readonly disk: RaftStorageMemory.Disk } | null = null

  constructor(private readonly options: RaftStorageMemory.Options = {}) {}

  /** The power fails, as with `RaftStorageMemory.Disk`. */
  crash(kept: number = 0): void {
    this.kept?.disk.crash(kept)
  }

  get waiting(): number {
    return this.kept?.disk.waiting ?? 0
  }

  /** For the next node that uses it. */
  open(): RaftGroupStorageService {
    return {
      // What was begun and never written is no group.
      last: Effect.sync(() =>
        this.kept === null || this.kept.disk.stored === null
          ? null
          : { kept: this.kept.group, storage: this.kept.disk.open() }
      ),
      begin: (group) =>
        Effect.sync(() => {
          const disk = new RaftStorageMemory.Disk(this.options)
          this.kept = { group, disk }
          return disk.open()
        })
    }
  }
}

export const layerOf = (disk: GroupDisk): Layer.Layer<RaftGroupStorage> =>
  Layer.sync(RaftGroupStorage, () => disk.open())

/** Gone with its node. */
export const layer: Layer.Layer<RaftGroupStorage> = Layer.sync(RaftGroupStorage, () => new GroupDisk().open())
