/** What the oracles know of a run, which no node does. */
import type { ElectionBy } from "../../layers/engine/Engine.ts"
import type { PeerId } from "../../protocol/Ids.ts"
import { equals, type Reign } from "../../protocol/Reign.ts"
import type { Cables } from "../Cables.ts"
import type { Disturbances } from "../faults/Disturbances.ts"
import type { PromiseName } from "../Violation.ts"
import type { Known } from "./Known.ts"
import type { Memory } from "./Memory.ts"

export interface World {
  readonly nowMs: () => number
  readonly election: ElectionBy
  readonly quorum: boolean
  /** Every process that ever ran, by id; of one id the last. */
  readonly known: ReadonlyMap<PeerId, Known>
  /** All reigns of this epoch that anybody was ever in. */
  readonly reignsOf: (epoch: number) => ReadonlyArray<Reign>
  /** Those that run, or are paused. */
  readonly alive: () => ReadonlyArray<Known>
  /** Whether a live node may have fallen silent for others so far. */
  readonly silenced: () => boolean
  /** What members of reigns remember. */
  readonly memory: Memory
  readonly cables: () => Cables
  /** What was done to the cluster. */
  readonly disturbances: Disturbances
  /** Keeps the first one. Never throws: it is called from within nodes. */
  readonly fail: (promise: PromiseName, detail: string) => void
}

/**
 * Nothing that this node's screens were shown may get lost: nobody falls silent without being dead, or a majority has it.
 * Two lines of reigns that began apart have no majority in common: when they meet, one of them is lost. A majority that has
 * ended has forgotten.
 */
export const isLossless = (world: World, known: Known): boolean =>
  world.quorum
    ? known.shownLine === null
      || (equals(known.standing?.reign?.root ?? null, known.shownLine)
        && world.memory.holds(known.shownLine, known.shownAtMs))
    : !world.silenced()
