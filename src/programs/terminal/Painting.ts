/** A field drawn in square pixels: edges that fall between pixels are blended, so that slow things glide. */
import type { Cells, Rgb } from "./Cells.ts"

export interface Field {
  readonly width: number
  readonly height: number
}

export class Painting {
  private readonly pixels: Float32Array
  readonly width: number
  readonly height: number
  /** Pixels per unit of the field. */
  readonly scale: number

  /** As large as it fits into so many pixels, with the field's shape. */
  constructor(readonly field: Field, widthMax: number, heightMax: number) {
    this.scale = Math.min(widthMax / field.width, heightMax / field.height)
    this.width = Math.max(1, Math.round(field.width * this.scale))
    this.height = Math.max(2, Math.round(field.height * this.scale / 2) * 2)
    this.pixels = new Float32Array(this.width * this.height * 3)
  }

  /** All of it. */
  paint([red, green, blue]: Rgb): void {
    for (let at = 0; at < this.pixels.length; at += 3) {
      this.pixels[at] = red
      this.pixels[at + 1] = green
      this.pixels[at + 2] = blue
    }
  }

  /** From and to whole pixels, for what does not move along that axis: first and length, in units of the field. */
  crisp(from: number, length: number): readonly [from: number, length: number] {
    const pixels = Math.max(1, Math.round(length * this.scale))
    return [Math.round((from + length / 2) * this.scale - pixels / 2) / this.scale, pixels / this.scale]
  }

  /** In units of the field; at least a pixel thick each way. */
  rectangle(x: number, y: number, width: number, height: number, color: Rgb, opacity = 1): void {
    const [thick, tall] = [Math.max(width * this.scale, 1), Math.max(height * this.scale, 1)]
    const left = (x + width / 2) * this.scale - thick / 2
    const top = (y + height / 2) * this.scale - tall / 2
    for (let row = Math.max(0, Math.floor(top)); row < Math.min(this.height, top + tall); row++) {
      const down = Math.min(row + 1, top + tall) - Math.max(row, top)
      for (let column = Math.max(0, Math.floor(left)); column < Math.min(this.width, left + thick); column++) {
        const across = Math.min(column + 1, left + thick) - Math.max(column, left)
        this.blend(column, row, color, opacity * down * across)
      }
    }
  }

  /** Onto cells, from one on. */
  onto(cells: Cells, column: number, row: number): void {
    for (let y = 0; y < this.height; y += 2) {
      for (let x = 0; x < this.width; x++) cells.pixels(column + x, row + y / 2, this.at(x, y), this.at(x, y + 1))
    }
  }

  private at(x: number, y: number): Rgb {
    const at = (y * this.width + x) * 3
    return [this.pixels[at]!, this.pixels[at + 1]!, this.pixels[at + 2]!]
  }

  private blend(x: number, y: number, color: Rgb, share: number): void {
    const at = (y * this.width + x) * 3
    for (let i = 0; i < 3; i++) this.pixels[at + i]! += (color[i]! - this.pixels[at + i]!) * share
  }
}
