/** How a host that ends finds who takes over, and waits for that. */
import { Duration, Effect, Fiber, Stream } from "effect"
import type { PeerId } from "../../protocol/Ids.ts"
import type { ElectionService } from "../../services/Election.ts"
import type { Links } from "../../services/PeerLinks.ts"

/** How often it looks for an heir. */
const everyMs = 5

export interface Options {
  /** The peer that has caught up, or none. */
  readonly heir: Effect.Effect<PeerId | undefined>
  /** Offers the reign to that peer. */
  readonly handOver: (heir: PeerId) => Effect.Effect<unknown>
  readonly election: ElectionService
  readonly links: Links
  /** How long it waits for an heir, and then for that to take over. */
  readonly withinMs: number
}

/**
 * Hands over, where this node hosts and is linked with anybody. A peer may be out of sight for a moment, or a little
 * behind: it is waited for. Returns when this node knows who hosts, or after the time-out: also where nothing may be
 * interrupted, as at a node's end.
 */
export const retire = Effect.fnUntraced(function*({ election, handOver, heir, links, withinMs }: Options) {
  for (let waitedMs = 0; waitedMs <= withinMs; waitedMs += everyMs) {
    if ((yield* election.standing).role !== "host" || (yield* links.peers).length === 0) return
    const found = yield* heir
    if (found !== undefined) {
      yield* handOver(found)
      return yield* settled(election, withinMs)
    }
    yield* Effect.sleep(Duration.millis(everyMs))
  }
})

const settled = (election: ElectionService, withinMs: number): Effect.Effect<void> =>
  election.changes.pipe(
    Stream.takeUntil(({ role }) => role === "peer" || role === "host"),
    Stream.runDrain,
    Effect.timeoutOption(Duration.millis(withinMs)),
    // On a fiber of its own: this one can be interrupted already, and then no time-out would hold.
    Effect.interruptible,
    Effect.forkDaemon,
    Effect.flatMap(Fiber.await),
    Effect.asVoid
  )
