/** Gather as players see it. */
import type Phaser from "phaser"
import { gatherRules } from "../../../../games/gather/Field.ts"
import type { GatherInput, GatherView } from "../../../../games/gather/Schemas.ts"
import { defineScene, type Frame, type MountedScene, type Stage } from "../../../Scene.ts"
import { playerColors } from "../../theme.ts"
import { displayFonts } from "../fonts.ts"
import { mountDrawing } from "../mountDrawing.ts"
import { toNumber } from "../painting.ts"
import { type FieldLook, lookAt, Part } from "../Part.ts"
import { gatherDescription } from "./description.ts"
import { Ribbon } from "./Ribbon.ts"
import { Seeds } from "./Seeds.ts"
import { Sparks } from "./Sparks.ts"
import { Square } from "./Square.ts"
import { paintAll, paintBoard } from "./textures.ts"

const { height, width } = gatherRules

/** The field in the space that there is, and its pictures. */
const painted = (scene: Phaser.Scene, stage: Stage<GatherInput>): FieldLook => {
  const look = lookAt(scene, stage, stage.theme(), scene.scale.width / width)
  paintAll(look)
  paintBoard(look)
  return look
}

/** Everything on the field, once Phaser is ready. */
class Field extends Part<FieldLook> {
  private readonly squares = new Map<number, Square>()
  private leaving: Array<Square> = []
  private readonly board = this.picture("board").setPosition(width / 2, height / 2)
  private readonly round = this.words(displayFonts, 1).setPosition(width / 2, height / 2).setAlpha(0.055)
  private readonly seeds = new Seeds(this.look)
  private readonly sparks = new Sparks(this.look)
  private readonly ribbon = new Ribbon(this.look)
  private readonly veil = this.look.scene.add.rectangle(width / 2, height / 2, width, height, 0).setDepth(15).setAlpha(
    0
  )
  private before: GatherView | null = null

  constructor(scene: Phaser.Scene, private readonly stage: Stage<GatherInput>) {
    super(painted(scene, stage))
    this.dress()
  }

  /** The size or the colours have changed: everything is drawn anew at its size. */
  override dress(): void {
    const { scene } = this.look
    const look = painted(scene, this.stage)
    super.dress(look)
    scene.cameras.main.setOrigin(0, 0).setZoom(look.scale).setScroll(0, 0)
    this.board.setScale(1 / look.scale)
    this.round.setResolution(Math.min(2, look.scale)).setFontSize(330).setColor(look.theme.ink)
    this.veil.setFillStyle(toNumber(look.theme.field))
    const parts = [this.seeds, this.sparks, this.ribbon, ...this.squares.values(), ...this.leaving]
    for (const part of parts) part.dress(look)
  }

  update(frame: Frame<GatherView>): void {
    if (this.look.theme !== this.stage.theme() || this.look.calm !== this.stage.reducedMotion()) this.dress()
    const { nowMs, passedMs, view, waiting } = frame
    this.sparks.nowMs = nowMs
    this.updateSquares(frame)
    this.tell(frame)
    this.seeds.update(nowMs, waiting ? 0 : passedMs)
    this.sparks.update()
    this.ribbon.update(nowMs)
    const round = String(view.round)
    if (this.round.text !== round) this.round.setText(round)
    const veiled = this.veil.alpha + ((waiting ? 0.5 : 0) - this.veil.alpha) * Math.min(1, passedMs / 180)
    this.veil.setAlpha(veiled).setVisible(veiled > 0.01)
    this.before = view
  }

