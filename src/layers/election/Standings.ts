/** What an `Election` tells of where this node stands. */
import { Effect } from "effect"
import { equals } from "../../protocol/Reign.ts"
import type { ElectionService, Standing } from "../../services/Election.ts"
import { Subscribers } from "../queues/Subscribers.ts"

/** The most changes that wait for a subscriber; one that lags further fails. */
const changesMax = 16_384

export class Standings {
  private readonly subscribers = new Subscribers<Standing>(changesMax, "dying")

  constructor(private standing: Standing) {}

  /** Tells what is so now; false where that is nothing new. */
  tell(next: Standing): boolean {
    const { claim, reign, role } = this.standing
    if (role === next.role && equals(reign, next.reign) && equals(claim, next.claim)) return false
    this.standing = next
    this.subscribers.publish(next)
    return true
  }

  get description(): string {
    const { reign, role } = this.standing
    return `${role} under reign ${reign === null ? "none" : `${reign.epoch} of ${reign.host}`}`
  }

  readonly service: Pick<ElectionService, "standing" | "now" | "changes" | "watch"> = {
    standing: Effect.sync(() => this.standing),
    now: () => this.standing,
    changes: this.subscribers.stream(() => [this.standing]),
    watch: (observer) => this.subscribers.watch(() => [this.standing], observer)
  }
}
