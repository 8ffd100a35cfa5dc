/** Everything on Pong's field, and what is told of it: to the eyes, the ears and those who listen. */
import type Phaser from "phaser"
import { ballHalf, boardOf, faceDepth, isAcross, pongRules, type Side, sides } from "../../../../games/pong/Board.ts"
import type { PongGoal, PongInput, PongView } from "../../../../games/pong/Schemas.ts"
import type { Stage } from "../../../Scene.ts"
import { dark, playerColors } from "../../theme.ts"
import type { Drawing } from "../mountDrawing.ts"
import { toNumber } from "../painting.ts"
import { lookAt, Part } from "../Part.ts"
import { Bat, lightOf } from "./Bat.ts"
import { Comet } from "./Comet.ts"
import { Edges, type Keeper } from "./Edges.ts"
import { Fireworks } from "./Fireworks.ts"
import { inwards, type Look, paddleDepth, paintArena, paintLights, placeAt, type PongFrame } from "./look.ts"
import { type ScoreLine, Scores } from "./Scores.ts"
import { Serve } from "./Serve.ts"
import { Victory } from "./Victory.ts"

/** How many balls have been let in: what is new of it is told once, however many views were skipped. */
const goalsOf = ({ points, scores, serves, winner }: PongView): number =>
  Math.max(0, serves - 1) + (winner !== null && (scores[winner] ?? 0) >= points ? 1 : 0)

/** The whole board in the space that there is, and its pictures. */
const painted = (scene: Phaser.Scene, stage: Stage<PongInput>, seats: number): Look => {
  const board = boardOf(seats)
  const { height, width } = scene.scale
  const look = { ...lookAt(scene, stage, dark, Math.min(width / board.width, height / board.height)), board }
  paintLights(look)
  paintArena(look)
  return look
}

export class Court extends Part<Look> implements Drawing<PongView> {
  private readonly arena = this.picture("arena").setOrigin(0, 0)
  private readonly veil = this.look.scene.add.rectangle(0, 0, 10, 10, 0).setOrigin(0, 0).setDepth(55).setAlpha(0)
  private readonly bats = new Map<number, Bat>()
  private readonly edges = new Edges(this.look)
  private readonly comet = new Comet(this.look)
  private readonly fireworks = new Fireworks(this.look)
  private readonly scores = new Scores(this.look)
  private readonly serve = new Serve(this.look)
  private readonly victory = new Victory(this.look)
  private readonly parts = [this.edges, this.comet, this.fireworks, this.scores, this.serve, this.victory]
  private before: PongView | null = null
  /** The longest rally of this serve that was shown: a prediction that was taken back rings once. */
  private rally = 0
  private goals = 0
  private counted = 0
  private over = false

  constructor(
    scene: Phaser.Scene,
    private readonly stage: Stage<PongInput>,
    private readonly seats: PongView["seats"]
  ) {
    super(painted(scene, stage, seats))
    this.dress()
  }

  override dress(): void {
    const look = painted(this.look.scene, this.stage, this.seats)
    super.dress(look)
    this.arena.setScale(1 / look.scale)
    this.veil.setSize(look.board.width, look.board.height).setFillStyle(toNumber(look.theme.page))
    for (const part of [...this.parts, ...this.bats.values()]) part.dress(look)
    this.aim([0, 0])
  }

  update(frame: PongFrame): void {
    if (this.look.calm !== this.stage.reducedMotion()) this.dress()
    const { nowMs, passedMs, view, waiting } = frame
    this.fireworks.nowMs = nowMs
    this.updateBats(frame)
    this.tell(frame)
    this.updateBall(frame)
    this.edges.update(this.keepers(frame), nowMs, passedMs)
    this.scores.update(this.lines(frame), view.rally, nowMs)
    this.serve.update(frame, this.targetColor(frame))
    this.fireworks.update()
    this.victory.update(nowMs)
    const veiled = this.veil.alpha +
      ((waiting && view.winner === null ? 0.55 : 0) - this.veil.alpha) * Math.min(1, passedMs / 180)
    this.veil.setAlpha(veiled).setVisible(veiled > 0.01)
    this.aim(this.fireworks.shaking())
    this.before = view
  }

  private aim([offX, offY]: readonly [number, number]): void {
    const { board, scale, scene } = this.look
    const { height, width } = scene.scale
    scene.cameras.main.setOrigin(0, 0).setZoom(scale).setScroll(
      (board.width - width / scale) / 2 + offX,
      (board.height - height / scale) / 2 + offY
    )
  }

