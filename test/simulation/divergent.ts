/** A game that breaks its promise to be pure, so that there is something to find. */
import { define } from "../../src/games/Game.ts"
import { tallyOf } from "../cluster/tally.ts"

/** Nodes fold a seat that is left alone to different states: `step` counts what every node of this process does. */
export const divergent = () => {
  const tally = tallyOf({ tickRate: 60 })
  let calls = 0
  return define({
    ...tally,
    name: "divergent",
    away: (state, seat) => ({ ...tally.away!(state, seat), mark: ++calls })
  })
}
