/** The ribbon across the field that says who took the round. */
import { gatherRules } from "../../../../games/gather/Field.ts"
import { displayFonts } from "../fonts.ts"
import { toNumber } from "../painting.ts"
import { type FieldLook, Part } from "../Part.ts"

const { height: fieldHeight, width } = gatherRules
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

export class Ribbon extends Part<FieldLook> {
  private readonly shadow = this.stripe(4, 0x000000, 0.22).setDepth(60)
  private readonly band = this.stripe(0, 0xffffff).setDepth(61)
  private readonly title = this.words(displayFonts, 62).setPosition(width / 2, fieldHeight / 2 - 9)
  private readonly below = this.words(displayFonts, 62, "").setPosition(width / 2, fieldHeight / 2 + 24)
  private shownAtMs: number | null = null
  private endedAtMs: number | null = null

  constructor(look: FieldLook) {
    super(look)
    this.hide()
  }

  show(title: string, below: string, color: string, nowMs: number): void {
    const { scale } = this.look
    this.shownAtMs = nowMs
    this.endedAtMs = null
    const letters = lettersOn(color)
    this.band.setFillStyle(toNumber(color))
    this.title.setResolution(scale).setText(title.toUpperCase()).setColor(letters).setFontSize(titleSize)
    const wide = this.title.width
    if (wide > width - 60) this.title.setFontSize((titleSize * (width - 60)) / wide)
    this.below.setResolution(scale).setText(below).setColor(letters).setFontSize(17)
  }

  end(nowMs: number): void {
    if (this.shownAtMs !== null) this.endedAtMs ??= nowMs
  }

  update(nowMs: number): void {
    if (this.shownAtMs === null) return
    const came = this.look.calm ? 1 : Math.min(1, (nowMs - this.shownAtMs) / sweepMs)
    const went = this.endedAtMs === null ? 0 : Math.min(1, (nowMs - this.endedAtMs) / 220)
    if (went === 1) return this.hide()
    const share = 1 - (1 - came) ** 3
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

  private stripe(below: number, color: number, alpha?: number) {
    return this.look.scene.add.rectangle(width / 2, fieldHeight / 2 + below, width * 1.2, height, color, alpha)
  }

  private hide(): void {
    this.shownAtMs = null
    this.endedAtMs = null
    for (const part of [this.band, this.shadow, this.title, this.below]) part.setVisible(false)
  }
}
