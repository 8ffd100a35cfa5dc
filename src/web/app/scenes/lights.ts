/** Light that scenes at night share: pictures that take their colour from a tint, and how they are laid over what is there. */
import type Phaser from "phaser"
import { circle, fillRect, fillRounded, graded, paint, type Pen, stroke, toNumber } from "./painting.ts"

/** Light adds up. */
export const shining = (image: Phaser.GameObjects.Image, color: string): Phaser.GameObjects.Image =>
  image.setBlendMode("ADD").setTint(toNumber(color))

const white = (alpha: number): string => `rgba(255, 255, 255, ${alpha})`

/** Light that falls off evenly from the middle of a square picture. */
export const glow = (pen: Pen, size: number, stops: ReadonlyArray<readonly [at: number, alpha: number]>): void => {
  const half = size / 2
  const light = pen.createRadialGradient(half, half, 0, half, half, half)
  const colors = stops.map(([at, alpha]) => [at, white(alpha)] as const)
  fillRect(pen, graded(light, ...colors), 0, 0, size, size)
}

/** `glow`, `dot`, `streak`, `ring` and `chip`. */
export const paintSparks = (textures: Phaser.Textures.TextureManager, scale: number): void => {
  paint(textures, "glow", 64, 64, scale, (pen) => glow(pen, 64, [[0, 0.85], [0.25, 0.35], [0.6, 0.08], [1, 0]]))
  paint(textures, "dot", 16, 16, scale, (pen) => glow(pen, 16, [[0, 1], [0.4, 0.8], [0.7, 0.25], [1, 0]]))
  paint(textures, "streak", 18, 4, scale, (pen) => {
    const light = graded(pen.createLinearGradient(0, 0, 18, 0), [0, white(0)], [1, white(1)])
    fillRounded(pen, light, 0.5, 0.8, 17, 2.4, 1.2)
  })
  paint(textures, "ring", 128, 128, scale, (pen) => {
    circle(pen, 64, 64, 58)
    stroke(pen, "#ffffff", 3)
  })
  paint(textures, "chip", 9, 6, scale, (pen) => fillRounded(pen, "#ffffff", 1, 1, 7, 4, 1))
}
