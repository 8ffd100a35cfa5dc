/** One city: its picture, HP, name and number, and how it is hit, falls, and fades. */
import type Phaser from "phaser"
import { displayFonts, sansFonts } from "../fonts.ts"
import { blend, refit, toNumber } from "../painting.ts"
import { Part } from "../Part.ts"
import { cityKey, type CityPicture, paintCity, picture } from "./cityPictures.ts"
import { groundOf, letters, type Look, type Place } from "./look.ts"

export interface CityShown {
  readonly name: string
  readonly color: string
  readonly place: number
  readonly away: boolean
  readonly waits: boolean
  readonly own: boolean
}

const flashMs = 320
const crumbleMs = 1100
const fadeMs = 2600
const barWidth = 92
/** Above all cities: none hides what another says. */
const labelDepth = 24

const ease = (share: number): number => 1 - (1 - share) ** 3

export class City extends Part<Look> {
  private barHp: number
  private hitAtMs = -Infinity
  private fellAtMs: number | null = null
  private readonly halo = this.light("ring", "#ffffff")
  /** What it looked like before, going down. */
  private readonly ghost = this.picture("dot").setVisible(false)
  private readonly image = this.picture("dot")
  private readonly flash = this.light("dot", "#ffffff").setVisible(false)
  private readonly bar = this.graphics(labelDepth)
  private readonly name = this.words(sansFonts, labelDepth)
  private readonly number = this.words(displayFonts, labelDepth)
  private readonly note = this.words(sansFonts, labelDepth)
  /** Pictures of it, and which of them are of the present size. */
  private readonly keys = new Set<string>()
  private readonly painted = new Set<string>()

  constructor(look: Look, public shown: CityShown, public hp: number) {
    super(look)
    this.barHp = hp
    if (hp === 0) this.fellAtMs = -Infinity
    this.dress(look)
  }

  get ground(): Place {
    return groundOf(this.look.layout, this.shown.place)
  }

  /** Where it is hit. */
  get heart(): Place {
    const { x, y } = this.ground
    return { x, y: y - 30 }
  }

  override dress(look: Look): void {
    super.dress(look)
    this.painted.clear()
    const { x, y } = this.ground
    const depth = 10 + y / 100
    for (const part of [this.image, this.ghost, this.flash]) part.setPosition(x, y).setDepth(depth)
    this.ghost.setDepth(depth + 0.01)
    this.flash.setDepth(depth + 0.02)
    this.halo.setPosition(x, y + 6).setDepth(depth - 0.1)
    this.show(this.image, this.hp)
    this.label()
  }

  describe(shown: CityShown): void {
    const before = this.shown
    if (Object.entries(shown).every(([key, value]) => before[key as keyof CityShown] === value)) return
    this.shown = shown
    this.show(this.image, this.hp)
    this.label()
  }

  /** A hit leaves so many HP. */
  hit(hp: number, nowMs: number): void {
    this.hitAtMs = nowMs
    this.set(hp)
  }

  fall(nowMs: number): void {
    this.show(this.ghost, 10)
    this.ghost.setVisible(!this.look.calm)
    this.fellAtMs = nowMs
    this.set(0)
  }

  /** As the rules have it, without a show. */
  set(hp: number): void {
    if (hp > 0) {
      this.fellAtMs = null
      this.image.clearTint()
      this.ghost.setVisible(false)
    } else this.fellAtMs ??= -Infinity
    if (hp > this.hp) this.barHp = hp
    this.hp = hp
    this.show(this.image, hp)
    this.label()
  }

  update(nowMs: number, passedMs: number): void {
    const { calm, scale } = this.look
    const { x, y } = this.ground
    const dim = this.shown.away || this.shown.waits ? 0.42 : 1
    const age = nowMs - this.hitAtMs
    const shake = age < flashMs && !calm ? Math.sin(age / 18) * 5 * (1 - age / flashMs) : 0
    this.image.setPosition(x + shake, y).setAlpha(dim)
    this.flash.setVisible(age < flashMs).setPosition(x + shake, y).setAlpha(0.9 * Math.max(0, 1 - age / flashMs))
    this.halo.setVisible(this.shown.own && this.hp > 0)
      .setScale(1.5 / scale, 0.46 / scale).setAlpha(0.55 + (calm ? 0 : 0.3 * Math.sin(nowMs / 420)))
    if (this.fellAtMs !== null) this.updateRuin(nowMs - this.fellAtMs)
    this.barHp += (this.hp - this.barHp) * Math.min(1, passedMs / 260)
    this.drawBar()
  }

