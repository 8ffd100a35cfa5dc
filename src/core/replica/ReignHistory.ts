/** The last reigns of a node, for people. */
import { equals, type ReignCause, type ReignRef } from "../../protocol/Reign.ts"
import type { HostChanged } from "../../protocol/Session.ts"
import type { ReignStatus } from "../../protocol/Status.ts"

/** So many are remembered. */
const reignsMax = 64

/** What screens are told of a change of host. */
export interface Change extends Omit<HostChanged, "_tag" | "from" | "to"> {
  readonly from: ReignRef | null
  readonly to: ReignRef
}

/** Synchronous; oldest first. */
export class ReignHistory {
  private readonly all: Array<ReignStatus> = []

  /** `interregnumMs`: null where it is not known, or not yet. */
  add({ epoch, host }: ReignRef, cause: ReignCause, interregnumMs: number | null): void {
    this.all.push({ epoch, host, interregnumMs, cause })
    if (this.all.length > reignsMax) this.all.shift()
  }

  of(reign: ReignRef): ReignStatus | undefined {
    return this.all.findLast((entry) => equals(entry, reign))
  }

  /** The interregnum before that reign is over. */
  measured(reign: ReignRef, interregnumMs: number): void {
    const at = this.all.findLastIndex((entry) => equals(entry, reign))
    if (at >= 0) this.all[at] = { ...this.all[at]!, interregnumMs }
  }

  get newest(): ReignStatus | undefined {
    return this.all.at(-1)
  }

  get statuses(): ReadonlyArray<ReignStatus> {
    return [...this.all]
  }
}
