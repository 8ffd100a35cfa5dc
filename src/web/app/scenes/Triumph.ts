/** At an end everything steps back behind the winner's name. */
import type Phaser from "phaser"
import { displayFonts, sansFonts } from "./fonts.ts"
import { blend } from "./painting.ts"
import { type FieldLook, Part } from "./Part.ts"

export abstract class Triumph<Look extends FieldLook> extends Part<Look> {
  protected readonly veil = this.look.scene.add.rectangle(0, 0, 10, 10, 0).setDepth(60)
  protected readonly shine = this.light("glow", "#ffffff", 61)
  protected readonly title = this.padded(displayFonts)
  protected readonly below = this.padded(sansFonts)
  protected readonly parts: Array<Phaser.GameObjects.Rectangle | Phaser.GameObjects.Image | Phaser.GameObjects.Text> = [
    this.veil,
    this.shine,
    this.title,
    this.below
  ]
  protected shownAtMs: number | null = null

  constructor(look: Look, private readonly comeMs: number, private readonly titleSize: number) {
    super(look)
  }

  hide(): void {
    this.shownAtMs = null
    for (const part of this.parts) part.setVisible(false)
  }

  /** Room for what shines around the letters. */
  protected padded(fontFamily: string): Phaser.GameObjects.Text {
    return this.words(fontFamily, 62).setPadding({ x: 40, y: 40 })
  }

  /** How far it has come: from 0 to 1, the same slowing down, and what it breathes by. */
  protected progress(shownAtMs: number, nowMs: number) {
    const { calm } = this.look
    const share = calm ? 1 : Math.min(1, (nowMs - shownAtMs) / this.comeMs)
    return { share, out: 1 - (1 - share) ** 3, breath: calm ? 0 : 0.06 * Math.sin(nowMs / 400) }
  }

  /** As large as the field has room for. */
  protected writeTitle(title: string, color: string, width: number): void {
    const { scale } = this.look
    this.title.setResolution(scale).setFontSize(this.titleSize).setText(title.toUpperCase())
      .setColor(blend(color, "#ffffff", 0.8)).setShadow(0, 0, color, 25 * scale, false, true)
    if (this.title.width > width - 20) this.title.setFontSize((this.titleSize * (width - 20)) / this.title.width)
  }
}
