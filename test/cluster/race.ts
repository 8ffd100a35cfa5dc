/** The smallest game of matches: whoever has pushed so often has won. */
import { Schema } from "effect"
import { define } from "../../src/games/Game.ts"
import type { SeatId } from "../../src/protocol/Ids.ts"

interface RaceState {
  readonly goal: number
  readonly ticks: number
  readonly pushes: { readonly [seat: string]: number }
}

const Options = Schema.Struct({
  goal: Schema.Int.pipe(Schema.between(1, 1_000)),
  absence: Schema.Literal("bot", "forfeit")
})
type Options = typeof Options.Type

const winnerOf = ({ goal, pushes }: RaceState): SeatId | null => {
  const first = Object.entries(pushes).find(([, count]) => count >= goal) ?? null
  return first === null ? null : Number(first[0]) as SeatId
}

export const raceOf = (defaults: Options) =>
  define<RaceState, { readonly push: true }, RaceState>({
    name: "race",
    version: 1,
    tickRate: 20,
    ordering: "tick",
    seats: { min: 2, max: 4 },
    match: {
      Options,
      defaults,
      players: () => ({ min: 2, max: 4 }),
      absence: (options: Options) => options.absence
    },
    State: Schema.Struct({
      goal: Schema.Int,
      ticks: Schema.NonNegativeInt,
      pushes: Schema.Record({ key: Schema.String, value: Schema.NonNegativeInt })
    }),
    Input: Schema.Struct({ push: Schema.Literal(true) }),
    initial: (_seed, options) => ({ goal: (options as Options).goal, ticks: 0, pushes: {} }),
    join: (state, seat) => ({ ...state, pushes: { ...state.pushes, [seat]: 0 } }),
    leave: (state, seat) => {
      const { [seat]: _, ...pushes } = state.pushes
      return { ...state, pushes }
    },
    step: (state, inputs) => {
      const pushes: Record<string, number> = { ...state.pushes }
      for (const { seat } of inputs) pushes[seat] = (pushes[seat] ?? 0) + 1
      return { ...state, ticks: state.ticks + 1, pushes }
    },
    view: (state) => state,
    outcome: (state) => ({
      standings: Object.entries(state.pushes).map(([seat, score]) => ({
        seat: Number(seat) as SeatId,
        score,
        gamesWon: 0
      })),
      winner: winnerOf(state),
      over: winnerOf(state) !== null || Object.keys(state.pushes).length < 2
    }),
    bot: {
      start: -1,
      think: (view, _seat, last: number) =>
        view.ticks === last ? { input: null, memory: last } : { input: { push: true }, memory: view.ticks }
    }
  })
