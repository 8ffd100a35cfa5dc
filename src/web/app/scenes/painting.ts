/** Pictures that scenes draw by themselves, for the size at which they are shown. */
import type Phaser from "phaser"

export type Brush = (context: CanvasRenderingContext2D) => void

/** An image goes on with its texture's new size; Phaser keeps the old one's middle otherwise. */
export const refit = (image: Phaser.GameObjects.Image): void => {
  image.setTexture(image.texture.key)
}

/** Draws a texture of so many field units, at `scale` pixels per unit; replaces one of the same name. */
export const paint = (
  textures: Phaser.Textures.TextureManager,
  key: string,
  width: number,
  height: number,
  scale: number,
  brush: Brush
): void => {
  const pixels = (units: number): number => Math.max(1, Math.ceil(units * scale))
  const existing = textures.exists(key) ? textures.get(key) as Phaser.Textures.CanvasTexture : null
  const texture = existing ?? textures.createCanvas(key, pixels(width), pixels(height))
  if (texture === null) return
  texture.setSize(pixels(width), pixels(height))
  const { context } = texture
  context.setTransform(1, 0, 0, 1, 0, 0)
  context.clearRect(0, 0, texture.width, texture.height)
  context.scale(texture.width / width, texture.height / height)
  brush(context)
  texture.refresh()
}

/** A small arrow head that shows whose a thing is; its corners in field units. */
export const paintPointer = (
  textures: Phaser.Textures.TextureManager,
  { height, scale, width }: { readonly width: number; readonly height: number; readonly scale: number },
  ink: string,
  corners: ReadonlyArray<readonly [x: number, y: number]>
): void => {
  paint(textures, "pointer", width, height, scale, (context) => {
    context.fillStyle = ink
    context.lineJoin = "round"
    context.strokeStyle = ink
    context.lineWidth = 2
    context.beginPath()
    for (const [x, y] of corners) context.lineTo(x, y)
    context.closePath()
    context.fill()
    context.stroke()
  })
}

/** `#rrggbb` with an opacity, for canvas. */
export const withAlpha = (color: string, alpha: number): string => {
  const value = Number.parseInt(color.slice(1), 16)
  return `rgba(${value >> 16}, ${(value >> 8) & 255}, ${value & 255}, ${alpha})`
}

/** A colour as Phaser has it. */
export const toNumber = (color: string): number => Number.parseInt(color.slice(1), 16)

/** So much of the way from one colour to another, as `#rrggbb`. */
export const blend = (from: string, to: string, share: number): string => {
  const [a, b] = [toNumber(from), toNumber(to)]
  const channel = (shift: number): number => {
    const start = (a >> shift) & 255
    return Math.round(start + (((b >> shift) & 255) - start) * share)
  }
  return `#${((channel(16) << 16) | (channel(8) << 8) | channel(0)).toString(16).padStart(6, "0")}`
}
