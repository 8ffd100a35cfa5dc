/** What a game looks like in a terminal, and what its keys mean. */
// oxlint-disable typescript/no-explicit-any -- defaults of type parameters: a table of scenes holds scenes of any games
import type { Points } from "../../core/smoothing/Smoothing.ts"
import { Gather } from "../../games/Gather.ts"
import { gatherRules } from "../../games/gather/Field.ts"
import type { GatherInput, GatherView } from "../../games/gather/Schemas.ts"
import type { AnyGame } from "../../games/index.ts"
import { Pong } from "../../games/Pong.ts"
import { boardOf, isAcross, pongRules } from "../../games/pong/Board.ts"
import type { PongInput, PongView } from "../../games/pong/Schemas.ts"
import { gatherDescription } from "../../web/app/scenes/gather/description.ts"
import { pongDescription } from "../../web/app/scenes/pong/description.ts"
import type { SceneDescription } from "../../web/Scene.ts"
import type { Rgb } from "./Cells.ts"
import type { Field, Painting } from "./Painting.ts"

export interface Drawing<View> {
  readonly view: View
  /** Where everything that moves is shown. */
  readonly points: Points
  readonly seat: number | null
  readonly colorOf: (seat: number) => Rgb
}

export interface TerminalScene<Input = any, View = any> {
  readonly description: SceneDescription<Input, View>
  readonly field: (view: View) => Field
  readonly draw: (painting: Painting, drawing: Drawing<View>) => void
  /** What a direction asks for; null: nothing that the seat can do. */
  readonly want: (
    direction: { readonly dx: -1 | 0 | 1; readonly dy: -1 | 0 | 1 },
    view: View,
    seat: number
  ) => Input | null
  /** The keys, in a few words. */
  readonly keys: (view: View, seat: number | null) => string
}

const court: Rgb = [16, 20, 36]
const line: Rgb = [44, 54, 88]
const white: Rgb = [244, 246, 255]
const dim: Rgb = [90, 98, 128]

const pong: TerminalScene<PongInput, PongView> = {
  description: pongDescription,
  field: ({ seats }) => boardOf(seats),
  draw: (painting, { colorOf, points, seat, view }) => {
    const { height, width } = painting.field
    painting.paint(court)
    if (view.seats === 2) {
      const [x, thick] = painting.crisp(width / 2 - 2, 4)
      for (let y = 0; y < height; y += 40) painting.rectangle(x, y + 10, thick, 20, line)
    } else painting.rectangle(width / 2 - 30, height / 2 - 2, 60, 4, line)
    const { paddleLength, paddleThickness } = pongRules
    for (const key of Object.keys(view.paddles)) {
      const { side } = view.paddles[key]!
      const [x, y] = points[key] ?? [0, 0]
      const [across, along] = isAcross(side) ? [x, y] : [y, x]
      const [face, thickness] = painting.crisp(across - paddleThickness / 2, paddleThickness)
      const bar = (opacity: number, more: number): void => {
        const [at, length] = [along - paddleLength / 2 - more, paddleLength + 2 * more]
        const [start, thick] = [face - more, thickness + 2 * more]
        const color = colorOf(Number(key))
        if (isAcross(side)) painting.rectangle(start, at, thick, length, color, opacity)
        else painting.rectangle(at, start, length, thick, color, opacity)
      }
      if (Number(key) === seat) bar(0.35, 1 / painting.scale)
      bar(1, 0)
    }
    const [x, y] = points["ball"] ?? [view.ball.x, view.ball.y]
    const half = pongRules.ball / 2
    // A tail of light, so that the eye finds it.
    const { vx, vy } = view.phase === "playing" ? view.ball : { vx: 0, vy: 0 }
    for (let back = 4; back >= 1; back--) {
      painting.rectangle(x - half - vx * back, y - half - vy * back, pongRules.ball, pongRules.ball, white, 0.16 / back)
    }
    if (view.phase !== "waiting") painting.rectangle(x - half, y - half, pongRules.ball, pongRules.ball, white)
  },
  want: ({ dx, dy }, view, seat) => {
    const own = view.paddles[seat]
    return own === undefined ? null : { move: isAcross(own.side) ? dy : dx }
  },
  keys: (view, seat) => {
    const own = seat === null ? undefined : view.paddles[seat]
    return own === undefined ? "" : isAcross(own.side) ? "↑ ↓ move" : "← → move"
  }
}

const gather: TerminalScene<GatherInput, GatherView> = {
  description: gatherDescription,
  field: () => ({ width: gatherRules.width, height: gatherRules.height }),
  draw: (painting, { colorOf, points, seat, view }) => {
    const { square } = gatherRules
    painting.paint(court)
    for (const { x, y } of view.gatherables) painting.rectangle(x + 4, y + 4, square - 8, square - 8, [242, 190, 60])
    for (const key of Object.keys(view.players)) {
      const player = view.players[key]!
      const [x, y] = points[key] ?? [player.x, player.y]
      if (Number(key) === seat) painting.rectangle(x - 4, y - 4, square + 8, square + 8, white, 0.35)
      painting.rectangle(x, y, square, square, player.away === true ? dim : colorOf(Number(key)))
    }
  },
  want: ({ dx, dy }) => ({ dx, dy }),
  keys: () => "arrows move"
}

/** By the game's name. */
export const sceneOf = ({ name }: AnyGame): TerminalScene | null =>
  name === Pong.name ? pong : name === Gather.name ? gather : null
