/** What flies about for a moment on a field at night: sparks, rings, flares, words, confetti; and the shaking of the field. */
import type Phaser from "phaser"
import { displayFonts } from "./fonts.ts"
import { type NightLook, shining } from "./lights.ts"
import { toNumber } from "./painting.ts"
import { type Flight, noise, Pieces } from "./Pieces.ts"

export class Effects<Look extends NightLook> {
  protected readonly pieces: Pieces
  private shakenAtMs = -Infinity
  private shakenBy = 0
  private drawn = 0

  constructor(protected look: Look, piecesMax: number, private readonly depth: number) {
    this.pieces = new Pieces(piecesMax)
  }

  dress(look: Look): void {
    this.look = look
  }

  destroy(): void {
    this.pieces.destroy()
  }

  /** A word that rises and fades; `vy` counts where motion is wanted. */
  protected rise(
    text: string,
    { x, y }: { readonly x: number; readonly y: number },
    style: Phaser.Types.GameObjects.Text.TextStyle,
    { livesMs, vy }: { readonly livesMs: number; readonly vy: number },
    nowMs: number
  ): void {
    const { calm, scale, scene } = this.look
    const label = scene.add.text(x, y, text, {
      fontFamily: displayFonts,
      fontStyle: "bold",
      resolution: scale,
      ...style
    })
    this.pieces.add(label.setOrigin(0.5).setDepth(50), nowMs, { livesMs, vy: calm ? 0 : vy, drag: 0.2, size: [1, 1] })
  }

  /** Paper from above, over so many units. */
  protected paper(
    colors: ReadonlyArray<string>,
    many: number,
    width: number,
    flight: Omit<Flight, "size">,
    nowMs: number
  ) {
    if (this.look.calm) return
    for (let i = 0; i < many; i++) {
      const image = this.look.scene.add.image(this.chance() * width, -10 - this.chance() * 240, "chip").setDepth(66)
      this.pieces.add(image.setTint(toNumber(colors[i % colors.length] ?? "#ffffff")), nowMs, {
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
    flight: Partial<Flight> & Pick<Flight, "livesMs">,
    nowMs: number
  ): void {
    const image = shining(this.look.scene.add.image(x, y, "streak"), color).setDepth(this.depth)
    this.pieces.add(image, nowMs, {
      vx: Math.cos(angle) * speed,
      vy: Math.sin(angle) * speed,
      drag: 0.06,
      angle: (angle * 180) / Math.PI,
      size: [this.unit(1), this.unit(0.25)],
      ...flight
    })
  }

  protected ring(
    x: number,
    y: number,
    color: string,
    [from, to]: Flight["size"],
    livesMs: number,
    nowMs: number,
    alpha = 0.9
  ): void {
    const image = shining(this.look.scene.add.image(x, y, "ring"), color).setDepth(this.depth)
    this.pieces.add(image, nowMs, { livesMs, alpha, size: [this.unit(from), this.unit(to)] })
  }

  protected flare(
    x: number,
    y: number,
    color: string,
    [from, to]: Flight["size"],
    livesMs: number,
    nowMs: number
  ): void {
    const image = shining(this.look.scene.add.image(x, y, "glow"), color).setDepth(this.depth + 1)
    this.pieces.add(image, nowMs, { livesMs, size: [this.unit(from), this.unit(to)] })
  }

  /** A weaker one does not end a stronger one that has just begun. */
  protected shake(by: number, nowMs: number): void {
    if (nowMs - this.shakenAtMs < 200 && by < this.shakenBy) return
    this.shakenAtMs = nowMs
    this.shakenBy = by
  }

  /** How much the field shakes now, in its units, and since when; a shaking takes so long. */
  protected shakingNow(
    nowMs: number,
    forMs: number
  ): { readonly much: number; readonly left: number; readonly sinceMs: number } {
    const sinceMs = nowMs - this.shakenAtMs
    return { much: this.shakenBy, left: this.look.calm ? 0 : Math.max(0, 1 - sinceMs / forMs), sinceMs }
  }

  protected unit(size: number): number {
    return size / this.look.scale
  }

  /** 0 to 1. */
  protected chance(): number {
    return noise(++this.drawn)
  }
}
