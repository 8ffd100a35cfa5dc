/** The suite itself, over a disk that nothing happens to. */
import { Effect, Layer } from "effect"
import type { Stored } from "../../../src/core/raft/Entry.ts"
import { RaftStorage } from "../../../src/services/RaftStorage.ts"
import { conformance, type Disk } from "./storageConformance.ts"
import { applied } from "./storageModel.ts"

const disk: Disk = Effect.sync(() => {
  let stored: Stored | null = null
  return Layer.sync(RaftStorage, () => ({
    load: Effect.sync(() => stored),
    write: (writes) => Effect.sync(() => void (stored = writes.reduce(applied, stored)))
  }))
})

conformance("Memory", disk)
