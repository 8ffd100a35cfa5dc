/** The crown above the leader's city; it flies to the next one when another leads. */
import type Phaser from "phaser"
import { shining } from "../lights.ts"
import type { Look, Place } from "./look.ts"

const above = 128
const flightMs = 240

export class Crown {
  private readonly image: Phaser.GameObjects.Image
  private readonly light: Phaser.GameObjects.Image
  private at: Place | null = null

  constructor(private look: Look) {
    this.light = shining(look.scene.add.image(0, 0, "glow"), look.theme.gold).setDepth(33)
    this.image = look.scene.add.image(0, 0, "crown").setDepth(34)
  }

  dress(look: Look): void {
    this.look = look
    this.light.setTexture("glow")
    this.image.setTexture("crown")
    this.at = null
  }

  update(over: Place | null, nowMs: number, passedMs: number): void {
    for (const part of [this.image, this.light]) part.setVisible(over !== null)
    if (over === null) return
    const { calm, scale } = this.look
    const share = this.at === null || calm ? 1 : Math.min(1, passedMs / flightMs)
    const from = this.at ?? over
    this.at = { x: from.x + (over.x - from.x) * share, y: from.y + (over.y - from.y) * share }
    const bob = calm ? 0 : Math.sin(nowMs / 380) * 2.5
    this.image.setPosition(this.at.x, this.at.y - above + bob).setScale(1 / scale)
    this.light.setPosition(this.at.x, this.at.y - above + bob).setScale(1.5 / scale).setAlpha(0.3)
  }

  destroy(): void {
    this.image.destroy()
    this.light.destroy()
  }
}
