/** Gather as players see it. */
import type Phaser from "phaser"
import { gatherRules } from "../../../../games/gather/Field.ts"
import type { GatherInput, GatherView } from "../../../../games/gather/Schemas.ts"
import { defineScene, type Direction, type Frame, type MountedScene, type Stage, type Theme } from "../../../Scene.ts"
import { playerColors } from "../../theme.ts"
import { displayFonts } from "../fonts.ts"
import { mountDrawing } from "../mountDrawing.ts"
import { refit, toNumber } from "../painting.ts"
import { gatherDescription } from "./description.ts"
import { Ribbon } from "./Ribbon.ts"
import { Seeds } from "./Seeds.ts"
import { Sparks } from "./Sparks.ts"
import { Square, type Surroundings } from "./Square.ts"
import { paintAll, paintBoard } from "./textures.ts"

const { height, width } = gatherRules

/** Everything on the field, once Phaser is ready. */
class Field {
  private readonly squares = new Map<number, Square>()
  private leaving: Array<Square> = []
  private readonly seeds: Seeds
  private readonly sparks: Sparks
  private readonly ribbon: Ribbon
  private readonly board: Phaser.GameObjects.Image
  private readonly round: Phaser.GameObjects.Text
  private readonly veil: Phaser.GameObjects.Rectangle
  private around: Surroundings
  private before: GatherView | null = null

  constructor(private readonly scene: Phaser.Scene, private readonly stage: Stage<GatherInput>) {
    this.around = this.look()
    paintAll(scene.textures, this.around.theme, this.around.scale)
    paintBoard(scene.textures, this.around.theme, this.around.scale)
    this.board = scene.add.image(width / 2, height / 2, "board").setDepth(0)
    this.round = scene.add.text(width / 2, height / 2, "", { fontFamily: displayFonts, fontStyle: "bold" })
      .setOrigin(0.5).setDepth(1).setAlpha(0.055)
    this.seeds = new Seeds(scene, gatherRules.gatherables)
    this.sparks = new Sparks(scene, displayFonts)
    this.ribbon = new Ribbon(scene)
    this.veil = scene.add.rectangle(width / 2, height / 2, width, height, 0).setDepth(15).setAlpha(0)
    this.dress()
  }

  /** The size or the colours have changed: everything is drawn anew at its size. */
  dress(): void {
    this.around = this.look()
    const { scale, theme } = this.around
    paintAll(this.scene.textures, theme, scale)
    paintBoard(this.scene.textures, theme, scale)
    this.scene.cameras.main.setOrigin(0, 0).setZoom(scale).setScroll(0, 0)
    refit(this.board)
    this.board.setScale(1 / scale)
    this.seeds.dress()
    this.round.setResolution(Math.min(2, scale)).setFontSize(330).setColor(theme.ink)
    this.veil.setFillStyle(toNumber(theme.field))
    for (const square of [...this.squares.values(), ...this.leaving]) square.dress(this.around)
  }

  update(frame: Frame<GatherView>): void {
    if (this.around.theme !== this.stage.theme() || this.around.calm !== this.stage.reducedMotion()) this.dress()
    const { nowMs, passedMs, view, waiting } = frame
    const { calm, scale } = this.around
    this.updateSquares(frame)
    this.tell(frame)
    this.seeds.update(nowMs, waiting ? 0 : passedMs, scale, calm)
    this.sparks.update(nowMs)
    this.ribbon.update(nowMs, calm)
    const round = String(view.round)
    if (this.round.text !== round) this.round.setText(round)
    const veiled = this.veil.alpha + ((waiting ? 0.5 : 0) - this.veil.alpha) * Math.min(1, passedMs / 180)
    this.veil.setAlpha(veiled).setVisible(veiled > 0.01)
    this.before = view
  }

  destroy(): void {
    for (const square of [...this.squares.values(), ...this.leaving]) square.destroy()
    this.seeds.destroy()
    this.sparks.destroy()
    this.ribbon.destroy()
  }

  private look(): Surroundings {
    const scale = Math.max(0.2, this.scene.scale.width / width)
    const theme: Theme = this.stage.theme()
    const cssScale = scale / (globalThis.devicePixelRatio || 1)
    return { scene: this.scene, theme, scale, cssScale, calm: this.stage.reducedMotion() }
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
        this.squares.set(number, new Square(this.around, known, own, nowMs))
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
    const { calm, cssScale, scale, theme } = this.around
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
      if (place !== undefined && !calm) {
        this.sparks.pickUp(place.x + half, place.y + half, theme.gold, color, own, scale, nowMs)
      }
      if (own) {
        this.sparks.word(`+${points}`, x, y - 22, theme.ink, theme.field, Math.max(17, 16 / cssScale), scale, nowMs)
        this.stage.announce(`You have ${line.score} of ${gatherRules.pointsToWin}.`)
      }
      this.stage.sound.play(own ? "pickUp" : "otherPickUp")
    }
  }

  private celebrate({ nowMs, players, seat, view }: Frame<GatherView>, winner: number, fresh: boolean): void {
    const { calm, scale, theme } = this.around
    const player = players.get(winner)
    const own = winner === seat
    const title = own ? "You take the round" : `${player?.name ?? "A player who left"} takes the round`
    const won = view.scoreboard[winner]?.gamesWon ?? 0
    const below = won === 0
      ? `Round ${view.round}`
      : `Round ${view.round} · ${won} ${won === 1 ? "round" : "rounds"} won`
    this.ribbon.show(title, below, player?.color ?? theme.gold, theme, scale, nowMs)
    if (!fresh) return
    if (!calm) this.sparks.confetti(playerColors.map(({ color }) => color), scale, nowMs)
    this.stage.sound.play(own ? "roundWon" : "roundLost")
    this.stage.announce(`${title}.`)
  }
}

const mount = (stage: Stage<GatherInput>): MountedScene<GatherView> => {
  const mounted = mountDrawing<GatherView>(stage, stage.theme().field, (scene) => new Field(scene, stage))
  const steer = ({ dx, dy }: Direction): void => stage.input.set({ dx, dy })
  // Keys may be down already.
  if (stage.input.direction.dx !== 0 || stage.input.direction.dy !== 0) steer(stage.input.direction)
  const endDirections = stage.input.onDirection(steer)
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
