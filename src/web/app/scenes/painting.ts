/** Pictures that scenes draw by themselves, for the size at which they are shown. */
import type Phaser from "phaser"

export type Pen = CanvasRenderingContext2D

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
  brush: (pen: Pen) => void
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

export type Corner = readonly [x: number, y: number]
export type Ink = string | CanvasGradient

/** A path from corner to corner. */
export const trace = (pen: Pen, corners: ReadonlyArray<Corner>): void => {
  pen.beginPath()
  for (const [x, y] of corners) pen.lineTo(x, y)
}

/** Adds a line to the path. */
export const line = (pen: Pen, [fromX, fromY]: Corner, [toX, toY]: Corner): void => {
  pen.moveTo(fromX, fromY)
  pen.lineTo(toX, toY)
}

export const circle = (pen: Pen, x: number, y: number, radius: number): void => {
  pen.beginPath()
  pen.arc(x, y, radius, 0, 2 * Math.PI)
}

export const rounded = (pen: Pen, x: number, y: number, width: number, height: number, radius: number): void => {
  pen.beginPath()
  pen.roundRect(x, y, width, height, radius)
}

export const fillCircle = (pen: Pen, ink: Ink, x: number, y: number, radius: number): void => {
  pen.fillStyle = ink
  circle(pen, x, y, radius)
  pen.fill()
}

export const fillRect = (pen: Pen, ink: Ink, x: number, y: number, width: number, height: number): void => {
  pen.fillStyle = ink
  pen.fillRect(x, y, width, height)
}

export const fillRounded = (
  pen: Pen,
  ink: Ink,
  x: number,
  y: number,
  width: number,
  height: number,
  radius: number
): void => {
  pen.fillStyle = ink
  rounded(pen, x, y, width, height, radius)
  pen.fill()
}

/** Strokes the path. */
export const stroke = (pen: Pen, ink: Ink, lineWidth: number): void => {
  pen.strokeStyle = ink
  pen.lineWidth = lineWidth
  pen.stroke()
}

/** A gradient by its stops. */
export const graded = (
  gradient: CanvasGradient,
  ...stops: ReadonlyArray<readonly [at: number, color: string]>
): CanvasGradient => {
  for (const [at, color] of stops) gradient.addColorStop(at, color)
  return gradient
}

/** A small arrow head that shows whose a thing is; its corners in field units. */
export const paintPointer = (
  textures: Phaser.Textures.TextureManager,
  { height, scale, width }: { readonly width: number; readonly height: number; readonly scale: number },
  ink: string,
  corners: ReadonlyArray<Corner>
): void =>
  paint(textures, "pointer", width, height, scale, (pen) => {
    pen.fillStyle = ink
    pen.lineJoin = "round"
    trace(pen, corners)
    pen.closePath()
    pen.fill()
    stroke(pen, ink, 2)
  })

/** Numbers of 0 to 1 without a pattern that eyes could find. */
export const noise = (n: number): number => {
  const mixed = Math.imul(n ^ (n >>> 15), 0x2c1b3c6d)
  const again = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39)
  return ((again ^ (again >>> 15)) >>> 0) / 0x100000000
}

/** A colour as Phaser has it. */
export const toNumber = (color: string): number => Number.parseInt(color.slice(1), 16)

/** `#rrggbb` with an opacity, for canvas. */
export const withAlpha = (color: string, alpha: number): string => {
  const value = toNumber(color)
  return `rgba(${value >> 16}, ${(value >> 8) & 255}, ${value & 255}, ${alpha})`
}

/** So much of the way from one colour to another, as `#rrggbb`. */
export const blend = (from: string, to: string, share: number): string => {
  const [a, b] = [toNumber(from), toNumber(to)]
  const channel = (shift: number): number => {
    const start = (a >> shift) & 255
    return Math.round(start + (((b >> shift) & 255) - start) * share)
  }
  return `#${((channel(16) << 16) | (channel(8) << 8) | channel(0)).toString(16).padStart(6, "0")}`
}

/** A name of so many letters at most. */
export const shortened = (name: string, most: number): string =>
  name.length > most ? `${name.slice(0, most - 1)}…` : name
