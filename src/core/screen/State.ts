/**
 * A screen's session as data: what it knows of the room that it shows and of the seat that it has, what can happen to it, and
 * what it wants done. It goes on from node to node, whatever carries its messages.
 */
import type { Profile, RoomId, SeatId, SeatToken } from "../../protocol/Ids.ts"
import type { NodeMessage, ScreenMessage, Welcome } from "../../protocol/Session.ts"
import type { RoomView } from "../../protocol/View.ts"
import type * as HeldSeat from "./HeldSeat.ts"
import * as Losses from "./Losses.ts"
import * as Views from "./Views.ts"

/** A seat that the room's view has not for so long is asked for again, in milliseconds. */
export const missingMs = 1_500

export interface Options {
  /** The version of the protocol that the screen speaks. */
  readonly version: number
  /** Checks what a patch has made of a view. */
  readonly isView: (value: unknown) => value is RoomView
}

/** Who wants a seat. */
export interface Player {
  readonly token: SeatToken
  readonly profile: Profile
}

/** The seat that the screen has or asks for. */
export interface Seat extends Player {
  readonly held: HeldSeat.HeldSeat
  /** How its holder looks in views. The colour is another than was wished for, if somebody had that; null until it is seen. */
  readonly looks: { readonly name: string; readonly color: string | null }
  /** The node has told again that it is this seat, though the views show it under another name: then that is its own. */
  readonly isRetold: boolean
}

export interface Counters {
  readonly views: number
  readonly resyncs: number
  readonly dropped: number
}

export interface State {
  readonly options: Options
  /** Whether a node has welcomed it on the present connection. */
  readonly isWelcome: boolean
  /** The node that welcomed it last; another game than the first one's is none of its own. */
  readonly node: typeof Welcome.Type | null
  readonly room: RoomId | null
  /** The newest subscription, and the first one of this room on this connection: what names an older one is too late. */
  readonly subscription: number
  readonly since: number
  readonly seat: Seat | null
  readonly views: Views.Views
  readonly losses: Losses.Losses
  readonly counters: Counters
}

export type Input =
  /** A connection is there; nothing of the one before comes any more. */
  | { readonly _tag: "connected" }
  | { readonly _tag: "received"; readonly message: NodeMessage }
  /** Show this room, and play in it unless `player` is null. */
  | { readonly _tag: "enter"; readonly room: RoomId; readonly player: Player | null }
  /** Give the seat up for good, and go on watching. */
  | { readonly _tag: "leave" }
  /** Time has passed. */
  | { readonly _tag: "wake" }

/** What the node says to whoever shows it, and is no matter of this session's. */
export type Passed = Exclude<
  NodeMessage,
  { readonly _tag: "snapshot" | "delta" | "seated" | "refused" | "lost" | "welcome" }
>

export type Output =
  | { readonly _tag: "send"; readonly message: ScreenMessage }
  | { readonly _tag: "welcomed"; readonly node: typeof Welcome.Type }
  /** The node plays another game. The session is of no use there. */
  | { readonly _tag: "stranger"; readonly game: string }
  | { readonly _tag: "viewed"; readonly shown: Views.ReceivedView }
  | { readonly _tag: "seated"; readonly seat: SeatId }
  | Omit<Extract<NodeMessage, { readonly _tag: "refused" }>, "subscription">
  | { readonly _tag: "lost"; readonly lost: Extract<NodeMessage, { readonly _tag: "lost" }> }
  /** The newest view has taken back that the clock was here, and no node has told of it in time. */
  | { readonly _tag: "set-back"; readonly clock: number; readonly shown: Views.ReceivedView }
  | { readonly _tag: "passed"; readonly message: Passed }

export const initial = (options: Options): State => ({
  options,
  isWelcome: false,
  node: null,
  room: null,
  subscription: 0,
  since: 1,
  seat: null,
  views: Views.none,
  losses: Losses.none,
  counters: { views: 0, resyncs: 0, dropped: 0 }
})

/** When `wake` has something to do, or null: a clock as in `step`. */
export const wakeAtMs = ({ losses }: State): number | null => losses.owed?.atMs ?? null

/**
 * The own seat in a view, or null where it has none. A node of another side of a split may have given the number to somebody
 * else: then it is another player's, until the node has told which seat is the own.
 */
export const seatIn = ({ seat }: Pick<State, "seat">, { acks, seats }: RoomView): SeatId | null => {
  const number = seat?.held.seat ?? null
  if (seat === null || number === null || acks[number] === undefined) return null
  const holder = seats[number]?.profile
  if (holder === undefined) return null
  if (seat.looks.color !== null) {
    return holder.name === seat.looks.name && holder.color === seat.looks.color ? number : null
  }
  return holder.name === seat.looks.name || seat.isRetold ? number : null
}

/** What must be true of every session; what is not so, in words. */
export const invariants = (state: State): ReadonlyArray<string> => {
  const { losses, room, seat, since, subscription, views } = state
  const broken: Array<string> = []
  if (since < 1 || since > subscription + 1) broken.push(`room since subscription ${since} of ${subscription}`)
  if (room === null && (seat !== null || views.shown !== null)) broken.push("a seat or a view of no room")
  if (views.shown !== null && views.shown.view.room !== room) broken.push(`room ${views.shown.view.room} is shown`)
  if (views.base !== null && views.base.view.room !== room) broken.push(`room ${views.base.view.room} is a base`)
  if (seat !== null && seat.held.end !== null) broken.push("a seat that has ended is kept")
  if (losses.owed !== null && views.shown === null) broken.push("nothing shown was taken back")
  return broken
}
