/**
 * What of a node outlives its process: its id, how often it was started, and the reign that it has accepted. Written as
 * a disk does it: later, and what had not been written when the process died is gone.
 */
import { Duration, Effect, Layer } from "effect"
import * as RaftGroupStorageMemory from "../layers/group/RaftGroupStorageMemory.ts"
import type { PeerId } from "../protocol/Ids.ts"
import type { Reign } from "../protocol/Reign.ts"
import { NodeIdentity } from "../services/NodeIdentity.ts"
import type { RaftGroupStorage } from "../services/RaftGroupStorage.ts"
import type { Chance } from "./time/Chance.ts"

/** How long a synced write takes, in milliseconds. */
const writeMsMin = 0.1
const writeMsMax = 5

export class SimulatedDisk {
  private incarnation = 0
  private reign: Reign | null = null
  /** Open while writes come to an end. */
  private readonly writing = Effect.unsafeMakeLatch(true)
  /** How many faults hold it up now. */
  private hangs = 0

  private readonly synced = Effect.suspend(() =>
    Effect.zipRight(Effect.sleep(Duration.millis(this.chance.between(writeMsMin, writeMsMax))), this.writing.await)
  )
  private readonly group = new RaftGroupStorageMemory.GroupDisk({ sync: this.synced })

  constructor(readonly peerId: PeerId, private readonly chance: Chance) {}

  /** No write ends until `release`. */
  hang(): void {
    this.hangs++
    this.writing.unsafeClose()
  }

  release(): void {
    if (this.hangs > 0 && --this.hangs === 0) this.writing.unsafeOpen()
  }

  releaseAll(): void {
    this.hangs = 0
    this.writing.unsafeOpen()
  }

  /** For the next start. */
  identity(name: string): Layer.Layer<NodeIdentity> {
    return Layer.sync(NodeIdentity, () => ({
      peerId: this.peerId,
      name,
      incarnation: ++this.incarnation,
      acceptedBefore: this.reign,
      accept: (reign) =>
        Effect.zipRight(
          this.synced,
          Effect.sync(() => {
            this.reign = reign
          })
        )
    }))
  }

  /** The node's Raft group, for the next start. */
  groups(): Layer.Layer<RaftGroupStorage> {
    return RaftGroupStorageMemory.layerOf(this.group)
  }

  /** The process dies: of the writes that it had not synced, some first ones are there. */
  crash(): void {
    const { waiting } = this.group
    this.group.crash(waiting === 0 ? 0 : this.chance.below(waiting + 1))
  }
}
