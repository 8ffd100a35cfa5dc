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
import type { Rules } from "../core/Rules.ts"
import type { SeatId } from "../protocol/Ids.ts"
import type { RoomOptions } from "../protocol/Match.ts"

export type { SeatInput } from "../core/Rules.ts"

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

/** What it adds to the rules that a room's fold goes by. */
export interface Game<State = any, Input = any, View = any> extends Rules<State, Input> {
  /** Told in the handshake; nodes of another game are refused. Lower case, digits and `-`. */
  readonly name: string
  /** Counts changes of the rules; nodes with another version are refused. */
  readonly version: number
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

const isCountUpTo = (value: number, most: number): boolean => Number.isInteger(value) && value >= 1 && value <= most

/** What of the contract no type says. Each: what is wrong when it is so. */
const wrongOf = ({ match, name, ordering, seats: { max, min }, tickRate, version }: AnyGame): string | null => {
  if (!/^[a-z0-9-]{1,48}$/.test(name)) return "its name is not 1 to 48 of a-z, 0-9 and -"
  if (!isCountUpTo(version, Number.MAX_SAFE_INTEGER)) return `its version is ${version}, no number from 1`
  if (!isCountUpTo(tickRate, 240)) return `its tickRate is ${tickRate}, not 1 to 240`
  if (!isCountUpTo(min, max) || !Number.isInteger(max)) {
    return `its seats are ${min} to ${max}, not 1 or more to as many or more`
  }
  if (match === undefined) return null
  if (ordering === "committed") {
    return "it has matches, which go by the clock, and its ordering is committed: no clock goes there"
  }
  const players = match.players(match.defaults)
  if (!isCountUpTo(players.min, players.max)) return `a match has ${players.min} to ${players.max} players by default`
  return players.max > max ? `a match has ${players.max} players by default, and a room ${max} seats` : null
}

/**
 * The game, its types checked at the place where it is written.
 *
 * @throws TypeError on what no room could play, and says what: a name, version, rate or seats out of bounds, matches with
 *   `ordering: "committed"`, or more players than seats.
 */
export const define = <State, Input, View>(game: Game<State, Input, View>): Game<State, Input, View> => {
  const wrong = wrongOf(game)
  if (wrong !== null) throw new TypeError(`The game ${game.name} cannot be: ${wrong}.`)
  return game
}
