/**
 * What a screen needs of the cluster, at the node that serves it: browser pages (through `WebGateway`) and bots alike.
 * It rides through changes of host; a seat stays a seat.
 */
import { Context, Data, type Effect, type Scope, type Stream } from "effect"
import type { Player } from "../core/screen/State.ts"
import type { ReceivedView } from "../core/screen/Views.ts"
import type { RoomId, SeatId } from "../protocol/Ids.ts"
import type { NumberedInput, SeatRefusal } from "../protocol/Input.ts"
import type { Act, RoomOptions } from "../protocol/Match.ts"
import type { Cluster, HostChanged, Lost } from "../protocol/Session.ts"

/**
 * The host gave no seat; or, from a server, that it speaks another `version` of the protocol, or that another screen plays
 * with this token now (`token`).
 */
export class SeatError extends Data.TaggedError("SeatError")<{
  readonly reason: SeatRefusal | "version" | "token"
}> {}

/** A view that may be shown: what it holds survives the death of its host (see design: what screens may see). */
export type ShownView = ReceivedView

/** What is told of a change of host; `Lost` concerns one room. */
export type Notice = HostChanged | { readonly room: RoomId; readonly lost: Lost }

export interface HeldSeat {
  /** The seat that was got first. */
  readonly seat: SeatId
  /**
   * The seat, and each other one that the same token gets: when the room's state is replaced after a split, or this node
   * was out of sight for too long, the old seat may be gone. A new seat counts its inputs from its own `acks`. Fails when
   * there is none for this player any more: the room is full, or in the middle of a match. Then nothing is held.
   */
  readonly seats: Stream.Stream<SeatId, SeatError>
  /** This seat in a view: whose `acks` entry is this player's. Null where the view has no seat of this token. */
  readonly within: (shown: ShownView) => SeatId | null
  /**
   * Sends all inputs that no view has acknowledged, oldest first, numbered without gaps from the seat's last applied
   * number. Never waits; what gets lost on the way must be sent again by the caller, which is why it says all.
   */
  readonly input: (inputs: ReadonlyArray<NumberedInput>) => Effect.Effect<void>
  /** Says this once; what gets lost on the way must be said again, until the view shows it (`Match.due`). */
  readonly act: (act: Act, ballot: number) => Effect.Effect<void>
  /** Whether the player can be heard. The seat of one who cannot is away, though it is held here, until it can. */
  readonly present: (isPresent: boolean) => Effect.Effect<void>
  /** Gives the seat up for good. */
  readonly leave: Effect.Effect<void>
}

/** The cluster as this node sees it; the gateway adds where else its pages could be served. */
export interface ClusterView extends Omit<Cluster, "_tag" | "elsewhere"> {
  /** The pages that other nodes share, by node name. */
  readonly pages: ReadonlyArray<{ readonly name: string; readonly page: string }>
}

export interface Client {
  /** Starts with the present one, then on every change and about once a second. */
  readonly cluster: Stream.Stream<ClusterView>
  /** From the subscription on. */
  readonly notices: Stream.Stream<Notice>
  /** A room's views: first the newest, if there is one, then each; a slow subscriber misses some, never the newest. */
  readonly watch: (room: RoomId) => Stream.Stream<ShownView>
  /**
   * Takes the seat that the token holds, or a new one; waits for a host as long as it takes. The room is opened if it is
   * not there. When the scope closes without `leave`, the seat is kept for `seatKeptMs` for whoever comes with its token.
   */
  readonly take: (room: RoomId, player: Player) => Effect.Effect<HeldSeat, SeatError, Scope.Scope>
  /**
   * Opens a room with these options of the game, unless there is one of that name; done when it is there. Options that the
   * game does not take open nothing, ever: check them before.
   */
  readonly open: (room: RoomId, options: RoomOptions) => Effect.Effect<void>
  /** A screen's own finding that its acknowledged inputs were not applied exactly once; counted in the status. */
  readonly dispute: (room: RoomId, seat: SeatId, detail: string) => Effect.Effect<void>
  /** How many disputes there were. */
  readonly disputed: Effect.Effect<number>
}

export class GameClient extends Context.Tag("hostless/GameClient")<GameClient, Client>() {}
