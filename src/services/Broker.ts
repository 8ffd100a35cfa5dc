/**
 * A message broker as nodes use it: small datagrams from subject to subject, at most once each. What it loses, doubles or
 * reorders is made good above it, as over UDP.
 */
import { Context, Data, type Effect } from "effect"

/**
 * A broker does not take this node. `refused`: the credentials; `forbidden`: what a node needs to do there;
 * `unreachable`: there is none, or none that speaks this protocol; `lost`: it was there. `detail` says what to do, and
 * never holds credentials.
 */
export class BrokerError extends Data.TaggedError("BrokerError")<{
  readonly reason: "refused" | "forbidden" | "unreachable" | "lost"
  readonly detail: string
}> {}

/** Whoever takes what is sent to a subject. */
export interface SubjectTaker {
  /** A datagram, and the subject that its sender takes answers at. Nobody else changes its bytes. */
  readonly receive: (datagram: Uint8Array, from: string) => void
  /** What was sent from this subject to `to` was for nobody: no process subscribes to that. */
  readonly undelivered: (to: string | null) => void
}

export interface BrokerService {
  /** Protocol, host and port, for people: nothing of the credentials. */
  readonly name: string
  /**
   * Sends to all that subscribe to a subject. Never waits: what cannot be sent now is lost. `from` is a subject of this
   * node, whose taker is told when there is no subscriber.
   */
  readonly publish: (to: string, datagram: Uint8Array, from: string) => void
  /**
   * Takes what is sent to a subject, from when the broker has confirmed it, which is when this returns, until the returned
   * function is called. While the broker is away this waits; when it comes back the subscription is made again by itself.
   */
  readonly subscribe: (subject: string, taker: SubjectTaker) => Effect.Effect<() => void, BrokerError>
  /** Whether any process subscribes to a subject now. */
  readonly isTaken: (subject: string) => Effect.Effect<boolean, BrokerError>
  /** Monotonic milliseconds that stand still while the broker is away. */
  readonly nowMs: () => number
  /** Calls back after so long by `nowMs`, or a little later, unless the scope of the broker ends before. */
  readonly after: (ms: number, run: () => void) => void
  /** Calls back whenever the broker has come back, until the returned function is called. */
  readonly onReturn: (run: () => void) => () => void
}

export class Broker extends Context.Tag("hostless/Broker")<Broker, BrokerService>() {}
