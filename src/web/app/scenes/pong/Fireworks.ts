/** Sparks where the ball meets something, bursts where it got in, confetti for the winner; and the shaking of the field. */
import { Effects } from "../Effects.ts"
import type { Look } from "./look.ts"

const piecesMax = 320

export class Fireworks extends Effects<Look> {
  constructor(look: Look) {
    super(look, piecesMax, 20)
  }

  /** Sparks fly from where the ball met something, mostly the way that it goes on. */
  hit(x: number, y: number, inX: number, inY: number, color: string, heat: number): void {
    if (this.look.calm) return
    const facing = Math.atan2(inY, inX)
    for (let i = 0; i < 9 + Math.round(heat * 9); i++) {
      const angle = facing + (this.chance() - 0.5) * 2.5
      const speed = 120 + this.chance() * (220 + 260 * heat)
      const livesMs = 300 + this.chance() * 200
      this.streak(x, y, angle, speed, i % 3 === 0 ? "#ffffff" : color, { livesMs })
    }
    this.ring(x, y, color, [0.12, 0.42 + heat * 0.25], 260, 0.8)
    this.shake(1 + heat * 2.2)
  }

  /** A wall: hardly more than a glint. */
  bounce(x: number, y: number, inX: number, inY: number, color: string): void {
    if (this.look.calm) return
    const facing = Math.atan2(inY, inX)
    for (let i = 0; i < 5; i++) {
      const angle = facing + (this.chance() - 0.5) * 2.4
      this.streak(x, y, angle, 60 + this.chance() * 150, color, { livesMs: 260 })
    }
  }

  /** The ball got in. */
  goal(x: number, y: number, inX: number, inY: number, color: string): void {
    if (this.look.calm) return
    const facing = Math.atan2(inY, inX)
    for (let i = 0; i < 54; i++) {
      const angle = facing + (this.chance() - 0.5) * 3
      const speed = 110 + this.chance() * this.chance() * 820
      const livesMs = 480 + this.chance() * 620
      this.streak(x, y, angle, speed, i % 4 === 0 ? "#ffffff" : color, { livesMs })
    }
    for (const [size, ms] of [[1.1, 420], [1.9, 640]] as const) this.ring(x, y, color, [0.15, size], ms)
    this.flare(x, y, color, [5, 1], 420)
    this.shake(7)
  }

  word(text: string, x: number, y: number, color: string, fontSize: number): void {
    this.rise(text, x, y, { fontSize, color }, { livesMs: 900, vy: this.look.calm ? 0 : -34 })
  }

  confetti(colors: ReadonlyArray<string>): void {
    this.paper(colors, 130, this.look.board.width, { livesMs: 3400, gravity: 34 })
  }

  /** By how much the field is off its place now, in field units. */
  shaking(): readonly [x: number, y: number] {
    const { left, much, sinceMs } = this.shakingNow(320)
    const off = much * left * left
    return off === 0 ? [0, 0] : [off * Math.sin(sinceMs / 13), off * Math.cos(sinceMs / 17)]
  }
}
