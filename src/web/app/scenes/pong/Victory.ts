/** The end of a match: everything steps back behind the winner's name. */
import type Phaser from "phaser"
import { displayFonts, sansFonts } from "../fonts.ts"
import { shining } from "../lights.ts"
import { blend, toNumber } from "../painting.ts"
import type { Look } from "./look.ts"

const comeMs = 480

export class Victory {
  private readonly veil: Phaser.GameObjects.Rectangle
  private readonly light: Phaser.GameObjects.Image
  private readonly title: Phaser.GameObjects.Text
  private readonly below: Phaser.GameObjects.Text
  private shownAtMs: number | null = null

  constructor(private look: Look) {
    const { scene } = look
    this.veil = scene.add.rectangle(0, 0, 10, 10, 0).setDepth(60)
    this.light = shining(scene.add.image(0, 0, "glow"), "#ffffff").setDepth(61)
    this.title = scene.add.text(0, 0, "", { fontFamily: displayFonts, fontStyle: "bold", padding: { x: 40, y: 40 } })
      .setOrigin(0.5).setDepth(62)
    this.below = scene.add.text(0, 0, "", { fontFamily: sansFonts }).setOrigin(0.5).setDepth(62)
    this.dress(look)
    this.hide()
  }

  dress(look: Look): void {
    this.look = look
    const { board: { height, width }, theme } = look
    this.veil.setPosition(width / 2, height / 2).setSize(width + 40, height + 40)
      .setFillStyle(toNumber(theme.page))
    this.light.setTexture("glow")
    this.fit()
  }

  show(title: string, below: string, color: string, nowMs: number): void {
    this.shownAtMs ??= nowMs
    const letters = blend(color, "#ffffff", 0.8)
    this.light.setTint(toNumber(color))
    this.title.setText(title.toUpperCase()).setColor(letters).setShadow(0, 0, color, 26 * this.look.scale, false, true)
    this.below.setText(below).setColor(this.look.theme.ink)
    this.fit()
  }

  hide(): void {
    this.shownAtMs = null
    for (const part of [this.veil, this.light, this.title, this.below]) part.setVisible(false)
  }

  update(nowMs: number): void {
    if (this.shownAtMs === null) return
    const { board: { height, width }, calm, scale } = this.look
    const share = calm ? 1 : Math.min(1, (nowMs - this.shownAtMs) / comeMs)
    const out = 1 - (1 - share) ** 3
    for (const part of [this.veil, this.light, this.title, this.below]) part.setVisible(true)
    this.veil.setAlpha(0.62 * out)
    const breath = calm ? 0 : 0.06 * Math.sin(nowMs / 400)
    this.light.setPosition(width / 2, height * 0.44).setAlpha(0.42 * out).setScale(
      (9 + breath * 6) / scale,
      (3.6 + breath * 3) / scale
    )
    this.title.setPosition(width / 2, height * 0.44).setAlpha(out).setScale(1.5 - 0.5 * out + breath * 0.3)
    this.below.setPosition(width / 2, height * 0.44 + 56).setAlpha(Math.max(0, share * 2 - 1))
  }

  destroy(): void {
    for (const part of [this.veil, this.light, this.title, this.below]) part.destroy()
  }

  /** As large as the field has room for. */
  private fit(): void {
    const { board: { width }, cssScale, scale } = this.look
    const room = width - 20
    this.title.setResolution(scale).setFontSize(76)
    if (this.title.width > room) this.title.setFontSize((76 * room) / this.title.width)
    this.below.setResolution(scale).setFontSize(Math.max(18, 13 / cssScale))
  }
}
