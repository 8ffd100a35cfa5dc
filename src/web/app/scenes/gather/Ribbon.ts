/** The ribbon across the field that says who took the round. */
import type Phaser from "phaser"
import { gatherRules } from "../../../../games/gather/Field.ts"
import type { Theme } from "../../../Scene.ts"
import { displayFonts } from "../fonts.ts"
import { toNumber } from "../painting.ts"

const height = 78
/** In field units. */
const titleSize = 40
const sweepMs = 320

/** Whether dark or light letters are read better on a colour. */
const lettersOn = (color: string): string => {
  const value = toNumber(color)
  const [r, g, b] = [value >> 16, (value >> 8) & 255, value & 255]
  return r * 0.299 + g * 0.587 + b * 0.114 > 150 ? "#1c1726" : "#fffdf6"
}

export class Ribbon {
  private readonly band: Phaser.GameObjects.Rectangle
  private readonly shadow: Phaser.GameObjects.Rectangle
  private readonly title: Phaser.GameObjects.Text
  private readonly below: Phaser.GameObjects.Text
  private shownAtMs: number | null = null
  private endedAtMs: number | null = null

  constructor(scene: Phaser.Scene) {
    const { height: fieldHeight, width } = gatherRules
    const middle = fieldHeight / 2
    this.shadow = scene.add.rectangle(width / 2, middle + 4, width * 1.2, height, 0x000000, 0.22).setDepth(60)
    this.band = scene.add.rectangle(width / 2, middle, width * 1.2, height, 0xffffff).setDepth(61)
    this.title = scene.add.text(width / 2, middle - 9, "", { fontFamily: displayFonts, fontStyle: "bold" })
      .setOrigin(0.5).setDepth(62)
    this.below = scene.add.text(width / 2, middle + 24, "", { fontFamily: displayFonts }).setOrigin(0.5).setDepth(62)
    this.hide()
  }

  show(title: string, below: string, color: string, _theme: Theme, scale: number, nowMs: number): void {
    this.shownAtMs = nowMs
    this.endedAtMs = null
    const letters = lettersOn(color)
    this.band.setFillStyle(toNumber(color))
    this.title.setResolution(scale).setText(title.toUpperCase()).setColor(letters).setFontSize(titleSize)
    const wide = this.title.width
    if (wide > gatherRules.width - 60) this.title.setFontSize((titleSize * (gatherRules.width - 60)) / wide)
    this.below.setResolution(scale).setText(below).setColor(letters).setFontSize(17)
  }

  end(nowMs: number): void {
    if (this.shownAtMs !== null) this.endedAtMs ??= nowMs
  }

  update(nowMs: number, calm: boolean): void {
    if (this.shownAtMs === null) return
    const came = calm ? 1 : Math.min(1, (nowMs - this.shownAtMs) / sweepMs)
    const went = this.endedAtMs === null ? 0 : Math.min(1, (nowMs - this.endedAtMs) / 220)
    if (went === 1) return this.hide()
    const share = 1 - (1 - came) ** 3
    const { width } = gatherRules
    for (const part of [this.band, this.shadow]) {
      part.setVisible(true).setAngle(-3).setScale(share, 1 - went)
      part.x = width / 2 - (1 - share) * width * 0.6
    }
    this.shadow.setAlpha(0.22 * (1 - went))
    for (const text of [this.title, this.below]) {
      text.setVisible(true).setAngle(-3).setAlpha(Math.max(0, came * 2 - 1) * (1 - went)).setScale(1, 1 - went)
      text.x = width / 2 + (1 - share) * 40
    }
  }

  destroy(): void {
    for (const part of [this.band, this.shadow, this.title, this.below]) part.destroy()
  }

  private hide(): void {
    this.shownAtMs = null
    this.endedAtMs = null
    for (const part of [this.band, this.shadow, this.title, this.below]) part.setVisible(false)
  }
}
