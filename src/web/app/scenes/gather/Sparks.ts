/** What flies about for a moment: shards and a ring where something was gathered, confetti when a round is won. */
import type Phaser from "phaser"
import { gatherRules } from "../../../../games/gather/Field.ts"
import { toNumber } from "../painting.ts"
import { noise, Pieces } from "../Pieces.ts"

/** The most pieces in the air. */
const piecesMax = 240

export class Sparks {
  private readonly pieces = new Pieces(piecesMax)

  constructor(private readonly scene: Phaser.Scene, private readonly fonts: string) {}

  /** Something was gathered here by the player of this colour. */
  pickUp(x: number, y: number, gold: string, color: string, own: boolean, scale: number, nowMs: number): void {
    this.pieces.add(this.image("halo", x, y, gold), nowMs, {
      livesMs: 380,
      size: [0.25 / scale, (own ? 0.95 : 0.7) / scale]
    })
    const count = own ? 10 : 7
    for (let i = 0; i < count; i++) {
      const angle = (i / count) * 2 * Math.PI + (i % 2) * 0.3
      const speed = 90 + 60 * ((i * 7) % 3)
      this.pieces.add(this.image("chip", x, y, i % 3 === 0 ? color : gold), nowMs, {
        livesMs: 460,
        vx: Math.cos(angle) * speed,
        vy: Math.sin(angle) * speed,
        drag: 0.02,
        spin: 300,
        size: [1 / scale, 0.2 / scale]
      })
    }
  }

  /** A word that rises and fades. */
  word(
    text: string,
    x: number,
    y: number,
    ink: string,
    paper: string,
    size: number,
    scale: number,
    nowMs: number
  ): void {
    const label = this.scene.add.text(x, y, text, {
      fontFamily: this.fonts,
      fontStyle: "bold",
      fontSize: size,
      color: ink,
      stroke: paper,
      strokeThickness: size * 0.3,
      resolution: scale
    }).setOrigin(0.5, 1).setDepth(50)
    this.pieces.add(label, nowMs, { livesMs: 800, vy: -34, drag: 0.2, size: [1, 1] })
  }

  /** Paper from above. */
  confetti(colors: ReadonlyArray<string>, scale: number, nowMs: number): void {
    for (let i = 0; i < 90; i++) {
      const random = (salt: number): number => noise(i * 8 + salt + Math.floor(nowMs))
      const color = colors[i % colors.length] ?? "#ffffff"
      this.pieces.add(this.image("chip", random(1) * gatherRules.width, -10 - random(2) * 160, color), nowMs, {
        livesMs: 2600,
        vx: (random(3) - 0.5) * 60,
        vy: 110 + random(4) * 120,
        gravity: 30,
        drag: 0.8,
        spin: (random(5) - 0.5) * 700,
        size: [(0.8 + random(6) * 0.7) / scale, 0.8 / scale]
      })
    }
  }

  update(nowMs: number): void {
    this.pieces.update(nowMs)
  }

  destroy(): void {
    this.pieces.destroy()
  }

  private image(key: string, x: number, y: number, color: string): Phaser.GameObjects.Image {
    return this.scene.add.image(x, y, key).setTint(toNumber(color)).setDepth(35)
  }
}
