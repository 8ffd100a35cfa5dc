/** The end of a round: everything steps back behind the winner's name, until somebody asks for the next. */
import { displayFonts } from "../fonts.ts"
import { toNumber } from "../painting.ts"
import { Triumph } from "../Triumph.ts"
import { letters, type Look, type Place } from "./look.ts"

/** So long nothing can be pressed: whoever still wanted to attack would begin the next round. */
const deafMs = 1200

export interface Won {
  readonly title: string
  readonly below: string
  readonly color: string
  /** What the button says; null: there is none, as for those who only watch. */
  readonly button: string | null
}

export class Victory extends Triumph<Look> {
  private readonly crown = this.picture("crown", 62)
  private readonly box = this.picture("button", 61)
  private readonly button = this.padded(displayFonts)
  private won: Won | null = null

  constructor(look: Look) {
    super(look, 520, 78)
    this.veil.setOrigin(0, 0).setFillStyle(0x07060e)
    this.parts.push(this.crown, this.box, this.button)
    this.hide()
  }

  override dress(look: Look): void {
    super.dress(look)
    this.write()
  }

  get isShown(): boolean {
    return this.shownAtMs !== null
  }

  show(won: Won, nowMs: number): void {
    this.shownAtMs ??= nowMs
    const before = this.won
    this.won = won
    if (before === null || before.title !== won.title || before.below !== won.below || before.button !== won.button) {
      this.write()
    }
  }

  override hide(): void {
    super.hide()
    this.won = null
  }

  /** Whether a press counts, at a place or by key. */
  takes(place: Place | null, nowMs: number): boolean {
    if (this.shownAtMs === null || this.won?.button == null || nowMs - this.shownAtMs < deafMs) return false
    if (place === null) return true
    const { x, y } = this.middle
    return Math.abs(place.x - x) < 130 && Math.abs(place.y - (y + 128)) < 40
  }

  update(nowMs: number): void {
    if (this.shownAtMs === null || this.won === null) return
    const { layout: { height, width }, scale } = this.look
    const { breath, out, share } = this.progress(this.shownAtMs, nowMs)
    const { x, y } = this.middle
    for (const part of this.parts) part.setVisible(true)
    this.veil.setPosition(-30, -30).setSize(width + 60, height + 60).setAlpha(0.66 * out)
    this.shine.setPosition(x, y).setTint(toNumber(this.won.color)).setAlpha(0.5 * out)
      .setScale((11 + breath * 6) / scale, (5 + breath * 3) / scale)
    this.crown.setPosition(x, y - 92 - (1 - out) * 120).setScale((2 + breath * 0.6) / scale).setAlpha(out)
    this.title.setPosition(x, y).setAlpha(out).setScale(1.4 - 0.4 * out + breath * 0.2)
    const later = Math.max(0, share * 2 - 1)
    this.below.setPosition(x, y + 60).setAlpha(later)
    const isReady = nowMs - this.shownAtMs >= deafMs
    for (const part of [this.box, this.button]) part.setPosition(x, y + 128).setVisible(this.won.button !== null)
    this.button.setAlpha(later)
    this.box.setScale(1 / scale).setAlpha(later * (isReady ? 1 : 0.35))
  }

  private get middle(): Place {
    const { height, width } = this.look.layout
    return { x: width / 2, y: height * 0.44 }
  }

  private write(): void {
    if (this.won === null) return
    const { layout: { width }, scale, theme } = this.look
    const { below, button, color, title } = this.won
    this.writeTitle(title, color, width)
    this.below.setResolution(scale).setFontSize(letters(this.look, 20, 13)).setText(below).setColor(theme.ink)
    this.button.setResolution(scale).setFontSize(letters(this.look, 28, 17)).setText((button ?? "").toUpperCase())
      .setColor(theme.page)
  }
}
