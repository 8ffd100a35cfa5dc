/** Fire, smoke and dust; words that rise; confetti; and the shaking of the field. */
import { Effects } from "../Effects.ts"
import { letters, type Look, type Place } from "./look.ts"

const piecesMax = 360
const fire = ["#fff3c4", "#ffc24a", "#ff8a3c", "#e8503a"] as const

export class Blasts extends Effects<Look> {
  constructor(look: Look) {
    super(look, piecesMax, 30)
  }

  hit({ x, y }: Place, color: string, damage: number): void {
    this.word(`−${damage}`, x, y - 36)
    if (this.look.calm) return
    this.flare(x, y, "#ffd9a0", [3.4, 1], 340)
    this.ring(x, y, color, [0.1, 0.8], 380)
    for (let i = 0; i < 26; i++) {
      const angle = this.chance() * 2 * Math.PI
      const speed = 60 + this.chance() * 300
      this.streak(x, y, angle, speed, fire[i % fire.length]!, {
        livesMs: 320 + this.chance() * 380,
        vy: Math.sin(angle) * speed - 60,
        gravity: 150,
        size: [this.unit(1.2), this.unit(0.3)]
      })
    }
    this.rubble(x, y, 8, color)
    this.smoke(x, y, 6)
    this.shake(3.2)
  }

  fall({ x, y }: Place, color: string): void {
    if (this.look.calm) return
    for (const [size, ms] of [[1.1, 460], [2, 760]] as const) this.ring(x, y + 20, color, [0.1, size], ms)
    this.flare(x, y, "#ff9a50", [6.5, 2], 620)
    this.rubble(x, y, 34, color)
    this.smoke(x, y + 16, 26)
    this.shake(9)
  }

  word(text: string, x: number, y: number, color = "#fff3d0"): void {
    const fontSize = letters(this.look, 30, 20)
    const style = { fontSize, color, stroke: "#16101c", strokeThickness: 6 }
    this.rise(text, x, y, style, { livesMs: 1100, vy: this.look.calm ? 0 : -46 })
  }

  confetti(colors: ReadonlyArray<string>): void {
    this.paper(colors, 150, this.look.layout.width, { livesMs: 4200, gravity: 26 })
  }

  override update(): void {
    super.update()
    const { nowMs } = this
    const { left, much } = this.shakingNow(420)
    this.look.scene.cameras.main.setScroll(Math.sin(nowMs / 17) * left * much, Math.cos(nowMs / 23) * left * much)
  }

  private rubble(x: number, y: number, many: number, color: string): void {
    for (let i = 0; i < many; i++) {
      const [fromX, fromY] = [x + (this.chance() - 0.5) * 60, y + (this.chance() - 0.5) * 30]
      this.toss("chip", fromX, fromY, i % 3 === 0 ? color : "#6d6478", this.depth - 1, {
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

  private smoke(x: number, y: number, many: number): void {
    for (let i = 0; i < many; i++) {
      const [fromX, fromY] = [x + (this.chance() - 0.5) * 80, y + (this.chance() - 0.5) * 26]
      this.toss("smoke", fromX, fromY, "#8d8494", this.depth - 2, {
        livesMs: 900 + this.chance() * 1300,
        vx: (this.chance() - 0.5) * 60,
        vy: -24 - this.chance() * 42,
        drag: 0.5,
        alpha: 0.62,
        size: [this.unit(0.5 + this.chance() * 0.5), this.unit(1.6 + this.chance())]
      })
    }
  }
}
