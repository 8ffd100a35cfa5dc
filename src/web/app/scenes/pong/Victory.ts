/** The end of a match. */
import { toNumber } from "../painting.ts"
import { Triumph } from "../Triumph.ts"
import type { Look } from "./look.ts"

export class Victory extends Triumph<Look> {
  private won = { title: "", color: "#ffffff" }

  constructor(look: Look) {
    super(look, 480, 76)
    this.below.setFontStyle("")
    this.hide()
  }

  override dress(look: Look): void {
    super.dress(look)
    const { board: { height, width }, cssScale, scale, theme } = look
    this.veil.setPosition(width / 2, height / 2).setSize(width + 40, height + 40)
      .setFillStyle(toNumber(theme.page))
    this.below.setResolution(scale).setFontSize(Math.max(18, 13 / cssScale)).setColor(theme.ink)
    this.writeTitle(this.won.title, this.won.color, width)
  }

  show(title: string, below: string, color: string, nowMs: number): void {
    this.shownAtMs ??= nowMs
    this.won = { title, color }
    this.shine.setTint(toNumber(color))
    this.below.setText(below)
    this.writeTitle(title, color, this.look.board.width)
  }

  update(nowMs: number): void {
    if (this.shownAtMs === null) return
    const { board: { height, width }, scale } = this.look
    const { breath, out, share } = this.progress(this.shownAtMs, nowMs)
    for (const part of this.parts) part.setVisible(true)
    this.veil.setAlpha(0.62 * out)
    this.shine.setPosition(width / 2, height * 0.44).setAlpha(0.42 * out).setScale(
      (9 + breath * 6) / scale,
      (3.6 + breath * 3) / scale
    )
    this.title.setPosition(width / 2, height * 0.44).setAlpha(out).setScale(1.5 - 0.5 * out + breath * 0.3)
    this.below.setPosition(width / 2, height * 0.44 + 56).setAlpha(Math.max(0, share * 2 - 1))
  }
}