  private updateSquares({ nowMs, passedMs, players, points, seat, view }: Frame<GatherView>): void {
    for (const [key, player] of Object.entries(view.players)) {
      const number = Number(key)
      const known = players.get(number)
      const standing = this.squares.get(number)
      const own = number === seat
      if (standing !== undefined && standing.own !== own) {
        standing.destroy()
        this.squares.delete(number)
      }
      if (known !== undefined && !this.squares.has(number)) {
        this.squares.set(number, new Square(this.look, known, own, nowMs))
        if (this.before !== null && !own) this.stage.sound.play("join")
      }
      this.squares.get(number)?.update(known, points[key] ?? [player.x, player.y], player, nowMs, passedMs)
    }
    for (const [number, square] of this.squares) {
      if (view.players[number] !== undefined) continue
      this.squares.delete(number)
      this.leaving.push(square)
      square.go(nowMs)
      this.stage.sound.play("leave")
    }
    this.leaving = this.leaving.filter((square) => {
      square.update(undefined, undefined, { dx: 0, dy: 0 }, nowMs, passedMs)
      if (square.isGone) square.destroy()
      return !square.isGone
    })
  }

  /** What is new in this view: gathered things, rounds won. */
  private tell(frame: Frame<GatherView>): void {
    const { nowMs, view } = frame
    const { before } = this
    const gone = this.seeds.show(view.gatherables, nowMs)
    if (before === null || before === view) {
      if (before === null && view.phase.name === "celebrating") this.celebrate(frame, view.phase.winner, false)
      return
    }
    if (view.scoreboard !== before.scoreboard) this.tellScores(frame, before, gone)
    if (view.phase.name === "celebrating" && before.phase.name === "playing") {
      this.celebrate(frame, view.phase.winner, true)
    }
    if (view.phase.name === "playing" && before.phase.name === "celebrating") this.ribbon.end(nowMs)
  }

  private tellScores(
    { nowMs, seat, view }: Frame<GatherView>,
    before: GatherView,
    gone: ReadonlyArray<{ readonly x: number; readonly y: number }>
  ): void {
    const half = gatherRules.square / 2
    const places = [...gone]
    for (const [key, line] of Object.entries(view.scoreboard)) {
      const square = this.squares.get(Number(key))
      const points = line.score - (before.scoreboard[key]?.score ?? 0)
      if (square === undefined || points <= 0) continue
      const own = Number(key) === seat
      const { color, x, y } = square.place
      square.pop(nowMs)
      places.sort((a, b) =>
        Math.abs(a.x + half - x) + Math.abs(a.y + half - y) - Math.abs(b.x + half - x) - Math.abs(b.y + half - y)
      )
      const place = places.shift()
      if (place !== undefined) this.sparks.pickUp(place.x + half, place.y + half, color, own)
      if (own) {
        this.sparks.word(`+${points}`, x, y - 22)
        this.stage.announce(`You have ${line.score} of ${gatherRules.pointsToWin}.`)
      }
      this.stage.sound.play(own ? "pickUp" : "otherPickUp")
    }
  }

  private celebrate({ nowMs, players, seat, view }: Frame<GatherView>, winner: number, fresh: boolean): void {
    const player = players.get(winner)
    const own = winner === seat
    const title = own ? "You take the round" : `${player?.name ?? "A player who left"} takes the round`
    const won = view.scoreboard[winner]?.gamesWon ?? 0
    const below = won === 0
      ? `Round ${view.round}`
      : `Round ${view.round} · ${won} ${won === 1 ? "round" : "rounds"} won`
    this.ribbon.show(title, below, player?.color ?? this.look.theme.gold, nowMs)
    if (!fresh) return
    this.sparks.confetti(playerColors.map(({ color }) => color))
    this.stage.sound.play(own ? "roundWon" : "roundLost")
    this.stage.announce(`${title}.`)
  }
}

const mount = (stage: Stage<GatherInput>): MountedScene<GatherView> => {
  const mounted = mountDrawing<GatherView>(stage, stage.theme().field, (scene) => new Field(scene, stage))
  const { direction, onDirection, set } = stage.input
  // Keys may be down already.
  if (direction.dx !== 0 || direction.dy !== 0) set(direction)
  const endDirections = onDirection(set)
  return {
    ...mounted,
    destroy: () => {
      endDirections()
      mounted.destroy()
    }
  }
}

/** The scene of Gather. */
export const gatherScene = defineScene<GatherInput, GatherView>({ ...gatherDescription, mount })
