/** What flies about for a moment: shards, rings, words, confetti. */
import type Phaser from "phaser"

export interface Piece {
  readonly image: Phaser.GameObjects.Image | Phaser.GameObjects.Text
  readonly bornAtMs: number
  readonly livesMs: number
  /** Units per second, and how much of it is left after one second. */
  readonly vx: number
  readonly vy: number
  readonly drag: number
  readonly gravity: number
  /** Degrees per second, from an angle. */
  readonly spin: number
  readonly angle: number
  readonly from: { readonly x: number; readonly y: number }
  readonly size: readonly [from: number, to: number]
  readonly alpha: number
}

/** How a piece flies: what is not told stands still. */
export type Flight = Partial<Omit<Piece, "image" | "from" | "bornAtMs">> & Pick<Piece, "livesMs" | "size">

/** Numbers of 0 to 1 without a pattern that eyes could find. */
export const noise = (n: number): number => {
  const mixed = Math.imul(n ^ (n >>> 15), 0x2c1b3c6d)
  const again = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39)
  return ((again ^ (again >>> 15)) >>> 0) / 0x100000000
}

const still = { vx: 0, vy: 0, drag: 1, gravity: 0, spin: 0, angle: 0, alpha: 1 }

export class Pieces {
  private pieces: Array<Piece> = []

  /** What comes when so many are in the air is not shown. */
  constructor(private readonly most: number) {}

  /** Lets an image fly from where it is; it is destroyed when it has lived. */
  add(image: Piece["image"], bornAtMs: number, how: Flight): void {
    if (this.pieces.length >= this.most) {
      image.destroy()
      return
    }
    this.pieces.push({ ...still, ...how, image, bornAtMs, from: { x: image.x, y: image.y } })
  }

  update(nowMs: number): void {
    this.pieces = this.pieces.filter((piece) => {
      const age = nowMs - piece.bornAtMs
      if (age >= piece.livesMs) {
        piece.image.destroy()
        return false
      }
      const s = age / 1000
      const share = age / piece.livesMs
      // Distance under drag: the integral of the speed that is left.
      const pace = piece.drag === 1 ? s : (piece.drag ** s - 1) / Math.log(piece.drag)
      piece.image
        .setPosition(piece.from.x + piece.vx * pace, piece.from.y + piece.vy * pace + piece.gravity * s * s)
        .setScale(piece.size[0] + (piece.size[1] - piece.size[0]) * share)
        .setAngle(piece.angle + piece.spin * s)
        .setAlpha(piece.alpha * Math.min(1, 2.2 * (1 - share)))
      return true
    })
  }

  destroy(): void {
    for (const { image } of this.pieces) image.destroy()
    this.pieces = []
  }
}
