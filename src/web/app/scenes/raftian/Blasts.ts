/** Fire, smoke and dust; words that rise; confetti; and the shaking of the field. */
import type Phaser from "phaser"
import { displayFonts } from "../fonts.ts"
import { shining } from "../lights.ts"
import { toNumber } from "../painting.ts"
import { noise, Pieces } from "../Pieces.ts"
import { letters, type Look, type Place } from "./look.ts"

const piecesMax = 360
const fire = ["#fff3c4", "#ffc24a", "#ff8a3c", "#e8503a"] as const
const depth = 30

export class Blasts {
  private readonly pieces = new Pieces(piecesMax)
  private shakenAtMs = -Infinity
  private shakenBy = 0
  private drawn = 0

  constructor(private look: Look) {}

  dress(look: Look): void {
    this.look = look
  }

  hit({ x, y }: Place, color: string, damage: number, nowMs: number): void {
    this.word(`−${damage}`, x, y - 36, nowMs)
    if (this.look.calm) return
    this.flare(x, y, "#ffd9a0", 3.4, 340, nowMs)
    this.ring(x, y, color, 0.8, 380, nowMs)
    for (let i = 0; i < 26; i++) {
      const angle = this.chance() * 2 * Math.PI
      const speed = 60 + this.chance() * 300
      const spark = shining(this.look.scene.add.image(x, y, "streak"), fire[i % fire.length]!).setDepth(depth)
      this.pieces.add(spark, nowMs, {
        livesMs: 320 + this.chance() * 380,
        vx: Math.cos(angle) * speed,
        vy: Math.sin(angle) * speed - 60,
        gravity: 150,
        drag: 0.05,
        angle: (angle * 180) / Math.PI,
        size: [this.unit(1.2), this.unit(0.3)]
      })
    }
    this.rubble(x, y, 8, color, nowMs)
    this.smoke(x, y, 6, nowMs)
    this.shake(3.2, nowMs)
  }

  fall({ x, y }: Place, color: string, nowMs: number): void {
    if (this.look.calm) return
    for (const [size, ms] of [[1.1, 460], [2, 760]] as const) this.ring(x, y + 20, color, size, ms, nowMs)
    this.flare(x, y, "#ff9a50", 6.5, 620, nowMs)
    this.rubble(x, y, 34, color, nowMs)
    this.smoke(x, y + 16, 26, nowMs)
    this.shake(9, nowMs)
  }

  /** A word that rises and fades. */
  word(text: string, x: number, y: number, nowMs: number, color = "#fff3d0"): void {
    const { calm, scale, scene } = this.look
    const label = scene.add.text(x, y, text, {
      fontFamily: displayFonts,
      fontStyle: "bold",
      fontSize: letters(this.look, 30, 20),
      color,
      stroke: "#16101c",
      strokeThickness: 6,
      resolution: scale
    }).setOrigin(0.5).setDepth(depth + 5)
    this.pieces.add(label, nowMs, { livesMs: 1100, vy: calm ? 0 : -46, drag: 0.2, size: [1, 1] })
  }

  confetti(colors: ReadonlyArray<string>, nowMs: number): void {
    if (this.look.calm) return
    const { layout, scene } = this.look
    for (let i = 0; i < 150; i++) {
      const image = scene.add.image(this.chance() * layout.width, -10 - this.chance() * 260, "chip").setDepth(66)
      this.pieces.add(image.setTint(toNumber(colors[i % colors.length] ?? "#ffffff")), nowMs, {
        livesMs: 4200,
        vx: (this.chance() - 0.5) * 90,
        vy: 90 + this.chance() * 150,
        gravity: 26,
        drag: 0.8,
        angle: this.chance() * 360,
        spin: (this.chance() - 0.5) * 720,
        size: [this.unit(0.8 + this.chance() * 0.7), this.unit(0.8)]
      })
    }
  }

  update(nowMs: number, camera: Phaser.Cameras.Scene2D.Camera): void {
    this.pieces.update(nowMs)
    const left = Math.max(0, 1 - (nowMs - this.shakenAtMs) / 420) * this.shakenBy
    camera.setScroll(Math.sin(nowMs / 17) * left, Math.cos(nowMs / 23) * left)
  }

  destroy(): void {
    this.pieces.destroy()
  }

  private rubble(x: number, y: number, many: number, color: string, nowMs: number): void {
    for (let i = 0; i < many; i++) {
      const stone = this.look.scene.add.image(x + (this.chance() - 0.5) * 60, y + (this.chance() - 0.5) * 30, "chip")
      this.pieces.add(stone.setTint(toNumber(i % 3 === 0 ? color : "#6d6478")).setDepth(depth - 1), nowMs, {
        livesMs: 700 + this.chance() * 600,
        vx: (this.chance() - 0.5) * 260,
        vy: -80 - this.chance() * 190,
        gravity: 260,
        drag: 0.5,
        spin: (this.chance() - 0.5) * 900,
        size: [this.unit(0.5 + this.chance() * 0.6), this.unit(0.4)]
      })
    }
  }

  private smoke(x: number, y: number, many: number, nowMs: number): void {
    for (let i = 0; i < many; i++) {
      const puff = this.look.scene.add.image(x + (this.chance() - 0.5) * 80, y + (this.chance() - 0.5) * 26, "smoke")
      this.pieces.add(puff.setTint(0x8d8494).setDepth(depth - 2), nowMs, {
        livesMs: 900 + this.chance() * 1300,
        vx: (this.chance() - 0.5) * 60,
        vy: -24 - this.chance() * 42,
        drag: 0.5,
        alpha: 0.62,
        size: [this.unit(0.5 + this.chance() * 0.5), this.unit(1.6 + this.chance())]
      })
    }
  }

  private flare(x: number, y: number, color: string, size: number, livesMs: number, nowMs: number): void {
    const flare = shining(this.look.scene.add.image(x, y, "glow"), color).setDepth(depth + 1)
    this.pieces.add(flare, nowMs, { livesMs, size: [this.unit(size), this.unit(size * 0.3)] })
  }

  private ring(x: number, y: number, color: string, size: number, livesMs: number, nowMs: number): void {
    const ring = shining(this.look.scene.add.image(x, y, "ring"), color).setDepth(depth)
    this.pieces.add(ring, nowMs, { livesMs, alpha: 0.9, size: [this.unit(0.1), this.unit(size)] })
  }

  private shake(by: number, nowMs: number): void {
    this.shakenAtMs = nowMs
    this.shakenBy = by
  }

  private unit(size: number): number {
    return size / this.look.scale
  }

  private chance(): number {
    return noise(++this.drawn)
  }
}
