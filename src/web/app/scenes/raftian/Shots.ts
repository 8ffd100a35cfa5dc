/** Balls of fire on their way from city to city, in the colour of who shot them. */
import type Phaser from "phaser"
import { shining } from "../lights.ts"
import { blend } from "../painting.ts"
import { Part } from "../Part.ts"
import type { Look, Place } from "./look.ts"

const trailLength = 13

export interface Shot {
  readonly from: Place
  readonly to: Place
  readonly color: string
  readonly startsAtMs: number
  readonly landsAtMs: number
}

/** Where an arc is after a share of its way. */
export const along = (from: Place, to: Place, share: number): Place => {
  const distance = Math.hypot(to.x - from.x, to.y - from.y)
  const rise = 40 + distance * 0.26
  return {
    x: from.x + (to.x - from.x) * share,
    y: from.y + (to.y - from.y) * share - rise * 4 * share * (1 - share)
  }
}

interface Flying extends Shot {
  readonly balls: ReadonlyArray<Phaser.GameObjects.Image>
}

export class Shots extends Part<Look> {
  private flying: Array<Flying> = []

  launch(shot: Shot): void {
    const { calm, scene } = this.look
    const light = blend(shot.color, "#ffffff", 0.35)
    const balls = Array.from(
      { length: calm ? 1 : trailLength },
      (_, index) =>
        shining(scene.add.image(shot.from.x, shot.from.y, "dot"), index === 0 ? "#fff6dc" : light).setDepth(28)
    )
    this.flying.push({ ...shot, balls })
  }

  update(nowMs: number): void {
    const { scale } = this.look
    this.flying = this.flying.filter(({ balls, from, landsAtMs, startsAtMs, to }) => {
      if (nowMs >= landsAtMs) {
        for (const ball of balls) ball.destroy()
        return false
      }
      const share = (nowMs - startsAtMs) / (landsAtMs - startsAtMs)
      for (const [index, ball] of balls.entries()) {
        const at = share - index * 0.022
        const { x, y } = along(from, to, Math.max(0, at))
        const left = 1 - index / balls.length
        ball.setVisible(at >= 0).setPosition(x, y).setAlpha(left).setScale(
          ((index === 0 ? 2.2 : 2.6) * (0.3 + 0.7 * left)) / scale
        )
      }
      return true
    })
  }
}