  override destroy(): void {
    super.destroy()
    for (const key of this.keys) this.look.scene.textures.remove(key)
  }

  private updateRuin(age: number): void {
    const crumbled = Math.min(1, age / crumbleMs)
    const height = this.ghost.frame.height
    this.ghost.setVisible(crumbled < 1 && !this.look.calm)
    if (this.ghost.visible) {
      const down = crumbled * crumbled
      const { x, y } = this.ground
      // It sinks into its own ground.
      this.ghost.setPosition(x + Math.sin(age / 24) * 2.5, y + down * 92)
        .setCrop(
          0,
          0,
          this.ghost.frame.width,
          Math.max(0, height * (118 / picture.height) - (down * 92 * height) / picture.height)
        )
        .setTint(toNumber(blend("#ffffff", "#3a2c33", crumbled)))
    }
    const black = this.look.calm ? 1 : Math.min(1, Math.max(0, age - crumbleMs * 0.6) / fadeMs)
    this.image.setTint(toNumber(blend("#ffffff", "#4c4856", ease(black))))
    this.image.setAlpha((this.shown.away ? 0.42 : 1) * (1 - 0.25 * black))
  }

  private show(image: Phaser.GameObjects.Image, hp: number): void {
    const city: CityPicture = { color: this.shown.color, place: this.shown.place, hp }
    const key = cityKey(city)
    if (!this.painted.has(key)) {
      paintCity(this.look.scene.textures, city, this.look.scale)
      this.painted.add(key)
      this.keys.add(key)
    }
    const origin = [picture.groundX / picture.width, picture.groundY / picture.height] as const
    for (const each of image === this.image ? [image, this.flash] : [image]) {
      each.setTexture(key).setOrigin(...origin).setScale(1 / this.look.scale)
      refit(each)
    }
  }

  private label(): void {
    const { scale, theme } = this.look
    const { away, color, name, own, place, waits } = this.shown
    const { x, y } = this.ground
    const size = letters(this.look, 15, 11.5)
    const ink = this.hp === 0 ? theme.quiet : theme.ink
    this.name.setResolution(scale).setFontSize(size).setColor(ink).setText(own ? `${name} (you)` : name)
      .setPosition(x, y + 46 + size * 0.5).setStroke("#0b0914", 4).setScale(1)
    this.name.setScale(Math.min(1, 150 / Math.max(1, this.name.width)))
    this.number.setResolution(scale).setFontSize(letters(this.look, 15, 11)).setText(`${place + 1}`)
      .setColor(this.hp === 0 ? theme.quiet : blend(color, "#ffffff", 0.55)).setPosition(x - barWidth / 2 - 12, y + 38)
      .setStroke("#0b0914", 4).setVisible(!own)
    const note = this.hp === 0 ? "fallen" : away ? "no answer" : waits ? "next round" : ""
    this.note.setResolution(scale).setFontSize(letters(this.look, 14, 11)).setText(note).setColor(theme.ink)
      .setStroke("#0b0914", 5).setPosition(x, y - 12).setVisible(note !== "")
  }

  private drawBar(): void {
    const { x, y } = this.ground
    const left = x - barWidth / 2
    const share = this.hp / 100
    const { color } = this.shown
    const alive = this.hp > 30 ? blend(color, "#ffffff", 0.15) : this.look.theme.accent
    this.bar.clear()
    this.bar.fillStyle(0x07060c, 0.9).fillRoundedRect(left - 2, y + 33, barWidth + 4, 11, 5)
    if (this.barHp > this.hp + 0.5) {
      this.bar.fillStyle(0xffffff, 0.85).fillRect(left, y + 35, (barWidth * this.barHp) / 100, 7)
    }
    if (share > 0) {
      this.bar.fillStyle(toNumber(alive), this.shown.away ? 0.5 : 1).fillRect(left, y + 35, barWidth * share, 7)
      this.bar.fillStyle(0xffffff, 0.28).fillRect(left, y + 35, barWidth * share, 2.4)
    }
  }
}
