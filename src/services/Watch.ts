/** The quick way to follow changes: what a change of host waits for goes this way, not through streams. */
import type { Effect, Scope } from "effect"

/** Runs the observer on each change in order, none missing, until the scope ends. Subscribed when it returns. */
export type Watch<A> = (observer: (change: A) => Effect.Effect<unknown>) => Effect.Effect<void, never, Scope.Scope>
