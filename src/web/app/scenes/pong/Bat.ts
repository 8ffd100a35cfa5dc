/** One player's paddle, with its flash when it meets the ball, and the mark of the own one. */
import type Phaser from "phaser"
import { pongRules, type Side } from "../../../../games/pong/Board.ts"
import type { ScenePlayer } from "../../../Scene.ts"
import { displayFonts } from "../fonts.ts"
import { Part } from "../Part.ts"
import { inwards, lengthOf, lit, type Look, paddleKey, paintPaddle, placeAt, turnOf } from "./look.ts"

const hitMs = 220
/** How far it gives way to the ball, in field units. */
const recoil = 5
/** The own paddle is pointed at with a word for so long. */
const pointMs = 5_000

export class Bat extends Part<Look> {
  private readonly body: Phaser.GameObjects.Image
  private readonly flash: Phaser.GameObjects.Image
  private readonly pointer: Phaser.GameObjects.Image | null
  private readonly word: Phaser.GameObjects.Text | null
  private hitAtMs = -Infinity
  private x: number
  private y: number
  private alpha = 0

  constructor(
    look: Look,
    private player: ScenePlayer,
    readonly side: Side,
    readonly own: boolean,
    private readonly cameAtMs: number
  ) {
    super(look)
    paintPaddle(look, player.color)
    this.body = this.picture(paddleKey(player.color), 10).setAngle(turnOf[side])
    this.flash = this.light("flash", look.theme.ink, 11).setAngle(turnOf[side])
    this.pointer = own ? this.picture("pointer", 12).setAngle(turnOf[side]) : null
    this.word = own ? this.words(displayFonts, 31).setText("YOU") : null
    ;[this.x, this.y] = placeAt(side, look.board, pongRules.paddleInset, lengthOf(side, look.board) / 2)
    this.dress(look)
  }

  override dress(look: Look): void {
    paintPaddle(look, this.player.color)
    super.dress(look)
    for (const image of [this.body, this.flash, this.pointer]) image?.setScale(1 / look.scale)
    this.word?.setResolution(look.scale).setFontSize(Math.max(15, 12 / look.cssScale)).setColor(look.theme.ink)
  }

  /** It has met the ball. */
  hit(nowMs: number): void {
    this.hitAtMs = nowMs
  }

  update(
    player: ScenePlayer | undefined,
    point: ReadonlyArray<number> | undefined,
    nowMs: number,
    passedMs: number
  ): void {
    if (player !== undefined && player.color !== this.player.color) {
      this.player = player
      this.dress(this.look)
      this.body.setTexture(paddleKey(player.color))
    }
    this.x = point?.[0] ?? this.x
    this.y = point?.[1] ?? this.y
    const { calm, scale } = this.look
    const since = Math.min(1, (nowMs - this.hitAtMs) / hitMs)
    const struck = (1 - since) * (1 - since)
    const [inX, inY] = inwards[this.side]
    const back = calm ? 0 : recoil * struck * Math.cos(since * 5)
    const [x, y] = [this.x - inX * back, this.y - inY * back]
    this.alpha += ((player?.away === true ? 0.35 : 1) - this.alpha) * Math.min(1, passedMs / 120)
    const swell = calm ? 1 : 1 + 0.12 * struck
    this.body.setPosition(x, y).setAlpha(this.alpha).setScale(swell / scale)
    this.flash.setPosition(x, y).setAlpha(struck * 0.9 * this.alpha).setVisible(struck > 0.01).setScale(swell / scale)
    this.mark(nowMs)
  }

  /** Behind the own paddle, always; a word before it at first. */
  private mark(nowMs: number): void {
    if (this.pointer === null || this.word === null) return
    const { calm } = this.look
    const [inX, inY] = inwards[this.side]
    const bob = calm ? 0 : 1.6 * Math.sin(nowMs / 260)
    this.pointer.setPosition(this.x - inX * (19 + bob), this.y - inY * (19 + bob)).setAlpha(this.alpha * 0.9)
    const since = nowMs - this.cameAtMs
    const shown = Math.max(0, Math.min(1, (pointMs - since) / 500)) * Math.min(1, since / 300)
    this.word
      .setOrigin(0.5 - inX * 0.5, 0.5 - inY * 0.5)
      .setPosition(this.x + inX * (18 - bob), this.y + inY * (18 - bob))
      .setAlpha(shown)
      .setVisible(shown > 0.01)
  }
}

/** The colour of a paddle's light. */
export const lightOf = (player: ScenePlayer | undefined, fallback: string): string =>
  player === undefined ? fallback : lit(player.color)
