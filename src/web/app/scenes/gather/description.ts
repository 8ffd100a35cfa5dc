/** What Gather's screens have in common, however they draw. */
import { Gather, type GatherInput, gatherRules, type GatherView } from "../../../../games/Gather.ts"
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
