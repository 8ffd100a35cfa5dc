/** Light that scenes at night share: pictures that take their colour from a tint, and how they are laid over what is there. */
import type Phaser from "phaser"
import type { Theme } from "../../Scene.ts"
import { paint, toNumber } from "./painting.ts"

/** What everything on a field at night shares. */
export interface NightLook {
  readonly scene: Phaser.Scene
  readonly theme: Theme
  /** Canvas pixels per field unit, and CSS pixels per field unit. */
  readonly scale: number
  readonly cssScale: number
  /** Little motion is wanted. */
  readonly calm: boolean
}

/** Light adds up. */
export const shining = (image: Phaser.GameObjects.Image, color: string): Phaser.GameObjects.Image =>
  image.setBlendMode("ADD").setTint(toNumber(color))

/** Light that falls off evenly from the middle of a square picture. */
export const glow = (
  context: CanvasRenderingContext2D,
  size: number,
  stops: ReadonlyArray<readonly [at: number, alpha: number]>
): void => {
  const half = size / 2
  const light = context.createRadialGradient(half, half, 0, half, half, half)
  for (const [at, alpha] of stops) light.addColorStop(at, `rgba(255, 255, 255, ${alpha})`)
  context.fillStyle = light
  context.fillRect(0, 0, size, size)
}

/** `glow`, `dot`, `streak`, `ring` and `chip`. */
export const paintSparks = (textures: Phaser.Textures.TextureManager, scale: number): void => {
  paint(textures, "glow", 64, 64, scale, (context) => glow(context, 64, [[0, 0.85], [0.25, 0.35], [0.6, 0.08], [1, 0]]))
  paint(textures, "dot", 16, 16, scale, (context) => glow(context, 16, [[0, 1], [0.4, 0.8], [0.7, 0.25], [1, 0]]))
  paint(textures, "streak", 18, 4, scale, (context) => {
    const light = context.createLinearGradient(0, 0, 18, 0)
    light.addColorStop(0, "rgba(255, 255, 255, 0)")
    light.addColorStop(1, "rgba(255, 255, 255, 1)")
    context.fillStyle = light
    context.beginPath()
    context.roundRect(0.5, 0.8, 17, 2.4, 1.2)
    context.fill()
  })
  paint(textures, "ring", 128, 128, scale, (context) => {
    context.strokeStyle = "#ffffff"
    context.lineWidth = 3
    context.beginPath()
    context.arc(64, 64, 58, 0, 2 * Math.PI)
    context.stroke()
  })
  paint(textures, "chip", 9, 6, scale, (context) => {
    context.fillStyle = "#ffffff"
    context.beginPath()
    context.roundRect(1, 1, 7, 4, 1)
    context.fill()
  })
}