  // ------------------------------------------------------------------ what is where

  private updateBats({ nowMs, passedMs, players, points, seat, view }: PongFrame): void {
    for (const [key, { at, side }] of Object.entries(view.paddles)) {
      const number = Number(key)
      const player = players.get(number)
      const own = number === seat
      const standing = this.bats.get(number)
      if (standing !== undefined && (standing.own !== own || standing.side !== side)) {
        standing.destroy()
        this.bats.delete(number)
      }
      if (player !== undefined && !this.bats.has(number)) {
        this.bats.set(number, new Bat(this.look, player, side, own, nowMs))
        if (this.before !== null && !own && view.phase === "waiting") this.stage.sound.play("join")
      }
      const place = points[key] ?? placeAt(side, this.look.board, paddleDepth, at)
      this.bats.get(number)?.update(player, place, nowMs, passedMs)
    }
    for (const [number, bat] of this.bats) {
      if (view.paddles[number] !== undefined) continue
      bat.destroy()
      this.bats.delete(number)
      this.stage.sound.play("leave")
    }
  }

  private keepers({ players, seat, view }: PongFrame): { readonly [side in Side]: Keeper | null } {
    const keepers: { [side in Side]: Keeper | null } = { left: null, right: null, top: null, bottom: null }
    for (const [key, { side }] of Object.entries(view.paddles)) {
      const player = players.get(Number(key))
      keepers[side] = { color: player?.color ?? dark.quiet, own: Number(key) === seat }
    }
    // Who is expected has no wall yet.
    if (view.phase === "waiting") {
      for (const side of sides.slice(0, view.seats)) keepers[side] ??= { color: dark.quiet, own: false }
    }
    return keepers
  }

  private lines({ players, seat, view }: PongFrame): ReadonlyArray<ScoreLine> {
    return Object.entries(view.paddles).flatMap(([key, { side }]) => {
      const player = players.get(Number(key))
      return player === undefined
        ? []
        : [{ seat: Number(key), side, own: Number(key) === seat, score: view.scores[key] ?? 0, player }]
    })
  }

  /** Where the ball is drawn: never beyond the edges, wherever smoothing would lead it. */
  private ballAt({ points, view }: PongFrame): readonly [x: number, y: number] {
    const { height, width } = this.look.board
    const [x, y] = points["ball"] ?? [view.ball.x, view.ball.y]
    const within = (value: number, most: number): number => Math.max(ballHalf, Math.min(most - ballHalf, value))
    return [within(x ?? view.ball.x, width), within(y ?? view.ball.y, height)]
  }

  private updateBall(frame: PongFrame): void {
    const { nowMs, players, view } = frame
    if (view.phase === "waiting" || view.phase === "over") return this.comet.hide()
    const [x, y] = view.phase === "serving" ? [view.ball.x, view.ball.y] : this.ballAt(frame)
    const touch = view.touched[0]
    const color = touch === undefined ? dark.ink : lightOf(players.get(touch), dark.ink)
    this.comet.update(x, y, color, heatOf(view.rally), nowMs)
  }

  /** The colour of the player to whom the serve goes. */
  private targetColor({ players, view }: PongFrame): string {
    const { vx, vy } = view.ball
    const side: Side = Math.abs(vx) > Math.abs(vy) ? (vx < 0 ? "left" : "right") : vy < 0 ? "top" : "bottom"
    const seat = Object.keys(view.paddles).find((key) => view.paddles[key]!.side === side)
    return lightOf(seat === undefined ? undefined : players.get(Number(seat)), dark.ink)
  }

  // ------------------------------------------------------------------ what is new

  private tell(frame: PongFrame): void {
    const { view } = frame
    const { before } = this
    const another = before !== null && (view.serves < before.serves || (this.over && view.phase !== "over"))
    if (before === null || another) return this.begin(frame)
    const goals = goalsOf(view)
    if (goals > this.goals && view.goal !== null) this.tellGoal(frame, view.goal, before)
    if (view.serves !== before.serves) this.rally = 0
    else if (view.phase === "playing") this.tellMeetings(frame, before)
    this.goals = Math.max(goals, this.goals)
    const number = this.serve.numberOf(frame)
    if (number !== this.counted && before.phase !== "waiting") this.stage.sound.play(number === 0 ? "go" : "count")
    this.counted = view.phase === "over" ? 0 : number
    if (view.phase === "over" && !this.over) this.celebrate(frame, true)
  }

