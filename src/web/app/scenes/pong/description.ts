/** What Pong's screens have in common, however they draw. */
import { Pong } from "../../../../games/Pong.ts"
import { boardOf } from "../../../../games/pong/Board.ts"
import type { PongInput, PongView } from "../../../../games/pong/Schemas.ts"
import type { SceneDescription } from "../../../Scene.ts"
import { paddleDepth, placeAt } from "./look.ts"

/** Up to so many points are shown as marks on the page's scoreboard. */
const marksMax = 10

export const pongDescription: SceneDescription<PongInput, PongView> = {
  game: Pong,
  aspect: ({ seats }) => {
    const { height, width } = boardOf(seats)
    return width / height
  },
  scoreMax: ({ points }) => points > 1 && points <= marksMax ? points : null,
  goal: ({ points }) => `First to ${points} ${points === 1 ? "point" : "points"} wins the match.`,
  winner: ({ winner }) => winner,
  roomOptions: {
    defaults: { seats: 2, points: 5, absence: "bot" },
    choices: [
      { option: "seats", label: "Players", choices: [2, 3, 4].map((value) => ({ label: `${value}`, value })) },
      {
        option: "points",
        label: "Points to win",
        choices: [3, 5, 7, 11].map((value) => ({ label: `${value}`, value }))
      },
      {
        option: "absence",
        label: "Who stays away",
        choices: [{ label: "bot plays", value: "bot" }, { label: "forfeits", value: "forfeit" }]
      }
    ]
  },
  snapBeyond: 150,
  predicts: "everything",
  // Six ticks: so far prediction leads back to the truth by slowing down, and no ball ever flies backwards.
  aheadMsMax: 100,
  track: ({ ball, paddles, seats }) => {
    const board = boardOf(seats)
    const points: Record<string, readonly [number, number]> = { ball: [ball.x, ball.y] }
    for (const seat of Object.keys(paddles)) {
      const { at, side } = paddles[seat]!
      points[seat] = placeAt(side, board, paddleDepth, at)
    }
    return points
  },
  standings: ({ scores, winner }) =>
    Object.keys(scores).map((seat) => ({
      seat: Number(seat),
      score: scores[seat]!,
      gamesWon: Number(seat) === winner ? 1 : 0
    }))
}
