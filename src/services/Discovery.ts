/** Finding other nodes without being told where they are. */
import { Context, Data, type Effect, type Scope, type Stream } from "effect"
import type { Announcement } from "../protocol/Discovery.ts"

/** Why no socket could be had, and what to do, for people. */
export interface Unbound {
  readonly reason: "port" | "address" | "network"
  readonly detail: string
}

/** Nothing can be announced or heard. `detail` says which port or interface, and what to do. */
export class DiscoveryError extends Data.TaggedError("DiscoveryError")<Unbound> {}

/** A game that is played by another cluster on the same network. */
export interface OtherGame {
  readonly cluster: string
  readonly game: string
  readonly nodes: number
}

/** Where a node takes links. */
export interface Place {
  readonly address: string
  readonly port: number
}

export interface DiscoveryService {
  /**
   * Announces this node until the scope closes: at once, then as a slow beat, and directly to whoever is new. A closing
   * scope says `bye`. The links do this for the place where they are taken; nobody else need.
   */
  readonly announce: (place: Place) => Effect.Effect<void, DiscoveryError, Scope.Scope>
  /**
   * Other nodes of the same cluster and game, each time they are heard, their `bye` too; never this node itself.
   * Subscribers that come later start with the newest of each that is there. A subscriber that lags misses the oldest.
   */
  readonly announcements: Stream.Stream<Announcement>
  /**
   * Places to dial although nothing is known of who is there (static addresses): each at once, and again now and then.
   * Empty where there are none.
   */
  readonly places: Stream.Stream<Place>
  /** Other clusters and games heard in the last 10 s, at most 64. */
  readonly otherGames: Effect.Effect<ReadonlyArray<OtherGame>>
  /** Datagrams that were no announcement. */
  readonly rejected: Effect.Effect<number>
}

export class Discovery extends Context.Tag("hostless/Discovery")<Discovery, DiscoveryService>() {}
