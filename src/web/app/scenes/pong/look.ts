/** What everything on Pong's field shares: its size, its colours, its pictures. Dark by day too: light comes from the game. */
import { type Board, pongRules, type Side } from "../../../../games/pong/Board.ts"
import type { PongView } from "../../../../games/pong/Schemas.ts"
import type { Frame } from "../../../Scene.ts"
import { type NightLook, paintSparks } from "../lights.ts"
import { blend, paint, paintPointer, withAlpha } from "../painting.ts"

export type PongFrame = Frame<PongView>

export interface Look extends NightLook {
  readonly board: Board
}

/** Field units around a paddle's picture, for its glow. */
const paddleMargin = 26
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
export const placeAt = (
  side: Side,
  { height, width }: Board,
  depth: number,
  along: number
): readonly [number, number] => {
  switch (side) {
    case "left":
      return [depth, along]
    case "right":
      return [width - depth, along]
    case "top":
      return [along, depth]
    case "bottom":
      return [along, height - depth]
  }
}

/** How long a side is. */
export const lengthOf = (side: Side, { height, width }: Board): number =>
  side === "left" || side === "right" ? height : width

const pill = (
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  width: number,
  height: number,
  round: number
) => {
  context.beginPath()
  context.roundRect(x, y, width, height, round)
}

export const paintPaddle = ({ scale, scene }: Look, color: string): void => {
  const { paddleLength, paddleThickness } = pongRules
  const wide = paddleThickness + 2 * paddleMargin
  const high = paddleLength + 2 * paddleMargin
  paint(scene.textures, paddleKey(color), wide, high, scale, (context) => {
    const body = (): void => pill(context, paddleMargin, paddleMargin, paddleThickness, paddleLength, 4)
    context.shadowColor = color
    for (const blur of [22, 10]) {
      context.shadowBlur = blur * scale
      context.fillStyle = color
      body()
      context.fill()
    }
    context.shadowBlur = 0
    context.fillStyle = lit(color)
    body()
    context.fill()
    context.fillStyle = "rgba(255, 255, 255, 0.85)"
    pill(context, paddleMargin + 3.4, paddleMargin + 5, paddleThickness - 6.8, paddleLength - 10, 2)
    context.fill()
  })
}

/** The pictures that take their colour from a tint. */
export const paintLights = ({ scale, scene: { textures }, theme }: Look): void => {
  paintSparks(textures, scale)
  paint(textures, "core", 14, 14, scale, (context) => {
    context.fillStyle = "#ffffff"
    context.beginPath()
    context.arc(7, 7, pongRules.ball / 2, 0, 2 * Math.PI)
    context.fill()
  })
  paint(textures, "flash", pongRules.paddleThickness + 4, pongRules.paddleLength + 4, scale, (context) => {
    context.fillStyle = "#ffffff"
    pill(context, 1, 1, pongRules.paddleThickness + 2, pongRules.paddleLength + 2, 5)
    context.fill()
  })
  // A goal's light, falling off to the right.
  paint(textures, "edge", edgeReach, 8, scale, (context) => {
    const light = context.createLinearGradient(0, 0, edgeReach, 0)
    light.addColorStop(0, "rgba(255, 255, 255, 0.5)")
    light.addColorStop(0.12, "rgba(255, 255, 255, 0.22)")
    light.addColorStop(0.45, "rgba(255, 255, 255, 0.06)")
    light.addColorStop(1, "rgba(255, 255, 255, 0)")
    context.fillStyle = light
    context.fillRect(0, 0, edgeReach, 8)
  })
  paintPointer(textures, { width: 14, height: 16, scale }, theme.ink, [[3, 3], [11, 8], [3, 13]])
  paint(textures, "chevron", 16, 22, scale, (context) => {
    context.strokeStyle = "#ffffff"
    context.lineWidth = 3.4
    context.lineCap = "round"
    context.lineJoin = "round"
    context.beginPath()
    context.moveTo(4, 4)
    context.lineTo(12, 11)
    context.lineTo(4, 18)
    context.stroke()
  })
}

/** The board: night, a little lighter in the middle, with the lines of a court. */
export const paintArena = ({ board, scale, scene: { textures }, theme }: Look): void => {
  const { height, width } = board
  const [middleX, middleY] = [width / 2, height / 2]
  paint(textures, "arena", width, height, scale, (context) => {
    const night = context.createRadialGradient(middleX, middleY, 20, middleX, middleY, width * 0.62)
    night.addColorStop(0, blend(theme.field, theme.ink, 0.03))
    night.addColorStop(0.55, theme.page)
    night.addColorStop(1, blend(theme.page, "#000000", 0.45))
    context.fillStyle = night
    context.fillRect(0, 0, width, height)
    context.strokeStyle = withAlpha(theme.quiet, 0.06)
    context.lineWidth = 1
    context.beginPath()
    for (let x = middleX % 40; x < width; x += 40) {
      context.moveTo(x, 0)
      context.lineTo(x, height)
    }
    for (let y = middleY % 40; y < height; y += 40) {
      context.moveTo(0, y)
      context.lineTo(width, y)
    }
    context.stroke()
    context.strokeStyle = withAlpha(theme.ink, 0.17)
    context.lineWidth = 3
    context.lineCap = "round"
    context.setLineDash([8, 14])
    context.beginPath()
    const gap = 58
    if (width === height) {
      // From corner to corner: whose ball it is.
      for (const [x, y] of [[1, 1], [-1, 1], [1, -1], [-1, -1]] as const) {
        context.moveTo(middleX + x * gap * 0.78, middleY + y * gap * 0.78)
        context.lineTo(middleX + x * (middleX - 16), middleY + y * (middleY - 16))
      }
    } else {
      for (const y of [1, -1] as const) {
        context.moveTo(middleX, middleY + y * gap)
        context.lineTo(middleX, middleY + y * (middleY - 10))
      }
    }
    context.stroke()
    context.setLineDash([])
    context.lineWidth = 2
    context.strokeStyle = withAlpha(theme.ink, 0.12)
    context.beginPath()
    context.arc(middleX, middleY, 46, 0, 2 * Math.PI)
    context.stroke()
  })
}
