import { Schema } from "effect"
import { Protocol } from "hostless"
import { define } from "hostless/games"

/** Whoever taps most leads. */
export const Taps = define({
  name: "taps",
  version: 1,
  tickRate: 20,
  ordering: "tick",
  seats: { min: 1, max: 8 },
  State: Schema.Record({ key: Schema.String, value: Schema.Int }),
  Input: Schema.Literal("tap"),
  initial: (): { readonly [seat: string]: number } => ({}),
  join: (taps, seat) => ({ ...taps, [seat]: 0 }),
  leave: (taps, seat) => Object.fromEntries(Object.entries(taps).filter(([key]) => key !== `${seat}`)),
  step: (taps, inputs) => {
    const next = { ...taps }
    for (const { seat } of inputs) next[seat]! += 1
    return next
  },
  view: (taps) => taps,
  outcome: (taps) => {
    const score = (key: string) => ({ seat: Protocol.SeatId.make(Number(key)), score: taps[key]!, gamesWon: 0 })
    return { standings: Object.keys(taps).map(score), winner: null, over: false }
  },
  bot: { start: null, think: () => ({ input: "tap" as const, memory: null }) }
})
