/** Names and points on the field: above it for two, before each side on the square; and the length of the rally. */
import type Phaser from "phaser"
import type { Board, Side } from "../../../../games/pong/Board.ts"
import type { ScenePlayer } from "../../../Scene.ts"
import { displayFonts, sansFonts } from "../fonts.ts"
import { blend, shortened } from "../painting.ts"
import { Part } from "../Part.ts"
import { lengthOf, lit, type Look, placeAt } from "./look.ts"

const popMs = 420
/** Rallies are counted on the field from here on. */
const rallyFrom = 4

interface Line {
  readonly points: Phaser.GameObjects.Text
  readonly name: Phaser.GameObjects.Text
  readonly side: Side
  readonly own: boolean
  score: number
  poppedAtMs: number
}

export interface ScoreLine {
  readonly seat: number
  readonly side: Side
  readonly own: boolean
  readonly score: number
  readonly player: ScenePlayer
}

interface Spot {
  readonly points: readonly [x: number, y: number]
  readonly name: readonly [x: number, y: number]
  /** Of the name: which of its ends is at its place. */
  readonly align: number
}

/** Where a side's points and name are. */
const spotOf = (side: Side, board: Board): Spot => {
  const { height, width } = board
  if (width !== height) {
    const way = side === "left" ? -1 : 1
    return { points: [width / 2 + way * 44, 46], name: [width / 2 + way * 82, 46], align: side === "left" ? 1 : 0 }
  }
  const depth = { left: 138, right: 138, top: 124, bottom: 150 }[side]
  const [x, y] = placeAt(side, board, depth, lengthOf(side, board) / 2)
  return { points: [x, y], name: [x, y + 38], align: 0.5 }
}

export class Scores extends Part<Look> {
  private readonly lines = new Map<number, Line>()
  private readonly rally = this.words(displayFonts, 2).setAlpha(0)
  private rallied = 0
  private ralliedAtMs = -Infinity

  override dress(look: Look): void {
    super.dress(look)
    for (const line of this.lines.values()) this.dressLine(line)
    this.rally.setPosition(look.board.width / 2, look.board.height / 2).setResolution(Math.min(2, look.scale))
      .setFontSize(120).setColor(look.theme.ink)
  }

  /** Beside a player's points, for what flies up from there. */
  besideOf(seat: number): readonly [x: number, y: number] | null {
    const line = this.lines.get(seat)
    if (line === undefined) return null
    const { board } = this.look
    const [x, y] = spotOf(line.side, board).points
    return board.width === board.height ? [x + 46, y + 8] : [x, y + 66]
  }

  update(lines: ReadonlyArray<ScoreLine>, rally: number, nowMs: number): void {
    const here = new Set(lines.map(({ seat }) => seat))
    for (const [seat, line] of this.lines) if (!here.has(seat)) this.drop(seat, line)
    for (const line of lines) this.updateLine(line, nowMs)
    this.updateRally(rally, nowMs)
  }

  private drop(seat: number, line: Line): void {
    line.points.destroy()
    line.name.destroy()
    this.lines.delete(seat)
  }

  private dressLine({ name, own, points, side }: Line): void {
    const { board, cssScale, scale, theme } = this.look
    const spot = spotOf(side, board)
    const square = board.width === board.height
    points.setResolution(scale).setFontSize(Math.max(square ? 50 : 54, 22 / cssScale)).setPosition(...spot.points)
    name
      .setResolution(scale)
      .setFontSize(Math.max(15, 11 / cssScale))
      .setFontStyle(own ? "bold" : "600")
      .setColor(own ? theme.ink : blend(theme.quiet, theme.ink, 0.35))
      .setOrigin(spot.align, 0.5)
      .setPosition(...spot.name)
  }

  private updateLine({ own, player, score, seat, side }: ScoreLine, nowMs: number): void {
    const { scene } = this.look
    let line = this.lines.get(seat)
    if (line !== undefined && (line.own !== own || line.side !== side)) {
      this.drop(seat, line)
      line = undefined
    }
    if (line === undefined) {
      line = {
        points: scene.add.text(0, 0, "", { fontFamily: displayFonts, fontStyle: "bold" }).setOrigin(0.5).setDepth(4),
        name: scene.add.text(0, 0, "", { fontFamily: sansFonts }).setDepth(4),
        side,
        own,
        score,
        poppedAtMs: -Infinity
      }
      this.lines.set(seat, line)
      this.dressLine(line)
    }
    if (score > line.score) line.poppedAtMs = nowMs
    line.score = score
    const long = this.look.cssScale < 0.7 ? 9 : 18
    const name = shortened(player.name, long)
    const text = player.away ? `${name} · away` : name
    if (line.name.text !== text) line.name.setText(text)
    if (line.points.text !== `${score}`) line.points.setText(`${score}`)
    line.points.setColor(lit(player.color))
    const since = (nowMs - line.poppedAtMs) / popMs
    const pop = since < 1 && !this.look.calm ? Math.sin(since * Math.PI) * (1 - since * 0.5) : 0
    line.points.setScale(1 + 0.6 * pop).setAlpha(0.72 + 0.28 * Math.min(1, pop * 2))
  }

  private updateRally(rally: number, nowMs: number): void {
    if (rally > this.rallied && rally >= rallyFrom) {
      this.ralliedAtMs = nowMs
      this.rally.setText(`${rally}`)
    }
    this.rallied = rally
    const aim = rally >= rallyFrom ? 0.075 : 0
    const since = Math.min(1, (nowMs - this.ralliedAtMs) / 300)
    const alpha = this.rally.alpha + (aim - this.rally.alpha) * 0.12
    const pop = this.look.calm ? 0 : 0.16 * (1 - since) * (1 - since)
    this.rally.setAlpha(alpha + pop * 0.4).setScale(1 + pop).setVisible(alpha > 0.004)
  }
}
