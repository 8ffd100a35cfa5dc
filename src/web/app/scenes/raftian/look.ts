/** What everything on Raftian's field shares: its size and shape, its colours, the plain pictures. Night in both lights. */
import { raftianPlaces } from "../../../../games/raftian/Board.ts"
import { glow, paintSparks } from "../lights.ts"
import { type Corner, fillCircle, fillRounded, paint, stroke, trace, withAlpha } from "../painting.ts"
import type { FieldLook } from "../Part.ts"

/** Where things are in field units: a wide field has its chronicle on the right, a tall one below. */
export interface Layout {
  readonly wide: boolean
  readonly width: number
  readonly height: number
  readonly middle: Place
  readonly reach: Place
  readonly panel: { readonly x: number; readonly y: number; readonly width: number; readonly height: number }
  readonly headline: number
}

export interface Place {
  readonly x: number
  readonly y: number
}

export interface Look extends FieldLook {
  readonly layout: Layout
}

export const wideAspect = 1.5
export const tallAspect = 5 / 7

const wide: Layout = {
  wide: true,
  width: 960,
  height: 640,
  middle: { x: 360, y: 366 },
  reach: { x: 272, y: 182 },
  panel: { x: 718, y: 72, width: 226, height: 552 },
  headline: 36
}

const tall: Layout = {
  wide: false,
  width: 600,
  height: 840,
  middle: { x: 300, y: 372 },
  reach: { x: 212, y: 186 },
  panel: { x: 14, y: 662, width: 572, height: 166 },
  headline: 36
}

export const layoutOf = (width: number, height: number): Layout => width >= height ? wide : tall

/** The middle of a city's ground. The ring is drawn a little square, so that no skyline hides another's name. */
export const groundOf = ({ middle, reach }: Layout, index: number): Place => {
  const { x, y } = raftianPlaces[index] ?? raftianPlaces[0]!
  const [wider, higher] = x !== 0 && y !== 0 ? [0.86, 1.12] : [1, 1]
  return { x: middle.x + x * reach.x * wider, y: middle.y + y * reach.y * higher + 14 }
}

/** Letters no smaller than so many CSS pixels. */
export const letters = ({ cssScale }: Look, units: number, cssMin: number): number => Math.max(units, cssMin / cssScale)

/** A crown's outline, in a box of 40 by 28. */
const crown: ReadonlyArray<Corner> = [[5, 24], [3, 8], [12, 15], [20, 3], [28, 15], [37, 8], [35, 24]]

/** The pictures that take their colour from a tint, and the crown. */
export const paintLights = ({ scale, scene: { textures }, theme }: Look): void => {
  paintSparks(textures, scale)
  paint(textures, "smoke", 48, 48, scale, (pen) => glow(pen, 48, [[0, 0.5], [0.5, 0.26], [1, 0]]))
  paint(textures, "crown", 40, 28, scale, (pen) => {
    pen.lineJoin = "round"
    trace(pen, crown)
    pen.closePath()
    pen.shadowColor = withAlpha(theme.gold, 0.9)
    pen.shadowBlur = 6 * scale
    pen.fillStyle = theme.gold
    pen.fill()
    pen.shadowBlur = 0
    stroke(pen, "#7a4b06", 1.6)
    for (const x of [12, 20, 28]) fillCircle(pen, "rgba(255, 255, 255, 0.75)", x, 20, 1.7)
  })
  paint(textures, "button", 248, 68, scale, (pen) => {
    fillRounded(pen, theme.gold, 7, 7, 238, 58, 16)
    fillRounded(pen, theme.ink, 2, 2, 238, 58, 16)
  })
  paint(textures, "reticle", 180, 110, scale, (pen) => {
    pen.lineCap = "round"
    for (let quarter = 0; quarter < 4; quarter++) {
      const from = quarter * (Math.PI / 2) + 0.42
      pen.beginPath()
      pen.ellipse(90, 55, 84, 48, 0, from, from + Math.PI / 2 - 0.84)
      stroke(pen, "#ffffff", 3)
    }
  })
}
