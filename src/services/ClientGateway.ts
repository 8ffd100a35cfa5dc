/** Where thin clients play at this node: programs that are none, in a terminal for one. */
import { Context, Data, type Effect } from "effect"
import type { Place, Unbound } from "./Discovery.ts"

/** Thin clients cannot be taken at all. `detail` says which port or address, and what to do. */
export class ClientGatewayError extends Data.TaggedError("ClientGatewayError")<Unbound> {}

export interface ThinClients {
  readonly place: Place
  /** How many are connected. */
  readonly count: Effect.Effect<number>
  /** Datagrams that were no part of the protocol, or of no connection. */
  readonly rejected: Effect.Effect<number>
}

export class ClientGateway extends Context.Tag("hostless/ClientGateway")<ClientGateway, ThinClients>() {}
