/** At an end everything steps back behind the winner's name. */
import type Phaser from "phaser"
import { displayFonts, sansFonts } from "./fonts.ts"
import { type NightLook, shining } from "./lights.ts"
import { blend } from "./painting.ts"

type Part = Phaser.GameObjects.Rectangle | Phaser.GameObjects.Image | Phaser.GameObjects.Text

export abstract class Triumph<Look extends NightLook> {
  protected readonly veil: Phaser.GameObjects.Rectangle
  protected readonly light: Phaser.GameObjects.Image
  protected readonly title: Phaser.GameObjects.Text
  protected readonly below: Phaser.GameObjects.Text
  protected readonly parts: Array<Part>
  protected shownAtMs: number | null = null

  constructor(protected look: Look, private readonly comeMs: number, private readonly titleSize: number) {
    const { scene } = look
    this.veil = scene.add.rectangle(0, 0, 10, 10, 0).setDepth(60)
    this.light = shining(scene.add.image(0, 0, "glow"), "#ffffff").setDepth(61)
    this.title = this.text(displayFonts)
    this.below = this.text(sansFonts)
    this.parts = [this.veil, this.light, this.title, this.below]
  }

  hide(): void {
    this.shownAtMs = null
    for (const part of this.parts) part.setVisible(false)
  }

  destroy(): void {
    for (const part of this.parts) part.destroy()
  }

  protected text(fontFamily: string): Phaser.GameObjects.Text {
    return this.look.scene.add.text(0, 0, "", { fontFamily, fontStyle: "bold", padding: { x: 40, y: 40 } })
      .setOrigin(0.5).setDepth(62)
  }

  /** How far it has come: from 0 to 1, the same slowing down, and what it breathes by. */
  protected progress(shownAtMs: number, nowMs: number): {
    readonly share: number
    readonly out: number
    readonly breath: number
  } {
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
