/** The crown above the leader's city; it flies to the next one when another leads. */
import { Part } from "../Part.ts"
import type { Look, Place } from "./look.ts"

const above = 128
const flightMs = 240

export class Crown extends Part<Look> {
  private readonly shine = this.light("glow", this.look.theme.gold, 33)
  private readonly image = this.picture("crown", 34)
  private at: Place | null = null

  override dress(look: Look): void {
    super.dress(look)
    this.at = null
  }

  update(over: Place | null, nowMs: number, passedMs: number): void {
    for (const part of [this.image, this.shine]) part.setVisible(over !== null)
    if (over === null) return
    const { calm, scale } = this.look
    const share = this.at === null || calm ? 1 : Math.min(1, passedMs / flightMs)
    const from = this.at ?? over
    this.at = { x: from.x + (over.x - from.x) * share, y: from.y + (over.y - from.y) * share }
    const bob = calm ? 0 : Math.sin(nowMs / 380) * 2.5
    this.image.setPosition(this.at.x, this.at.y - above + bob).setScale(1 / scale)
    this.shine.setPosition(this.at.x, this.at.y - above + bob).setScale(1.5 / scale).setAlpha(0.3)
  }
}