  /** Another match, or the first view of one. */
  private begin(frame: PongFrame): void {
    const { view } = frame
    this.rally = view.rally
    this.goals = goalsOf(view)
    this.counted = this.serve.numberOf(frame)
    this.over = false
    this.victory.hide()
    if (view.phase === "over") this.celebrate(frame, false)
  }

  private tellMeetings(frame: PongFrame, before: PongView): void {
    const { nowMs, players, seat, view } = frame
    const ball = this.ballAt(frame)
    const heat = heatOf(view.rally)
    const hitter = view.touched[0]
    const paddle = hitter === undefined ? undefined : view.paddles[hitter]
    if (view.rally > this.rally && hitter !== undefined && paddle !== undefined) {
      this.rally = view.rally
      const along = isAcross(paddle.side) ? ball[1] : ball[0]
      const [x, y] = placeAt(paddle.side, this.look.board, faceDepth - ballHalf, along)
      this.fireworks.hit(x, y, ...inwards[paddle.side], lightOf(players.get(hitter), dark.ink), heat)
      this.bats.get(hitter)?.hit(nowMs)
      this.stage.sound.play(hitter === seat ? "hit" : "otherHit", 1 + heat * 0.5)
      return
    }
    if (view.rally !== before.rally || before.phase !== "playing") return
    const turned = view.ball.vx * before.ball.vx < 0 || view.ball.vy * before.ball.vy < 0
    const side = turned ? this.wallBeside(frame, ball) : undefined
    if (side === undefined) return
    const [x, y] = placeAt(side, this.look.board, 2, isAcross(side) ? ball[1] : ball[0])
    this.fireworks.bounce(x, y, ...inwards[side], dark.ink)
    this.stage.sound.play("bounce", 1 + heat * 0.3)
  }

  private wallBeside({ view }: PongFrame, [x, y]: readonly [number, number]): Side | undefined {
    const { height, width } = this.look.board
    const guarded = new Set(Object.values(view.paddles).map(({ side }) => side))
    const near = 3 * pongRules.speedMax
    const offs: { readonly [side in Side]: number } = { left: x, right: width - x, top: y, bottom: height - y }
    return sides.filter((side) => !guarded.has(side) && offs[side] < near).sort((a, b) => offs[a] - offs[b])[0]
  }

  private tellGoal({ nowMs, players, seat, view }: PongFrame, goal: PongGoal, before: PongView): void {
    const by = goal.by === null ? undefined : players.get(goal.by)
    const color = lightOf(by, dark.ink)
    const [x, y] = placeAt(goal.side, this.look.board, 4, goal.at)
    this.fireworks.goal(x, y, ...inwards[goal.side], color)
    this.edges.flash(goal.side, color, nowMs)
    this.comet.hide()
    const place = goal.by === null ? null : this.scores.besideOf(goal.by)
    if (place !== null) this.fireworks.word("+1", place[0], place[1], color, 28)
    if (before.phase === "over") return
    this.stage.sound.play(goal.by === seat ? "point" : goal.on === seat ? "pointLost" : "otherPickUp")
    const who = goal.by === seat ? "You score" : by === undefined ? "Nobody scores" : `${by.name} scores`
    const own = seat === null ? undefined : view.scores[seat]
    this.stage.announce(`${who}.${own === undefined ? "" : ` You have ${own} of ${view.points}.`}`)
  }

  private celebrate({ nowMs, players, seat, view }: PongFrame, fresh: boolean): void {
    if (view.winner === null) return
    this.over = true
    const player = players.get(view.winner)
    const own = view.winner === seat
    const title = own ? "You win" : `${player?.name ?? "A player who left"} wins`
    const all = Object.entries(view.scores).sort(([a, x], [b, y]) =>
      Number(Number(b) === view.winner) - Number(Number(a) === view.winner) || y - x
    )
    const alone = (view.scores[view.winner] ?? 0) < view.points
    const below = alone ? "Everybody else has left" : all.map(([, score]) => `${score}`).join(" : ")
    const color = player?.color ?? dark.gold
    this.victory.show(title, below, color, nowMs)
    if (!fresh) return
    this.fireworks.confetti([color, color, lightOf(player, dark.gold), ...playerColors.map((each) => each.color)])
    this.stage.sound.play(own || seat === null ? "roundWon" : "roundLost")
    this.stage.announce(`${title}.`)
  }
}

/** 0 at a serve, 1 from the rally on that the ball does not get faster in. */
const heatOf = (rally: number): number => Math.min(1, rally / 16)
