/** Orders the rooms' events while this node is host, and only then; what its screens want goes to whoever does. */
import { Context, type Effect, type Stream } from "effect"
import type { PeerId, RoomId } from "../protocol/Ids.ts"
import type { InputMessage, SeatRefused } from "../protocol/Input.ts"
import type { ReignRef } from "../protocol/Reign.ts"
import type { Counters } from "../protocol/Status.ts"

export interface ServerCounters extends Pick<Counters, "inputsDuplicate" | "eventsResent" | "snapshotsSent"> {
  /** Inputs that the game's schema refused. */
  readonly inputsInvalid: number
}

export interface Server {
  /** What a screen of this node wants: goes to the host, whoever that is just now; lost when there is none. */
  readonly submit: (say: (reign: ReignRef) => InputMessage) => Effect.Effect<void>
  /** The host's refusals for this node's screens. */
  readonly refusals: Stream.Stream<SeatRefused>
  /** Peers that hold every room up to its newest events, as far as this host knows. Empty when this node does not host. */
  readonly followers: Effect.Effect<ReadonlyArray<PeerId>>
  /** How many events of a room each follower is not known to hold yet. Empty when this node does not host. */
  readonly lag: (room: RoomId) => Effect.Effect<ReadonlyMap<PeerId, number>>
  /** If it hosts, or may find out in a moment that it does, hands the reign to the highest follower. Returns when that took over, or after a time-out. */
  readonly retire: Effect.Effect<void>
  readonly counters: Effect.Effect<ServerCounters>
}

export class GameServer extends Context.Tag("hostless/GameServer")<GameServer, Server>() {}
