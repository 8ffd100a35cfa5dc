/** What Gather's screens have in common, however they draw. */
import { Gather } from "../../../../games/Gather.ts"
import { gatherRules } from "../../../../games/gather/Field.ts"
import type { GatherInput, GatherView } from "../../../../games/gather/Schemas.ts"
import type { SceneDescription } from "../../../Scene.ts"

export const gatherDescription: SceneDescription<GatherInput, GatherView> = {
  game: Gather,
  aspect: gatherRules.width / gatherRules.height,
  scoreMax: gatherRules.pointsToWin,
  goal: `First to ${gatherRules.pointsToWin} takes the round.`,
  snapBeyond: 120,
  track: ({ players }) => {
    const points: Record<string, readonly [number, number]> = {}
    for (const seat of Object.keys(players)) points[seat] = [players[seat]!.x, players[seat]!.y]
    return points
  },
  standings: ({ scoreboard }) => Object.keys(scoreboard).map((seat) => ({ seat: Number(seat), ...scoreboard[seat]! }))
}
