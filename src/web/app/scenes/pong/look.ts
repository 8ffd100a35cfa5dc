/** What everything on Pong's field shares: its size, its colours, its pictures. Dark by day too: light comes from the game. */
import { type Board, isAcross, pongRules, type Side } from "../../../../games/pong/Board.ts"
import type { PongView } from "../../../../games/pong/Schemas.ts"
import type { Frame } from "../../../Scene.ts"
import { paintSparks } from "../lights.ts"
import {
  blend,
  circle,
  type Corner,
  fillCircle,
  fillRect,
  fillRounded,
  graded,
  line,
  paint,
  paintPointer,
  stroke,
  trace,
  withAlpha
} from "../painting.ts"
import type { FieldLook } from "../Part.ts"

export type PongFrame = Frame<PongView>

export interface Look extends FieldLook {
  readonly board: Board
}

/** Field units around a paddle's picture, for its glow. */
const margin = 26
/** How far a goal's light reaches onto the field. */
const edgeReach = 110

/** From a side's edge to the middle line of its paddle. */
export const paddleDepth = pongRules.paddleInset + pongRules.paddleThickness / 2

/** A colour as a lamp of it looks: lighter in its middle. */
export const lit = (color: string): string => blend(color, "#ffffff", 0.3)

export const paddleKey = (color: string): string => `paddle${color}`

/** Degrees by which a picture made for the left is turned for a side. */
export const turnOf: { readonly [side in Side]: number } = { left: 0, right: 180, top: 90, bottom: 270 }

/** From a side onto the field. */
export const inwards: { readonly [side in Side]: readonly [x: number, y: number] } = {
  left: [1, 0],
  right: [-1, 0],
  top: [0, 1],
  bottom: [0, -1]
}

/** A place at a depth from a side, so far along it. */
export const placeAt = (side: Side, { height, width }: Board, depth: number, along: number): Corner =>
  ({
    left: [depth, along],
    right: [width - depth, along],
    top: [along, depth],
    bottom: [along, height - depth]
  } as const)[side]

/** How long a side is. */
export const lengthOf = (side: Side, { height, width }: Board): number => isAcross(side) ? height : width

export const paintPaddle = ({ scale, scene }: Look, color: string): void => {
  const { paddleLength: length, paddleThickness: thickness } = pongRules
  paint(scene.textures, paddleKey(color), thickness + 2 * margin, length + 2 * margin, scale, (pen) => {
    pen.shadowColor = color
    for (const blur of [22, 10]) {
      pen.shadowBlur = blur * scale
      fillRounded(pen, color, margin, margin, thickness, length, 4)
    }
    pen.shadowBlur = 0
    fillRounded(pen, lit(color), margin, margin, thickness, length, 4)
    fillRounded(pen, "rgba(255, 255, 255, 0.85)", margin + 3.4, margin + 5, thickness - 6.8, length - 10, 2)
  })
}

/** The pictures that take their colour from a tint. */
export const paintLights = ({ scale, scene: { textures }, theme }: Look): void => {
  const { ball, paddleLength: length, paddleThickness: thickness } = pongRules
  paintSparks(textures, scale)
  paint(textures, "core", 14, 14, scale, (pen) => fillCircle(pen, "#ffffff", 7, 7, ball / 2))
  paint(
    textures,
    "flash",
    thickness + 4,
    length + 4,
    scale,
    (pen) => fillRounded(pen, "#ffffff", 1, 1, thickness + 2, length + 2, 5)
  )
  // A goal's light, falling off to the right.
  paint(textures, "edge", edgeReach, 8, scale, (pen) => {
    const light = graded(
      pen.createLinearGradient(0, 0, edgeReach, 0),
      [0, "rgba(255, 255, 255, 0.5)"],
      [0.12, "rgba(255, 255, 255, 0.22)"],
      [0.45, "rgba(255, 255, 255, 0.06)"],
      [1, "rgba(255, 255, 255, 0)"]
    )
    fillRect(pen, light, 0, 0, edgeReach, 8)
  })
  paintPointer(textures, { width: 14, height: 16, scale }, theme.ink, [[3, 3], [11, 8], [3, 13]])
  paint(textures, "chevron", 16, 22, scale, (pen) => {
    pen.lineCap = "round"
    pen.lineJoin = "round"
    trace(pen, [[4, 4], [12, 11], [4, 18]])
    stroke(pen, "#ffffff", 3.4)
  })
}

/** The board: night, a little lighter in the middle, with the lines of a court. */
export const paintArena = ({ board, scale, scene: { textures }, theme }: Look): void => {
  const { height, width } = board
  const [middleX, middleY] = [width / 2, height / 2]
  paint(textures, "arena", width, height, scale, (pen) => {
    const night = graded(
      pen.createRadialGradient(middleX, middleY, 20, middleX, middleY, width * 0.62),
      [0, blend(theme.field, theme.ink, 0.03)],
      [0.55, theme.page],
      [1, blend(theme.page, "#000000", 0.45)]
    )
    fillRect(pen, night, 0, 0, width, height)
    pen.beginPath()
    for (let x = middleX % 40; x < width; x += 40) line(pen, [x, 0], [x, height])
    for (let y = middleY % 40; y < height; y += 40) line(pen, [0, y], [width, y])
    stroke(pen, withAlpha(theme.quiet, 0.06), 1)
    pen.lineCap = "round"
    pen.setLineDash([8, 14])
    pen.beginPath()
    const gap = 58
    // On the square from corner to corner: whose ball it is.
    const ways = width === height ? [[1, 1], [-1, 1], [1, -1], [-1, -1]] as const : [[0, 1], [0, -1]] as const
    const [from, to] = width === height ? [gap * 0.78, middleY - 16] : [gap, middleY - 10]
    for (const [x, y] of ways) {
      line(pen, [middleX + x * from, middleY + y * from], [middleX + x * to, middleY + y * to])
    }
    stroke(pen, withAlpha(theme.ink, 0.17), 3)
    pen.setLineDash([])
    circle(pen, middleX, middleY, 46)
    stroke(pen, withAlpha(theme.ink, 0.12), 2)
  })
}
