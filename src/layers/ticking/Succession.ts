/** How a host that ends waits for who takes over. */
import { Duration, Effect, Fiber, Stream } from "effect"
import type { PeerId } from "../../protocol/Ids.ts"
import type { ElectionService } from "../../services/Election.ts"
import type { Links } from "../../services/PeerLinks.ts"

/** How often it looks for an heir. */
const everyMs = 5

/**
 * The peer that `find` names, as soon as it names one. None where this node does not host, nobody is linked with it, or
 * nobody has caught up `withinMs` from now: a peer may be out of sight for a moment, or a little behind.
 */
export const heir = Effect.fnUntraced(function*(
  find: Effect.Effect<PeerId | undefined>,
  election: ElectionService,
  links: Links,
  withinMs: number
) {
  for (let waitedMs = 0; waitedMs <= withinMs; waitedMs += everyMs) {
    if ((yield* election.standing).role !== "host" || (yield* links.peers).length === 0) return
    const found = yield* find
    if (found !== undefined) return found
    yield* Effect.sleep(Duration.millis(everyMs))
  }
})

/** Returns when this node knows who hosts, or after so long: also where nothing may be interrupted, as at a node's end. */
export const settled = (election: ElectionService, withinMs: number): Effect.Effect<void> =>
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
