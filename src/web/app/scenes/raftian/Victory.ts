/** The end of a round: everything steps back behind the winner's name, until somebody asks for the next. */
import type Phaser from "phaser"
import { displayFonts, sansFonts } from "../fonts.ts"
import { shining } from "../lights.ts"
import { blend, toNumber } from "../painting.ts"
import { letters, type Look, type Place } from "./look.ts"

const comeMs = 520
/** So long nothing can be pressed: whoever still wanted to attack would begin the next round. */
const deafMs = 1200

export interface Won {
  readonly title: string
  readonly below: string
  readonly color: string
  /** What the button says; null: there is none, as for those who only watch. */
  readonly button: string | null
}

export class Victory {
  private readonly veil: Phaser.GameObjects.Rectangle
  private readonly light: Phaser.GameObjects.Image
  private readonly crown: Phaser.GameObjects.Image
  private readonly title: Phaser.GameObjects.Text
  private readonly below: Phaser.GameObjects.Text
  private readonly box: Phaser.GameObjects.Image
  private readonly button: Phaser.GameObjects.Text
  private shownAtMs: number | null = null
  private won: Won | null = null

  constructor(private look: Look) {
    const { scene } = look
    const text = (family: string): Phaser.GameObjects.Text =>
      scene.add.text(0, 0, "", { fontFamily: family, fontStyle: "bold", padding: { x: 30, y: 24 } }).setOrigin(0.5)
        .setDepth(62)
    this.veil = scene.add.rectangle(0, 0, 10, 10, 0x07060e).setOrigin(0, 0).setDepth(60)
    this.light = shining(scene.add.image(0, 0, "glow"), "#ffffff").setDepth(61)
    this.crown = scene.add.image(0, 0, "crown").setDepth(62)
    this.title = text(displayFonts)
    this.below = text(sansFonts)
    this.box = scene.add.image(0, 0, "button").setDepth(61)
    this.button = text(displayFonts)
    this.hide()
  }

  dress(look: Look): void {
    this.look = look
    this.light.setTexture("glow")
    this.crown.setTexture("crown")
    this.box.setTexture("button")
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

  hide(): void {
    this.shownAtMs = null
    this.won = null
    for (const part of this.parts) part.setVisible(false)
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
    const { calm, layout: { height, width }, scale } = this.look
    const share = calm ? 1 : Math.min(1, (nowMs - this.shownAtMs) / comeMs)
    const out = 1 - (1 - share) ** 3
    const { x, y } = this.middle
    const breath = calm ? 0 : 0.06 * Math.sin(nowMs / 400)
    for (const part of this.parts) part.setVisible(true)
    this.veil.setPosition(-30, -30).setSize(width + 60, height + 60).setAlpha(0.66 * out)
    this.light.setPosition(x, y).setTint(toNumber(this.won.color)).setAlpha(0.5 * out)
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

  destroy(): void {
    for (const part of this.parts) part.destroy()
  }

  private get parts(): ReadonlyArray<
    Phaser.GameObjects.Rectangle | Phaser.GameObjects.Image | Phaser.GameObjects.Text
  > {
    return [this.veil, this.light, this.crown, this.title, this.below, this.box, this.button]
  }

  private get middle(): Place {
    const { height, width } = this.look.layout
    return { x: width / 2, y: height * 0.44 }
  }

  /** As large as the field has room for. */
  private write(): void {
    if (this.won === null) return
    const { layout: { width }, scale, theme } = this.look
    const { below, button, color, title } = this.won
    this.title.setResolution(scale).setFontSize(78).setText(title.toUpperCase()).setColor(blend(color, "#ffffff", 0.78))
      .setShadow(0, 0, color, 24 * scale, false, true)
    if (this.title.width > width - 20) this.title.setFontSize((78 * (width - 20)) / this.title.width)
    this.below.setResolution(scale).setFontSize(letters(this.look, 20, 13)).setText(below).setColor(theme.ink)
    this.button.setResolution(scale).setFontSize(letters(this.look, 28, 17)).setText((button ?? "").toUpperCase())
      .setColor(theme.page)
  }
}
