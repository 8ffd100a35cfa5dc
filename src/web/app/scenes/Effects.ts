/** What flies about for a moment on a field: sparks, rings, flares, words, confetti; and the shaking of the field. */
import type Phaser from "phaser"
import { displayFonts } from "./fonts.ts"
import { shining } from "./lights.ts"
import { noise, toNumber } from "./painting.ts"
import { type FieldLook, Part } from "./Part.ts"

interface Piece {
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

const still = { vx: 0, vy: 0, drag: 1, gravity: 0, spin: 0, angle: 0, alpha: 1 }

export abstract class Effects<Look extends FieldLook> extends Part<Look> {
  /** The frame's: to be told before anything of that frame begins. */
  nowMs = 0
  private pieces: Array<Piece> = []
  private shakenAtMs = -Infinity
  private shakenBy = 0
  private drawn = 0

  /** What comes when so many are in the air is not shown. */
  constructor(look: Look, private readonly piecesMax: number, protected readonly depth: number) {
    super(look)
  }

  update(): void {
    this.pieces = this.pieces.filter((piece) => {
      const age = this.nowMs - piece.bornAtMs
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

  /** Lets an image fly from where it is; it is destroyed when it has lived. */
  protected fly(image: Piece["image"], how: Flight): void {
    if (this.pieces.length >= this.piecesMax) image.destroy()
    else this.pieces.push({ ...still, ...how, image, bornAtMs: this.nowMs, from: { x: image.x, y: image.y } })
  }

  /** Lets a picture of a colour fly. */
  protected toss(key: string, x: number, y: number, color: string, depth: number, how: Flight): void {
    this.fly(this.look.scene.add.image(x, y, key).setTint(toNumber(color)).setDepth(depth), how)
  }

  /** A word that rises and fades. */
  protected rise(
    text: string,
    x: number,
    y: number,
    style: Phaser.Types.GameObjects.Text.TextStyle,
    { livesMs, vy }: { readonly livesMs: number; readonly vy: number }
  ): Phaser.GameObjects.Text {
    const { scale, scene } = this.look
    const label = scene.add.text(x, y, text, {
      fontFamily: displayFonts,
      fontStyle: "bold",
      resolution: scale,
      ...style
    })
    this.fly(label.setOrigin(0.5).setDepth(50), { livesMs, vy, drag: 0.2, size: [1, 1] })
    return label
  }

  /** Paper from above, over so many units. */
  protected paper(colors: ReadonlyArray<string>, many: number, width: number, flight: Omit<Flight, "size">): void {
    if (this.look.calm) return
    for (let i = 0; i < many; i++) {
      const [x, y] = [this.chance() * width, -10 - this.chance() * 240]
      this.toss("chip", x, y, colors[i % colors.length] ?? "#ffffff", 66, {
        vx: (this.chance() - 0.5) * 90,
        vy: 90 + this.chance() * 150,
        drag: 0.8,
        angle: this.chance() * 360,
        spin: (this.chance() - 0.5) * 720,
        size: [this.unit(0.8 + this.chance() * 0.7), this.unit(0.8)],
        ...flight
      })
    }
  }

  /** `angle` in radians. */
  protected streak(
    x: number,
    y: number,
    angle: number,
    speed: number,
    color: string,
    flight: Partial<Flight> & Pick<Flight, "livesMs">
  ): void {
    this.shine("streak", x, y, color, this.depth, {
      vx: Math.cos(angle) * speed,
      vy: Math.sin(angle) * speed,
      drag: 0.06,
      angle: (angle * 180) / Math.PI,
      size: [this.unit(1), this.unit(0.25)],
      ...flight
    })
  }

  protected ring(x: number, y: number, color: string, [from, to]: Flight["size"], livesMs: number, alpha = 0.9): void {
    this.shine("ring", x, y, color, this.depth, { livesMs, alpha, size: [this.unit(from), this.unit(to)] })
  }

  protected flare(x: number, y: number, color: string, [from, to]: Flight["size"], livesMs: number): void {
    this.shine("glow", x, y, color, this.depth + 1, { livesMs, size: [this.unit(from), this.unit(to)] })
  }

  /** A weaker one does not end a stronger one that has just begun. */
  protected shake(by: number): void {
    if (this.nowMs - this.shakenAtMs < 200 && by < this.shakenBy) return
    this.shakenAtMs = this.nowMs
    this.shakenBy = by
  }

  /** How much the field shakes now, in its units, and since when; a shaking takes so long. */
  protected shakingNow(forMs: number) {
    const sinceMs = this.nowMs - this.shakenAtMs
    return { much: this.shakenBy, left: this.look.calm ? 0 : Math.max(0, 1 - sinceMs / forMs), sinceMs }
  }

  protected unit(size: number): number {
    return size / this.look.scale
  }

  /** 0 to 1. */
  protected chance(): number {
    return noise(++this.drawn)
  }

  private shine(key: string, x: number, y: number, color: string, depth: number, how: Flight): void {
    this.fly(shining(this.look.scene.add.image(x, y, key), color).setDepth(depth), how)
  }
}
