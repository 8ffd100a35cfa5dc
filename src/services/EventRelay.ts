/** Whatever one client sends, all others on its channel get (rows E1 to E6, E8, E10); see protocol/EventRelay. */
import { Context, Data, type Effect } from "effect"
import type { Place, Unbound } from "./Discovery.ts"

/** No clients can be taken. `detail` says why, and what to do. */
export class EventRelayError extends Data.TaggedError("EventRelayError")<Unbound> {}

/** The relay at a moment; what is counted is counted since its start. */
export interface EventRelayStanding {
  /** Connections, silent ones among them. */
  readonly clients: number
  readonly channels: ReadonlyArray<{
    readonly name: string
    readonly clients: number
    /** Events of each kind a second that a sender may send now. */
    readonly perSecond: number
  }>
  /** Events taken from senders, and copies of them handed to readers. */
  readonly events: number
  readonly deliveries: number
  /** Copies that a newer one took the place of, for readers that were slow. */
  readonly conflated: number
  /** Connections and lines that were refused, by reason. */
  readonly refused: Readonly<Record<string, number>>
  /** Bytes that wait for readers. */
  readonly waitingBytes: number
}

export interface Relay {
  /** Where it takes clients. */
  readonly place: Place
  readonly standing: Effect.Effect<EventRelayStanding>
}

/** Takes clients while in scope; when that ends, tells all of them and waits a moment until they have heard it. */
export class EventRelay extends Context.Tag("hostless/EventRelay")<EventRelay, Relay>() {}
