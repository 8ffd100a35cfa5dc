/** The four edges of the field: goals that shine in their guard's colour, walls that are a bright line. */
import type Phaser from "phaser"
import { type Side, sides } from "../../../../games/pong/Board.ts"
import { toNumber } from "../painting.ts"
import { Part } from "../Part.ts"
import { lengthOf, type Look, placeAt, turnOf } from "./look.ts"

/** A wall's line, in field units. */
const wallThickness = 3
/** A wall stands, and a goal's light comes, in so long. */
const riseMs = 450
const flashMs = 700

interface Edge {
  readonly light: Phaser.GameObjects.Image
  readonly wall: Phaser.GameObjects.Rectangle
  readonly sheen: Phaser.GameObjects.Image
  /** 0 to 1. */
  guarded: number
  walled: number
  flashedAtMs: number
  flashColor: string
}

/** Who guards a side. */
export interface Keeper {
  readonly color: string
  readonly own: boolean
}

export class Edges extends Part<Look> {
  private readonly edges = { left: this.edge(), right: this.edge(), top: this.edge(), bottom: this.edge() }

  override dress(look: Look): void {
    super.dress(look)
    const { board, scale, theme } = look
    for (const side of sides) {
      const { light, sheen, wall } = this.edges[side]
      const [x, y] = placeAt(side, board, 0, lengthOf(side, board) / 2)
      for (const part of [light, sheen, wall]) part.setPosition(x, y).setAngle(turnOf[side])
      light.setScale(1 / scale, lengthOf(side, board) / (8 * scale))
      sheen.setTint(toNumber(theme.quiet))
      wall.setFillStyle(toNumber(theme.quiet))
    }
  }

  /** Something happened at this edge. */
  flash(side: Side, color: string, nowMs: number): void {
    const edge = this.edges[side]
    edge.flashedAtMs = nowMs
    edge.flashColor = color
  }

  update(keepers: { readonly [side in Side]: Keeper | null }, nowMs: number, passedMs: number): void {
    const { board, calm, scale } = this.look
    for (const side of sides) {
      const edge = this.edges[side]
      const keeper = keepers[side]
      const step = calm ? 1 : passedMs / riseMs
      edge.guarded = Math.max(0, Math.min(1, edge.guarded + (keeper === null ? -step : step)))
      edge.walled = Math.max(0, Math.min(1, edge.walled + (keeper === null ? step : -step)))
      const since = (nowMs - edge.flashedAtMs) / flashMs
      const flash = since < 1 ? (1 - since) * (1 - since) : 0
      const breath = keeper?.own === true && !calm ? 0.12 * Math.sin(nowMs / 520) : 0
      const strength = edge.guarded * ((keeper?.own === true ? 0.95 : 0.55) + breath)
      const color = flash > 0.02 ? edge.flashColor : keeper?.color
      if (color !== undefined) edge.light.setTint(toNumber(color))
      edge.light.setAlpha(Math.min(1, strength + flash)).setVisible(strength + flash > 0.01)
      const length = lengthOf(side, board)
      edge.wall.setVisible(edge.walled > 0.01).setAlpha(0.9).setScale(1, (edge.walled * length) / 10)
      edge.sheen
        .setVisible(edge.walled > 0.01)
        .setAlpha(0.3 * edge.walled)
        .setScale(0.26 / scale, (edge.walled * length) / (8 * scale))
    }
  }

  private edge(): Edge {
    const { scene, theme } = this.look
    return {
      light: this.light("edge", theme.ink, 1).setOrigin(0, 0.5),
      wall: scene.add.rectangle(0, 0, wallThickness, 10, 0xffffff).setDepth(3).setOrigin(0, 0.5),
      sheen: this.light("edge", theme.quiet, 2).setOrigin(0, 0.5),
      guarded: 0,
      walled: 0,
      flashedAtMs: -Infinity,
      flashColor: theme.ink
    }
  }
}
