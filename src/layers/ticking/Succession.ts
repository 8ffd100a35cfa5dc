/** How a host that ends waits for who takes over. */
import { Duration, Effect, Fiber, Stream } from "effect"
import type { ElectionService } from "../../services/Election.ts"

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
