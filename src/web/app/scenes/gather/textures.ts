/**
 * The pictures of Gather, drawn by the page itself for the size at which they are shown: flat inks on paper, a little off
 * register, as from an old press.
 */
import type Phaser from "phaser"
import { gatherRules } from "../../../../games/gather/Field.ts"
import type { Theme } from "../../../Scene.ts"
import { paint, paintPointer, withAlpha } from "../painting.ts"

const side = gatherRules.square

/** Field units around a picture, for its shadow and outline. */
const margin = 6

const rounded = (context: CanvasRenderingContext2D, x: number, y: number, size: number, radius: number): void => {
  context.beginPath()
  context.roundRect(x, y, size, size, radius)
}

/** What outlines are drawn in: ink on paper, night on night. */
const outline = ({ dark, ink }: Theme): string => dark ? "#0b0910" : ink

export const pictureSize = side + 2 * margin

/** A player's square of a colour. */
export const squareKey = (color: string): string => `square${color}`

export const paintSquare = (
  textures: Phaser.Textures.TextureManager,
  color: string,
  theme: Theme,
  scale: number
): void =>
  paint(textures, squareKey(color), pictureSize, pictureSize, scale, (context) => {
    context.fillStyle = theme.dark ? "rgba(0, 0, 0, 0.45)" : withAlpha(theme.ink, 0.2)
    rounded(context, margin + 1.6, margin + 2.4, side, 6)
    context.fill()
    context.fillStyle = color
    rounded(context, margin, margin, side, 6)
    context.fill()
    context.save()
    context.clip()
    context.fillStyle = "rgba(255, 255, 255, 0.2)"
    context.fillRect(margin, margin, side, 4.5)
    context.fillStyle = "rgba(20, 8, 30, 0.14)"
    context.fillRect(margin, margin + side - 4.5, side, 4.5)
    context.restore()
    context.strokeStyle = outline(theme)
    context.lineWidth = 1.5
    rounded(context, margin, margin, side, 6)
    context.stroke()
  })

export const paintAll = (textures: Phaser.Textures.TextureManager, theme: Theme, scale: number): void => {
  paint(textures, "eye", 8, 8, scale, (context) => {
    context.fillStyle = "#fffdf6"
    context.strokeStyle = outline(theme)
    context.lineWidth = 0.7
    context.beginPath()
    context.arc(4, 4, 3, 0, 2 * Math.PI)
    context.fill()
    context.stroke()
  })
  paint(textures, "pupil", 4, 4, scale, (context) => {
    context.fillStyle = "#1c1726"
    context.beginPath()
    context.arc(2, 2, 1.55, 0, 2 * Math.PI)
    context.fill()
  })
  paint(textures, "ring", 44, 44, scale, (context) => {
    const glow = context.createRadialGradient(22, 22, 10, 22, 22, 22)
    glow.addColorStop(0, withAlpha(theme.dark ? "#ffffff" : theme.gold, 0.4))
    glow.addColorStop(1, withAlpha(theme.dark ? "#ffffff" : theme.gold, 0))
    context.fillStyle = glow
    context.fillRect(0, 0, 44, 44)
    context.strokeStyle = theme.ink
    context.lineWidth = 2
    context.beginPath()
    context.roundRect(7, 7, 30, 30, 10)
    context.stroke()
  })
  paintPointer(textures, { width: 16, height: 14, scale }, theme.ink, [[3, 3], [13, 3], [8, 11]])
  paint(textures, "seed", 28, 28, scale, (context) => {
    context.translate(14, 14)
    context.rotate(Math.PI / 4)
    context.fillStyle = theme.gold
    rounded(context, -6.8, -6.8, 13.6, 3.4)
    context.fill()
    context.fillStyle = "rgba(255, 255, 255, 0.5)"
    rounded(context, -4.4, -4.4, 4.6, 1.8)
    context.fill()
    context.strokeStyle = outline(theme)
    context.lineWidth = 1.5
    rounded(context, -6.8, -6.8, 13.6, 3.4)
    context.stroke()
  })
  paint(textures, "shade", 20, 8, scale, (context) => {
    context.fillStyle = theme.dark ? "rgba(0, 0, 0, 0.5)" : withAlpha(theme.ink, 0.16)
    context.beginPath()
    context.ellipse(10, 4, 7.5, 2.6, 0, 0, 2 * Math.PI)
    context.fill()
  })
  paint(textures, "chip", 8, 8, scale, (context) => {
    context.fillStyle = "#ffffff"
    rounded(context, 1, 1, 6, 1.6)
    context.fill()
  })
  paint(textures, "halo", 64, 64, scale, (context) => {
    context.strokeStyle = "#ffffff"
    context.lineWidth = 2.4
    context.beginPath()
    context.arc(32, 32, 28, 0, 2 * Math.PI)
    context.stroke()
  })
}

/** The board: paper with a grid of dots and the marks by which a printer lays one ink on another. */
export const paintBoard = (textures: Phaser.Textures.TextureManager, theme: Theme, scale: number): void => {
  const { height, width } = gatherRules
  paint(textures, "board", width, height, scale, (context) => {
    context.fillStyle = theme.field
    context.fillRect(0, 0, width, height)
    context.fillStyle = withAlpha(theme.ink, theme.dark ? 0.13 : 0.15)
    for (let x = 20; x < width; x += 20) {
      for (let y = 20; y < height; y += 20) {
        context.beginPath()
        context.arc(x, y, x % 100 === 0 && y % 100 === 0 ? 1.5 : 0.8, 0, 2 * Math.PI)
        context.fill()
      }
    }
    context.strokeStyle = withAlpha(theme.ink, 0.3)
    context.lineWidth = 1
    for (const [x, y] of [[16, 16], [width - 16, 16], [16, height - 16], [width - 16, height - 16]] as const) {
      context.beginPath()
      context.arc(x, y, 4, 0, 2 * Math.PI)
      context.moveTo(x - 7, y)
      context.lineTo(x + 7, y)
      context.moveTo(x, y - 7)
      context.lineTo(x, y + 7)
      context.stroke()
    }
  })
}
