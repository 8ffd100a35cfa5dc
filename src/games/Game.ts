/**
 * The contract between a game and everything else.
 *
 * A game is one value: pure rules over plain data. It knows nothing of networks, hosts or screens. The same seed and the
 * same inputs must give the same states on every machine, so:
 * - randomness comes from a generator kept in the state (`core/Random`), never from `Math.random`;
 * - arithmetic is + − × ÷ and `Math.sqrt` (also floor, abs, min, max), never `Math.sin`, `pow` or `hypot`, whose last
 *   bits differ between engines;
 * - seats are visited in ascending order;
 * - states, inputs and views are plain data (null, booleans, finite numbers, strings, bytes as `Uint8Array`, arrays, records;
 *   no classes, Maps, Dates, `undefined`), and never mutated.
 */
import type { Schema } from "effect"
import type { Profile, SeatId } from "../protocol/Ids.ts"
import type { RoomOptions } from "../protocol/Match.ts"

/** One input of one seat, as a tick applies it. A tick may hold several of one seat, in their order. */
export interface SeatInput<Input> {
  readonly seat: SeatId
  readonly input: Input
}

/** How the match stands. `winner` is set while a winner is to be celebrated; `over` when nothing more will happen. */
export interface Outcome {
  readonly standings: ReadonlyArray<{ readonly seat: SeatId; readonly score: number; readonly gamesWon: number }>
  readonly winner: SeatId | null
  readonly over: boolean
}

/**
 * A player that the program plays. `think` is asked once per tick with the newest view and says what to want now, or
 * `null` to leave the last input in force. `memory` is the bot's own; bots run on the player's side and need not be
 * deterministic across machines, but use `random` (0 ≤ r < 1) for chance.
 */
export interface Bot<Input, View, Memory = any> {
  readonly start: Memory
  readonly think: (
    view: View,
    seat: SeatId,
    memory: Memory,
    random: () => number
  ) => { readonly input: Input | null; readonly memory: Memory }
}

export interface Game<State = any, Input = any, View = any> {
  /** Told in the handshake; nodes of another game are refused. Lower case, digits and `-`. */
  readonly name: string
  /** Counts changes of the rules; nodes with another version are refused. */
  readonly version: number
  /** Ticks per second, 1 to 240. */
  readonly tickRate: number
  /** `tick`: the host ticks. `committed`: the room folds a Raft log and has no ticks of its own. */
  readonly ordering: "tick" | "committed"
  readonly seats: { readonly min: number; readonly max: number }
  /** A game of matches, which begin for all players at once and end with a winner. Absent: people come and go as it is played. */
  readonly match?: {
    /** What a room's maker may choose: plain data. `initial` gets it. */
    readonly Options: Schema.Schema<any>
    readonly defaults: RoomOptions
    /** How many play a match; `max` is how many seats the room has. */
    readonly players: (options: any) => { readonly min: number; readonly max: number }
    /** What becomes of a player who stays away: the program plays on (`bot`), or the seat is given up (`forfeit`). */
    readonly absence: (options: any) => "bot" | "forfeit"
  }
  /** Schemas of plain data: encoded and decoded form are the same. A state or input that does not fit is refused. */
  readonly State: Schema.Schema<State>
  readonly Input: Schema.Schema<Input>
  /** The state at clock 0. `seed` is a 32-bit unsigned integer. */
  readonly initial: (seed: number, options?: unknown) => State
  readonly join: (state: State, seat: SeatId, profile: Profile) => State
  readonly leave: (state: State, seat: SeatId) => State
  /** The seat's node or screen has vanished; it may come back (`back`) for a while, else `leave` follows. Default: nothing. */
  readonly away?: (state: State, seat: SeatId) => State
  readonly back?: (state: State, seat: SeatId) => State
  /** One tick. `inputs` are sorted by seat, then by the seat's own order. */
  readonly step: (state: State, inputs: ReadonlyArray<SeatInput<Input>>) => State
  /** What screens are sent: plain data, objects keyed by seat where there is one entry per seat (deltas are by key). */
  readonly view: (state: State) => View
  readonly outcome: (state: State) => Outcome
  /**
   * For prediction on the player's own screen: the view one tick later as far as this seat alone is concerned, with
   * `inputs` (usually none or one) applied first. Must agree with `step` where nobody else interferes.
   */
  readonly predict?: (view: View, seat: SeatId, inputs: ReadonlyArray<Input>) => View
  readonly bot?: Bot<Input, View>
}

/** Any game, where its own types do not matter. */
export type AnyGame = Game<any, any, any>

/** Checks the contract's types at the place where a game is written. */
export const define = <State, Input, View>(game: Game<State, Input, View>): Game<State, Input, View> => game
