/**
 * The smallest game that tells whether a log was folded right: every tick and every input leaves its mark in the state,
 * and their order too.
 */
import { Schema } from "effect"
import { define } from "../../src/games/Game.ts"

export interface TallyState {
  /** Mixed anew by every tick. */
  readonly mark: number
  readonly ticks: number
  readonly seats: { readonly [seat: string]: { readonly sum: number; readonly count: number; readonly away: boolean } }
}

export interface TallyInput {
  readonly add: number
}

const Seat = Schema.Struct({ sum: Schema.Int, count: Schema.NonNegativeInt, away: Schema.Boolean })

const mix = (mark: number, value: number): number => (Math.imul(mark ^ value, 0x01000193) + 0x9e3779b9) | 0

/** A tally whose state takes about this many bytes more, and that ticks so often. */
export const tallyOf = (
  { seatsMax = 8, tickRate = 20 }: { readonly seatsMax?: number; readonly tickRate?: number } = {}
) =>
  define<TallyState, TallyInput, TallyState>({
    name: "tally",
    version: 1,
    tickRate,
    ordering: "tick",
    seats: { min: 1, max: seatsMax },
    State: Schema.Struct({
      mark: Schema.Int,
      ticks: Schema.NonNegativeInt,
      seats: Schema.Record({ key: Schema.String, value: Seat })
    }),
    Input: Schema.Struct({ add: Schema.Int }),
    initial: (seed) => ({ mark: seed | 0, ticks: 0, seats: {} }),
    join: (state, seat) => ({
      ...state,
      mark: mix(state.mark, seat),
      seats: { ...state.seats, [seat]: { sum: 0, count: 0, away: false } }
    }),
    leave: (state, seat) => {
      const { [seat]: _, ...seats } = state.seats
      return { ...state, mark: mix(state.mark, -seat), seats }
    },
    away: (state, seat) => withAway(state, seat, true),
    back: (state, seat) => withAway(state, seat, false),
    step: (state, inputs) => {
      let mark = mix(state.mark, inputs.length)
      const seats: Record<string, TallyState["seats"][string]> = { ...state.seats }
      for (const { input, seat } of inputs) {
        const line = seats[seat]
        if (line === undefined) continue
        mark = mix(mix(mark, seat), input.add)
        seats[seat] = { ...line, sum: (line.sum + input.add) | 0, count: line.count + 1 }
      }
      return { mark, ticks: state.ticks + 1, seats }
    },
    view: (state) => state,
    outcome: (state) => ({
      standings: Object.entries(state.seats).map(([seat, line]) => ({
        seat: Number(seat) as never,
        score: line.sum,
        gamesWon: 0
      })),
      winner: null,
      over: false
    }),
    // Adds the tick that it saw, so that inputs differ.
    bot: {
      start: -1,
      think: (view, _seat, last: number) =>
        view.ticks === last ? { input: null, memory: last } : { input: { add: view.ticks }, memory: view.ticks }
    }
  })

const withAway = (state: TallyState, seat: number, away: boolean): TallyState => {
  const line = state.seats[seat]
  return line === undefined ? state : { ...state, seats: { ...state.seats, [seat]: { ...line, away } } }
}
