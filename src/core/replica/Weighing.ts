/** What the rooms of a node weigh when a split heals. */
import type { Weight } from "../../protocol/Bully.ts"
import type { Seq } from "../../protocol/Ids.ts"
import type { RoomState } from "../Room.ts"

/** Whether anybody plays, and how far the longest log goes. */
export const weigh = (rooms: Iterable<RoomState>): Pick<Weight, "seated" | "seq"> => {
  const all = [...rooms]
  return {
    seated: all.some(({ seats }) => seats.some(({ awaySince }) => awaySince === null)),
    seq: Math.max(0, ...all.map(({ seq }) => seq)) as Seq
  }
}
