/** How a host that ends finds who takes over, and waits for that. */
import { Clock, Duration, Effect, Fiber, Stream } from "effect"
import type { PeerId } from "../../protocol/Ids.ts"
import type { ElectionService } from "../../services/Election.ts"
import type { Links } from "../../services/PeerLinks.ts"

/** How often it looks for an heir. */
const everyMs = 5

export interface Options {
  /** The peer that has caught up, or none. */
  readonly heir: Effect.Effect<PeerId | undefined>
  /** Offers the reign to that peer; changes nothing where that cannot be now. */
  readonly handOver: (heir: PeerId) => Effect.Effect<unknown>
  readonly election: ElectionService
  readonly links: Links
  /** How long an heir has to take over, in milliseconds. */
  readonly withinMs: number
}

/**
 * Hands over, where this node hosts and is linked with anybody. A peer may be out of sight for a moment, or a little
 * behind, and the host itself may not know for a moment whether it is one still (it stood still, or begins its next
 * reign): that is waited for, and an offer that comes to nothing is made again. Returns when another node hosts, or after
 * three times `withinMs`: also where nothing may be interrupted, as at a node's end.
 */
export const retire = Effect.fnUntraced(function*({ election, handOver, heir, links, withinMs }: Options) {
  const nowMs = Effect.map(Clock.currentTimeNanos, (nanos) => Number(nanos) / 1e6)
  const untilMs = (yield* nowMs) + 2 * withinMs
  while ((yield* nowMs) < untilMs) {
    const { role } = yield* election.standing
    if (role === "peer" || (yield* links.peers).length === 0) return
    const found = role === "host" ? yield* heir : undefined
    if (found !== undefined) {
      yield* handOver(found)
      yield* settled(election, withinMs)
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
