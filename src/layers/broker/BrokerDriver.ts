/** What there is to write for a broker: one connection, at most once delivery. Everything else is `BrokerSession`. */
import type { Effect, Scope } from "effect"
import { BrokerError } from "../../services/Broker.ts"

export const refused = (name: string): BrokerError =>
  new BrokerError({
    reason: "refused",
    detail: `The broker ${name} refuses the user name or password. Check them in --transport or GAME_TRANSPORT.`
  })

export const lost = (detail: string): BrokerError => new BrokerError({ reason: "lost", detail })

/** What a connection tells. Synchronous, and cheap. */
export interface DriverEvents {
  /** `subject` is one that is subscribed to; `from` is what its sender gave. */
  readonly receive: (subject: string, datagram: Uint8Array, from: string) => void
  /** Nobody subscribes to what was sent to from `from`. `to`: null where the broker does not say. */
  readonly undelivered: (from: string, to: string | null) => void
  /** The connection is over. Only the first call counts. */
  readonly lost: (error: BrokerError) => void
}

export interface DriverConnection {
  /** Hands it to the socket, or drops it while that, or the broker, takes no more. */
  readonly publish: (to: string, datagram: Uint8Array, from: string) => void
  /** Done when the broker has confirmed it. */
  readonly subscribe: (subject: string) => Effect.Effect<void, BrokerError>
  readonly unsubscribe: (subject: string) => void
  /** Whether a connection subscribes to a subject, this one included. Those that do must not be told of the question. */
  readonly isTaken: (subject: string) => Effect.Effect<boolean, BrokerError>
}

export interface BrokerDriver {
  /** For people, without credentials. */
  readonly name: string
  /** A new connection, closed with the scope. It is tried once, and fails in a few seconds at most. */
  readonly connect: (events: DriverEvents) => Effect.Effect<DriverConnection, BrokerError, Scope.Scope>
}
