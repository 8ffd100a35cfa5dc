/** Sparks where the ball meets something, bursts where it got in, confetti for the winner; and the shaking of the field. */
import type Phaser from "phaser"
import { displayFonts } from "../fonts.ts"
import { shining } from "../lights.ts"
import { toNumber } from "../painting.ts"
import { noise, Pieces } from "../Pieces.ts"
import type { Look } from "./look.ts"

const piecesMax = 320

export class Fireworks {
  private readonly pieces = new Pieces(piecesMax)
  private shakenAtMs = -Infinity
  private shakenBy = 0
  private drawn = 0

  constructor(private look: Look) {}

  dress(look: Look): void {
    this.look = look
  }

  /** Sparks fly from where the ball met something, mostly the way that it goes on. */
  hit(x: number, y: number, inX: number, inY: number, color: string, heat: number, nowMs: number): void {
    if (this.look.calm) return
    const facing = Math.atan2(inY, inX)
    const many = 9 + Math.round(heat * 9)
    for (let i = 0; i < many; i++) {
      const angle = facing + (this.chance() - 0.5) * 2.5
      const speed = 120 + this.chance() * (220 + 260 * heat)
      this.streak(x, y, angle, speed, i % 3 === 0 ? "#ffffff" : color, 300 + this.chance() * 200, nowMs)
    }
    this.ring(x, y, color, 0.12, 0.42 + heat * 0.25, 260, 0.8, nowMs)
    this.shake(1 + heat * 2.2, nowMs)
  }

  /** A wall: hardly more than a glint. */
  bounce(x: number, y: number, inX: number, inY: number, color: string, nowMs: number): void {
    if (this.look.calm) return
    const facing = Math.atan2(inY, inX)
    for (let i = 0; i < 5; i++) {
      this.streak(x, y, facing + (this.chance() - 0.5) * 2.4, 60 + this.chance() * 150, color, 260, nowMs)
    }
  }

  /** The ball got in. */
  goal(x: number, y: number, inX: number, inY: number, color: string, nowMs: number): void {
    if (this.look.calm) return
    const facing = Math.atan2(inY, inX)
    for (let i = 0; i < 54; i++) {
      const angle = facing + (this.chance() - 0.5) * 3
      const speed = 110 + this.chance() * this.chance() * 820
      this.streak(x, y, angle, speed, i % 4 === 0 ? "#ffffff" : color, 480 + this.chance() * 620, nowMs)
    }
    for (const [size, ms] of [[1.1, 420], [1.9, 640]] as const) this.ring(x, y, color, 0.15, size, ms, 0.9, nowMs)
    const flare = shining(this.look.scene.add.image(x, y, "glow"), color).setDepth(21)
    this.pieces.add(flare, nowMs, { livesMs: 420, size: [this.unit(5), this.unit(1)] })
    this.shake(7, nowMs)
  }

  /** A word that rises and fades. */
  word(text: string, x: number, y: number, color: string, size: number, nowMs: number): void {
    const label = this.look.scene.add.text(x, y, text, {
      fontFamily: displayFonts,
      fontStyle: "bold",
      fontSize: size,
      color,
      resolution: this.look.scale
    }).setOrigin(0.5).setDepth(50)
    this.pieces.add(label, nowMs, { livesMs: 900, vy: this.look.calm ? 0 : -34, drag: 0.2, size: [1, 1] })
  }

  confetti(colors: ReadonlyArray<string>, nowMs: number): void {
    if (this.look.calm) return
    const { board, scene } = this.look
    for (let i = 0; i < 130; i++) {
      const x = this.chance() * board.width
      const image = scene.add.image(x, -10 - this.chance() * 220, "chip").setDepth(63)
      this.pieces.add(image.setTint(toNumber(colors[i % colors.length] ?? "#ffffff")), nowMs, {
        livesMs: 3400,
        vx: (this.chance() - 0.5) * 90,
        vy: 90 + this.chance() * 150,
        gravity: 34,
        drag: 0.8,
        angle: this.chance() * 360,
        spin: (this.chance() - 0.5) * 720,
        size: [this.unit(0.8 + this.chance() * 0.7), this.unit(0.8)]
      })
    }
  }

  /** By how much the field is off its place now, in field units. */
  shaking(nowMs: number): readonly [x: number, y: number] {
    const since = nowMs - this.shakenAtMs
    const left = Math.max(0, 1 - since / 320)
    if (left === 0 || this.look.calm) return [0, 0]
    const much = this.shakenBy * left * left
    return [much * Math.sin(since / 13), much * Math.cos(since / 17)]
  }

  update(nowMs: number): void {
    this.pieces.update(nowMs)
  }

  destroy(): void {
    this.pieces.destroy()
  }

  private shake(by: number, nowMs: number): void {
    if (nowMs - this.shakenAtMs < 200 && by < this.shakenBy) return
    this.shakenAtMs = nowMs
    this.shakenBy = by
  }

  private streak(
    x: number,
    y: number,
    angle: number,
    speed: number,
    color: string,
    livesMs: number,
    nowMs: number
  ): void {
    const image: Phaser.GameObjects.Image = shining(this.look.scene.add.image(x, y, "streak"), color).setDepth(20)
    this.pieces.add(image, nowMs, {
      livesMs,
      vx: Math.cos(angle) * speed,
      vy: Math.sin(angle) * speed,
      drag: 0.06,
      angle: (angle * 180) / Math.PI,
      size: [this.unit(1), this.unit(0.25)]
    })
  }

  private ring(
    x: number,
    y: number,
    color: string,
    from: number,
    to: number,
    livesMs: number,
    alpha: number,
    nowMs: number
  ): void {
    const image = shining(this.look.scene.add.image(x, y, "ring"), color).setDepth(20)
    this.pieces.add(image, nowMs, { livesMs, size: [this.unit(from), this.unit(to)], alpha })
  }

  private unit(size: number): number {
    return size / this.look.scale
  }

  private chance(): number {
    return noise(this.drawn++ + 7919)
  }
}
