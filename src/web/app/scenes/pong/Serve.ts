/** What is shown before a serve: a ring that runs out around the ball, a number, and where the ball will go. */
import { pongRules } from "../../../../games/pong/Board.ts"
import { displayFonts } from "../fonts.ts"
import { toNumber } from "../painting.ts"
import { Part } from "../Part.ts"
import type { Look, PongFrame } from "./look.ts"

const radius = 30
/** Three numbers, 3 to 1, over the whole wait. */
const numbers = 3
const arrows = 3

/** Not while the page itself counts, or waits for somebody. */
const isCounting = ({ stage, view }: PongFrame): boolean =>
  view.phase === "serving" && (stage === null || stage === "playing")

export class Serve extends Part<Look> {
  private readonly ring = this.picture("ring", 15)
  private readonly arc = this.graphics(16)
  private readonly number = this.words(displayFonts, 16)
  private readonly chevrons = Array.from({ length: arrows }, () => this.picture("chevron", 16))

  override dress(look: Look): void {
    super.dress(look)
    this.number.setResolution(look.scale).setFontSize(Math.max(26, 18 / look.cssScale)).setColor(look.theme.ink)
  }

  /** The number that is shown, or 0 for none. */
  numberOf(frame: PongFrame): number {
    return isCounting(frame) ? Math.ceil((frame.view.serveIn / pongRules.serveTicks) * numbers) : 0
  }

  update(frame: PongFrame, color: string): void {
    const { nowMs, view } = frame
    const shown = isCounting(frame)
    for (const part of [this.ring, this.arc.clear(), this.number, ...this.chevrons]) part.setVisible(shown)
    if (!shown) return
    const { calm, scale } = this.look
    const { vx, vy, x, y } = view.ball
    const speed = Math.max(1e-6, Math.hypot(vx, vy))
    const left = view.serveIn / pongRules.serveTicks
    const top = -Math.PI / 2
    // The ring's picture has a radius of 58.
    this.ring.setPosition(x, y).setScale(radius / (58 * scale)).setAlpha(0.25)
    this.arc.lineStyle(3.4, toNumber(color), 1).beginPath()
      .arc(x, y, radius, top, top + left * 2 * Math.PI).strokePath()
    const number = this.numberOf(frame)
    const through = number - left * numbers
    this.number.setText(`${number}`).setPosition(x - (vx / speed) * 70, y - (vy / speed) * 70)
      .setAlpha(1 - 0.6 * through).setScale(calm ? 1 : 1.25 - 0.25 * Math.min(1, through * 4))
    for (const [index, chevron] of this.chevrons.entries()) {
      const beat = calm ? 0.7 : 0.5 + 0.5 * Math.sin(nowMs / 110 - index * 1.2)
      const far = radius + 16 + index * 13
      chevron
        .setPosition(x + (vx / speed) * far, y + (vy / speed) * far)
        .setRotation(Math.atan2(vy, vx))
        .setTint(toNumber(color))
        .setAlpha(0.25 + 0.75 * beat)
        .setScale(0.85 / scale)
    }
  }
}
