/** What is shown before a serve: a ring that runs out around the ball, a number, and where the ball will go. */
import type Phaser from "phaser"
import { pongRules } from "../../../../games/pong/Board.ts"
import type { PongView } from "../../../../games/pong/Schemas.ts"
import { displayFonts } from "../fonts.ts"
import { refit, toNumber } from "../painting.ts"
import type { Look, PongFrame } from "./look.ts"

const radius = 30
/** Three numbers, 3 to 1, over the whole wait. */
const numbers = 3
const arrows = 3

/** Not while the page itself counts, or waits for somebody. */
const isCounting = ({ stage, view }: PongFrame): boolean =>
  view.phase === "serving" && (stage === null || stage === "playing")

export class Serve {
  private readonly ring: Phaser.GameObjects.Image
  private readonly arc: Phaser.GameObjects.Graphics
  private readonly number: Phaser.GameObjects.Text
  private readonly chevrons: ReadonlyArray<Phaser.GameObjects.Image>

  constructor(private look: Look) {
    const { scene } = look
    this.ring = scene.add.image(0, 0, "ring").setDepth(15)
    this.arc = scene.add.graphics().setDepth(16)
    this.number = scene.add.text(0, 0, "", { fontFamily: displayFonts, fontStyle: "bold" }).setOrigin(0.5).setDepth(16)
    this.chevrons = Array.from({ length: arrows }, () => scene.add.image(0, 0, "chevron").setDepth(16))
    this.dress(look)
  }

  dress(look: Look): void {
    this.look = look
    this.number.setResolution(look.scale).setFontSize(Math.max(26, 18 / look.cssScale)).setColor(look.theme.ink)
    for (const image of [this.ring, ...this.chevrons]) refit(image)
  }

  /** The number that is shown, or 0 for none. */
  numberOf(frame: PongFrame): number {
    return isCounting(frame) ? Math.ceil((frame.view.serveIn / pongRules.serveTicks) * numbers) : 0
  }

  update(frame: PongFrame, color: string): void {
    const { nowMs, view } = frame
    const shown = isCounting(frame)
    this.ring.setVisible(shown)
    this.arc.clear().setVisible(shown)
    this.number.setVisible(shown)
    for (const chevron of this.chevrons) chevron.setVisible(shown)
    if (!shown) return
    const { calm, scale } = this.look
    const { vx, vy, x, y } = view.ball
    const left = view.serveIn / pongRules.serveTicks
    const top = -Math.PI / 2
    // The ring's picture has a radius of 58.
    this.ring.setPosition(x, y).setScale(radius / (58 * scale)).setAlpha(0.25)
    this.arc.lineStyle(3.4, toNumber(color), 1).beginPath()
      .arc(x, y, radius, top, top + left * 2 * Math.PI).strokePath()
    const number = this.numberOf(frame)
    const through = number - left * numbers
    this.number.setText(`${number}`).setPosition(x - (vx / this.speed(view)) * 70, y - (vy / this.speed(view)) * 70)
      .setAlpha(1 - 0.6 * through).setScale(calm ? 1 : 1.25 - 0.25 * Math.min(1, through * 4))
    for (const [index, chevron] of this.chevrons.entries()) {
      const beat = calm ? 0.7 : 0.5 + 0.5 * Math.sin(nowMs / 110 - index * 1.2)
      const far = radius + 16 + index * 13
      chevron
        .setPosition(x + (vx / this.speed(view)) * far, y + (vy / this.speed(view)) * far)
        .setRotation(Math.atan2(vy, vx))
        .setTint(toNumber(color))
        .setAlpha(0.25 + 0.75 * beat)
        .setScale(0.85 / scale)
    }
  }

  destroy(): void {
    this.ring.destroy()
    this.arc.destroy()
    this.number.destroy()
    for (const chevron of this.chevrons) chevron.destroy()
  }

  private speed({ ball: { vx, vy } }: PongView): number {
    return Math.max(1e-6, Math.hypot(vx, vy))
  }
}
