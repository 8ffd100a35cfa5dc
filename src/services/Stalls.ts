/**
 * Whether this node itself lost time: a stopped process, a closed lid, a long pause. What a node believed before that is
 * not to be trusted, and nobody is to be suspected for what happened meanwhile.
 */
import { Context, type Effect, type Stream } from "effect"

export interface StallsService {
  /**
   * How long this node had not run when it was found to be stalled (by the monotonic or the wall clock, whichever lost
   * more: the monotonic one stands still while a machine sleeps). Told as soon as it runs again.
   */
  readonly changes: Stream.Stream<number>
  /**
   * Monotonic milliseconds at which the last stall ended, or -Infinity. Looks for a stall that nobody has noticed yet, so
   * that who asks before acting on anything acts on what is true.
   */
  readonly lastEnd: Effect.Effect<number>
}

export class Stalls extends Context.Tag("hostless/Stalls")<Stalls, StallsService>() {}
