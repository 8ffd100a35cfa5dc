/** A connection to an event relay, for games and programs (row E2). */
import { Context, Data, type Effect, type Scope, type Stream } from "effect"
import type { RelayEvent, SendResult } from "../core/eventrelay/ClientEvents.ts"
import type { ClientId } from "../protocol/EventRelay.ts"

/** The relay cannot be reached, or does not take this client. `detail` says why, and what to do. */
export class EventRelayConnectError extends Data.TaggedError("EventRelayConnectError")<{
  readonly reason: "unreachable" | "refused"
  readonly detail: string
}> {}

export interface ConnectOptions {
  readonly host: string
  /** Default: 32100. */
  readonly port?: number | undefined
  /** As others see it: 1 to 48 printable characters. */
  readonly name: string
  /** Default: the one of plain clients. */
  readonly channel?: string | undefined
  /** The most events of a kind a second that this client sends, whatever the relay allows. Default: no limit of its own. */
  readonly perSecondMax?: number | undefined
}

/**
 * Nothing here waits, but for the stream. When the connection is lost it is made anew, at first soon and then ever less
 * often (0.1 s to 5 s), with a new id; `events` and `stream` tell of both.
 */
export interface RelayConnection {
  /** This client's id; null while there is no connection. */
  readonly id: () => ClientId | null
  /**
   * Sends an event, any JSON value, to all others on the channel. Of one with a `kind` only the newest counts: it may
   * take the place of an older one that still waits, here, at the relay, or for a reader that is slow.
   */
  readonly send: (event: unknown, kind?: string) => SendResult
  /** What has happened since the last call, the oldest first; 1,024 at most are kept in between, and `missed` counts the rest. */
  readonly events: () => ReadonlyArray<RelayEvent>
  /** What happens from now on. Ends when the connection is closed for good. */
  readonly stream: Stream.Stream<RelayEvent>
  /** Asks for the channel's last events, 128 at most; `history` tells them. */
  readonly askHistory: (count: number) => void
  /** Events of each kind a second that relay and readers take now. */
  readonly perSecond: () => number
}

export interface EventRelayConnecting {
  /** Connected as a member until the scope ends. Fails if the first attempt does. */
  readonly connect: (options: ConnectOptions) => Effect.Effect<RelayConnection, EventRelayConnectError, Scope.Scope>
}

export class EventRelayClient extends Context.Tag("hostless/EventRelayClient")<
  EventRelayClient,
  EventRelayConnecting
>() {}
