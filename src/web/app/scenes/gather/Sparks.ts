/** What flies about for a moment: shards and a ring where something was gathered, confetti when a round is won. */
import { gatherRules } from "../../../../games/gather/Field.ts"
import { Effects } from "../Effects.ts"
import type { FieldLook } from "../Part.ts"

/** The most pieces in the air. */
const piecesMax = 240

export class Sparks extends Effects<FieldLook> {
  constructor(look: FieldLook) {
    super(look, piecesMax, 35)
  }

  /** Something was gathered here by the player of this colour. */
  pickUp(x: number, y: number, color: string, own: boolean): void {
    const { calm, theme: { gold } } = this.look
    if (calm) return
    const size = [this.unit(0.25), this.unit(own ? 0.95 : 0.7)] as const
    this.toss("halo", x, y, gold, this.depth, { livesMs: 380, size })
    const count = own ? 10 : 7
    for (let i = 0; i < count; i++) {
      const angle = (i / count) * 2 * Math.PI + (i % 2) * 0.3
      const speed = 90 + 60 * ((i * 7) % 3)
      this.toss("chip", x, y, i % 3 === 0 ? color : gold, this.depth, {
        livesMs: 460,
        vx: Math.cos(angle) * speed,
        vy: Math.sin(angle) * speed,
        drag: 0.02,
        spin: 300,
        size: [this.unit(1), this.unit(0.2)]
      })
    }
  }

  /** Above a place, in the field's ink. */
  word(text: string, x: number, y: number): void {
    const { cssScale, theme: { field, ink } } = this.look
    const fontSize = Math.max(17, 16 / cssScale)
    const style = { fontSize, color: ink, stroke: field, strokeThickness: fontSize * 0.3 }
    this.rise(text, x, y, style, { livesMs: 800, vy: -34 }).setOrigin(0.5, 1)
  }

  confetti(colors: ReadonlyArray<string>): void {
    if (this.look.calm) return
    for (let i = 0; i < 90; i++) {
      const [x, y] = [this.chance() * gatherRules.width, -10 - this.chance() * 160]
      this.toss("chip", x, y, colors[i % colors.length] ?? "#ffffff", this.depth, {
        livesMs: 2600,
        vx: (this.chance() - 0.5) * 60,
        vy: 110 + this.chance() * 120,
        gravity: 30,
        drag: 0.8,
        spin: (this.chance() - 0.5) * 700,
        size: [this.unit(0.8 + this.chance() * 0.7), this.unit(0.8)]
      })
    }
  }
}
