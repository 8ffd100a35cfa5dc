/**
 * Whether there is anything at all that nodes reach each other by. A network that fails is noticed peer by peer; a broker
 * that goes away takes everybody from everybody, the host from its followers too. Then nobody is suspected and nothing
 * is ordered until it is back: whoever went on alone would play a game that the others never saw.
 */
import { Context, Effect } from "effect"

export interface MediumService {
  /** What is away, told to people, or null: it is there. */
  readonly away: () => string | null
  /** Waits until it is there. */
  readonly there: Effect.Effect<void>
}

/** Without anything between the nodes it is always there. */
export class Medium extends Context.Reference<Medium>()("hostless/Medium", {
  defaultValue: (): MediumService => ({ away: () => null, there: Effect.void })
}) {}
