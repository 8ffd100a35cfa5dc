/**
 * With a quorum: until when what screens were shown may have been forgotten. Logs are in memory, so what was shown before
 * there was no majority of a reign's members that had not ended since may be lost (docs/guarantees).
 */
import { majority } from "../../core/raft/Quorum.ts"
import type { PeerId } from "../../protocol/Ids.ts"
import { compare, type Reign, type ReignRef } from "../../protocol/Reign.ts"
import type { Standing } from "../../services/Election.ts"
import { keyOf, type Known } from "./Known.ts"

interface Line {
  /** The newest reign of the line that was hosted. */
  reign: Reign
  forgottenAtMs: number
}

export class Memory {
  /** By the reign that the line began with. */
  private readonly lines = new Map<string, Line>()

  constructor(private readonly known: ReadonlyMap<PeerId, Known>, private readonly nowMs: () => number) {}

  stood({ reign, role }: Standing): void {
    if (role !== "host" || reign === null) return
    const line = this.lines.get(keyOf(reign.root))
    if (line === undefined) this.lines.set(keyOf(reign.root), { reign, forgottenAtMs: -Infinity })
    else if (compare(reign, line.reign) > 0) line.reign = reign
  }

  look(): void {
    for (const line of this.lines.values()) {
      const { members } = line.reign
      const remembering = members.filter((id) => {
        const member = this.known.get(id)
        return member !== undefined && (member.node.isUp || member.node.state === "leaving") && member.state !== null
      })
      if (remembering.length < majority(members.length)) line.forgottenAtMs = this.nowMs()
    }
  }

  /** Whether what was shown in this line at that time must still be known. */
  holds(root: ReignRef, atMs: number): boolean {
    return atMs > (this.lines.get(keyOf(root))?.forgottenAtMs ?? -Infinity)
  }
}
