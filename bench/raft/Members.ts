/** Who the bench's nodes are. */
import { PeerId } from "../../src/protocol/Ids.ts"

/** Of the nth node, from 1 on. */
export const idOf = (n: number): PeerId => PeerId.make(`${`${n}`.padStart(8, "0")}-0000-4000-8000-000000000000`)
