/**
 * The pictures of Gather, drawn by the page itself for the size at which they are shown: flat inks on paper, a little off
 * register, as from an old press.
 */
import { gatherRules } from "../../../../games/gather/Field.ts"
import type { Theme } from "../../../Scene.ts"
import {
  circle,
  fillCircle,
  fillRect,
  fillRounded,
  graded,
  line,
  paint,
  paintPointer,
  rounded,
  stroke,
  withAlpha
} from "../painting.ts"
import type { FieldLook } from "../Part.ts"

const side = gatherRules.square

/** Field units around a picture, for its shadow and outline. */
const margin = 6

/** What outlines are drawn in: ink on paper, night on night. */
const outline = ({ dark, ink }: Theme): string => dark ? "#0b0910" : ink

const pictureSize = side + 2 * margin

/** A player's square of a colour. */
export const squareKey = (color: string): string => `square${color}`

export const paintSquare = ({ scale, scene, theme }: FieldLook, color: string): void =>
  paint(scene.textures, squareKey(color), pictureSize, pictureSize, scale, (pen) => {
    const shadow = theme.dark ? "rgba(0, 0, 0, 0.45)" : withAlpha(theme.ink, 0.2)
    fillRounded(pen, shadow, margin + 1.6, margin + 2.4, side, side, 6)
    fillRounded(pen, color, margin, margin, side, side, 6)
    pen.save()
    pen.clip()
    fillRect(pen, "rgba(255, 255, 255, 0.2)", margin, margin, side, 4.5)
    fillRect(pen, "rgba(20, 8, 30, 0.14)", margin, margin + side - 4.5, side, 4.5)
    pen.restore()
    rounded(pen, margin, margin, side, side, 6)
    stroke(pen, outline(theme), 1.5)
  })

export const paintAll = ({ scale, scene: { textures }, theme }: FieldLook): void => {
  paint(textures, "eye", 8, 8, scale, (pen) => {
    fillCircle(pen, "#fffdf6", 4, 4, 3)
    stroke(pen, outline(theme), 0.7)
  })
  paint(textures, "pupil", 4, 4, scale, (pen) => fillCircle(pen, "#1c1726", 2, 2, 1.55))
  paint(textures, "ring", 44, 44, scale, (pen) => {
    const light = theme.dark ? "#ffffff" : theme.gold
    const glow = pen.createRadialGradient(22, 22, 10, 22, 22, 22)
    fillRect(pen, graded(glow, [0, withAlpha(light, 0.4)], [1, withAlpha(light, 0)]), 0, 0, 44, 44)
    rounded(pen, 7, 7, 30, 30, 10)
    stroke(pen, theme.ink, 2)
  })
  paintPointer(textures, { width: 16, height: 14, scale }, theme.ink, [[3, 3], [13, 3], [8, 11]])
  paint(textures, "seed", 28, 28, scale, (pen) => {
    pen.translate(14, 14)
    pen.rotate(Math.PI / 4)
    fillRounded(pen, theme.gold, -6.8, -6.8, 13.6, 13.6, 3.4)
    fillRounded(pen, "rgba(255, 255, 255, 0.5)", -4.4, -4.4, 4.6, 4.6, 1.8)
    rounded(pen, -6.8, -6.8, 13.6, 13.6, 3.4)
    stroke(pen, outline(theme), 1.5)
  })
  paint(textures, "shade", 20, 8, scale, (pen) => {
    pen.fillStyle = theme.dark ? "rgba(0, 0, 0, 0.5)" : withAlpha(theme.ink, 0.16)
    pen.beginPath()
    pen.ellipse(10, 4, 7.5, 2.6, 0, 0, 2 * Math.PI)
    pen.fill()
  })
  paint(textures, "chip", 8, 8, scale, (pen) => fillRounded(pen, "#ffffff", 1, 1, 6, 6, 1.6))
  paint(textures, "halo", 64, 64, scale, (pen) => {
    circle(pen, 32, 32, 28)
    stroke(pen, "#ffffff", 2.4)
  })
}

/** The board: paper with a grid of dots and the marks by which a printer lays one ink on another. */
export const paintBoard = ({ scale, scene: { textures }, theme }: FieldLook): void => {
  const { height, width } = gatherRules
  paint(textures, "board", width, height, scale, (pen) => {
    fillRect(pen, theme.field, 0, 0, width, height)
    const dots = withAlpha(theme.ink, theme.dark ? 0.13 : 0.15)
    for (let x = 20; x < width; x += 20) {
      for (let y = 20; y < height; y += 20) fillCircle(pen, dots, x, y, x % 100 === 0 && y % 100 === 0 ? 1.5 : 0.8)
    }
    for (const [x, y] of [[16, 16], [width - 16, 16], [16, height - 16], [width - 16, height - 16]] as const) {
      circle(pen, x, y, 4)
      line(pen, [x - 7, y], [x + 7, y])
      line(pen, [x, y - 7], [x, y + 7])
      stroke(pen, withAlpha(theme.ink, 0.3), 1)
    }
  })
}
