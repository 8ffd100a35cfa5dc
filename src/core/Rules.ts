/** The part of a game that a room's fold needs. */
import type { Profile, SeatId } from "../protocol/Ids.ts"

/** One input of one seat, as a tick applies it. A tick may hold several of one seat, in their order. */
export interface SeatInput<Input> {
  readonly seat: SeatId
  readonly input: Input
}

export interface Rules<State, Input> {
  /** Ticks per second, 1 to 240. */
  readonly tickRate: number
  // oxlint-disable-next-line typescript/no-explicit-any -- a game's options are its own
  readonly match?: { readonly players: (options: any) => { readonly min: number; readonly max: number } }
  /** The state at clock 0. `seed` is a 32-bit unsigned integer. */
  readonly initial: (seed: number, options?: unknown) => State
  readonly join: (state: State, seat: SeatId, profile: Profile) => State
  readonly leave: (state: State, seat: SeatId) => State
  /** The seat's node or screen has vanished; it may come back (`back`) for a while, else `leave` follows. Default: nothing. */
  readonly away?: (state: State, seat: SeatId) => State
  readonly back?: (state: State, seat: SeatId) => State
  /** One tick. `inputs` are sorted by seat, then by the seat's own order. */
  readonly step: (state: State, inputs: ReadonlyArray<SeatInput<Input>>) => State
  readonly view: (state: State) => unknown
  readonly outcome: (state: State) => { readonly over: boolean }
}

/** Any game's rules, where its own types do not matter. */
// oxlint-disable-next-line typescript/no-explicit-any -- the states and inputs of a game are its own
export type AnyRules = Rules<any, any>
