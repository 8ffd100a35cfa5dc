/** What the oracles know of one process, which it does not know itself. */
import type { RoomState } from "../../core/Room.ts"
import { mainRoom } from "../../protocol/Ids.ts"
import type { ReignRef } from "../../protocol/Reign.ts"
import type { Standing } from "../../services/Election.ts"
import type { SimulatedNode } from "../SimulatedNode.ts"

export interface Known {
  readonly node: SimulatedNode
  /** The reigns that it has been in. */
  readonly followed: Set<string>
  standing: Standing | null
  /** When its reign last changed. */
  reignedAtMs: number
  /** Its main room, folded as far as it was when somebody last looked. */
  state: RoomState | null
  /** What its screens were shown of it last, and the root of the line of reigns that it was in then. */
  shown: RoomState | null
  shownLine: ReignRef | null
  shownAtMs: number
  /** When it last had a host, or could not run. */
  hostedAtMs: number
  /** When it was asked to end; null: it was not. */
  leavesSinceMs: number | null
  /** Events in a row that it ordered after everybody else had gone on without it. */
  orderedDeposed: number
}

export const stateOf = (node: SimulatedNode): RoomState | null => node.store?.get(mainRoom)?.state ?? null
export const shownOf = (node: SimulatedNode): RoomState | null => node.store?.get(mainRoom)?.shown ?? null

/** For sets and maps. */
export const keyOf = ({ epoch, host }: ReignRef): string => `${epoch}/${host}`
