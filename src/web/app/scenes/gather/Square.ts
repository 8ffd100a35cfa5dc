/** One player on the field: a square with eyes that look where it runs, and a name above. */
import type Phaser from "phaser"
import { gatherRules } from "../../../../games/gather/Field.ts"
import type { Direction, ScenePlayer } from "../../../Scene.ts"
import { sansFonts } from "../fonts.ts"
import { shortened } from "../painting.ts"
import { type FieldLook, Part } from "../Part.ts"
import { paintSquare, squareKey } from "./textures.ts"

const side = gatherRules.square
const half = side / 2
/** It takes so long to go. */
const goMs = 500
/** The own square is pointed at for so long. */
const pointMs = 4_500
const blinkMs = 130
const popMs = 320

export class Square extends Part<FieldLook> {
  private readonly body: Phaser.GameObjects.Image
  private readonly eyes = [this.picture("eye"), this.picture("eye")]
  private readonly pupils = [this.picture("pupil"), this.picture("pupil")]
  private readonly figure: Phaser.GameObjects.Container
  private readonly label = this.words(sansFonts, 40)
  private readonly ring: Phaser.GameObjects.Image | null
  private readonly pointer: Phaser.GameObjects.Image | null
  private goneAtMs: number | null = null
  private poppedAtMs = -Infinity
  private blinkAtMs: number
  private lookX = 0
  private lookY = 0
  private x = 0
  private y = 0
  private alpha = 0

  constructor(
    look: FieldLook,
    private player: ScenePlayer,
    readonly own: boolean,
    private readonly cameAtMs: number
  ) {
    super(look)
    this.blinkAtMs = cameAtMs + 1500 + (player.seat % 7) * 400
    paintSquare(look, player.color)
    this.ring = own ? this.picture("ring", 20) : null
    this.pointer = own ? this.picture("pointer", 45) : null
    this.body = this.picture(squareKey(player.color))
    const parts = [this.body, ...this.eyes, ...this.pupils]
    this.figure = this.keep(look.scene.add.container(0, 0, parts).setDepth(own ? 30 : 25))
    this.dress(look)
  }

  override dress(look: FieldLook): void {
    const { cssScale, scale, theme } = look
    paintSquare(look, this.player.color)
    super.dress(look)
    for (const image of [this.body, ...this.eyes, ...this.pupils, this.ring, this.pointer]) image?.setScale(1 / scale)
    const size = Math.max(9.5, 11.5 / cssScale)
    this.label
      .setResolution(scale)
      .setFontSize(size)
      .setFontStyle(this.own ? "bold" : "600")
      .setColor(theme.ink)
      .setStroke(theme.field, size * 0.34)
      .setText(shortened(this.player.name, cssScale < 0.8 ? 9 : 18))
  }

  /** Everybody sees it: it has gathered something. */
  pop(nowMs: number): void {
    this.poppedAtMs = nowMs
  }

  /** The player has left. */
  go(nowMs: number): void {
    this.goneAtMs ??= nowMs
  }

  get isGone(): boolean {
    return this.goneAtMs !== null && this.alpha <= 0
  }

  get place(): { readonly x: number; readonly y: number; readonly color: string } {
    return { x: this.x + half, y: this.y + half, color: this.player.color }
  }

  update(
    player: ScenePlayer | undefined,
    point: ReadonlyArray<number> | undefined,
    direction: Direction,
    nowMs: number,
    passedMs: number
  ): void {
    if (player !== undefined && (player.color !== this.player.color || player.name !== this.player.name)) {
      this.player = player
      this.dress(this.look)
      this.body.setTexture(squareKey(player.color))
    }
    if (point !== undefined) {
      this.x = point[0] ?? this.x
      this.y = point[1] ?? this.y
    }
    const { calm } = this.look
    const away = player?.away ?? false
    const gone = this.goneAtMs === null ? 0 : Math.min(1, (nowMs - this.goneAtMs) / goMs)
    const come = calm ? 1 : Math.min(1, (nowMs - this.cameAtMs) / 260)
    const follow = Math.min(1, passedMs / 90)
    this.alpha += ((gone >= 1 ? 0 : 1 - gone) * (away ? 0.42 : 1) - this.alpha) * (gone > 0 ? 1 : follow)
    this.lookX += (direction.dx - this.lookX) * follow
    this.lookY += (direction.dy - this.lookY) * follow
    const popped = calm ? 1 : Math.min(1, (nowMs - this.poppedAtMs) / popMs)
    const pop = popped < 1 ? 0.3 * Math.sin(popped * Math.PI) * (1 - popped * 0.4) : 0
    const size = come * (1 + pop) * (1 - gone * 0.4)
    const lean = calm ? 0 : 0.07
    const [centreX, centreY] = [this.x + half, this.y + half]
    this.figure
      .setPosition(centreX, centreY)
      .setAlpha(this.alpha)
      .setScale(
        size * (1 + lean * (Math.abs(this.lookX) - Math.abs(this.lookY))),
        size * (1 + lean * (Math.abs(this.lookY) - Math.abs(this.lookX)))
      )
    this.updateEyes(away, nowMs)
    this.updateLabel(centreX, away)
    this.updateMarks(centreX, centreY, direction, nowMs)
  }

  /** Who is away sleeps. */
  private updateEyes(away: boolean, nowMs: number): void {
    if (nowMs > this.blinkAtMs + blinkMs) this.blinkAtMs = nowMs + 1800 + ((nowMs * 7 + this.player.seat * 613) % 2600)
    const shut = away || (!this.look.calm && nowMs > this.blinkAtMs)
    const open = shut ? 0.14 : 1
    const unit = 1 / this.look.scale
    for (const [index, eye] of this.eyes.entries()) {
      const x = (index === 0 ? -4.1 : 4.1) + this.lookX * 1.6
      const y = -1.2 + this.lookY * 1.8
      eye.setPosition(x, y).setScale(unit, unit * open)
      this.pupils[index]!.setPosition(x + this.lookX * 1.2, y + this.lookY * 1.2).setScale(unit, unit * open)
    }
  }

  private updateLabel(centreX: number, away: boolean): void {
    const high = this.label.height
    const wide = this.label.width / 2
    // Clear of the own square's ring.
    const gap = this.own ? 7 : 2.5
    const above = this.y - high - gap > 0
    const x = Math.max(wide + 2, Math.min(gatherRules.width - wide - 2, centreX))
    this.label
      .setOrigin(0.5, above ? 1 : 0)
      .setPosition(x, above ? this.y - gap : this.y + side + gap)
      .setAlpha(this.alpha * (away ? 0.9 : 1))
  }

  private updateMarks(x: number, y: number, direction: Direction, nowMs: number): void {
    if (this.ring === null || this.pointer === null) return
    const { calm, scale } = this.look
    const breath = calm ? 1 : 1 + 0.035 * Math.sin(nowMs / 420)
    this.ring.setPosition(x, y).setScale(breath / scale).setAlpha(this.alpha)
    const since = nowMs - this.cameAtMs
    const shown = Math.max(0, Math.min(1, (pointMs - since) / 400)) * Math.min(1, since / 300)
    const bob = calm ? 0 : 3 * Math.sin(nowMs / 160)
    const above = this.y > 60
    this.pointer
      .setPosition(x, above ? this.y - this.label.height - 17 + bob : this.y + side + this.label.height + 17 - bob)
      .setFlipY(!above)
      .setAlpha(shown * (direction.dx === 0 && direction.dy === 0 ? 1 : 0.35))
  }
}
