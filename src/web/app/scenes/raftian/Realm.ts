/** Everything on Raftian's field, and what is told of it: to the eyes, the ears and those who listen. */
import type Phaser from "phaser"
import {
  isInGame,
  type RaftianHappening,
  type RaftianInput,
  type RaftianPerson,
  type RaftianView
} from "../../../../games/raftian/Schemas.ts"
import type { Frame, Stage } from "../../../Scene.ts"
import { dark } from "../../theme.ts"
import type { Drawing } from "../mountDrawing.ts"
import { lookAt, Part } from "../Part.ts"
import { Aims } from "./Aims.ts"
import { paintBackdrop } from "./backdrop.ts"
import { Blasts } from "./Blasts.ts"
import { Chronicle } from "./Chronicle.ts"
import { City } from "./City.ts"
import { Crown } from "./Crown.ts"
import { perform } from "./Deeds.ts"
import { layoutOf, type Look, paintLights, type Place } from "./look.ts"
import { Shots } from "./Shots.ts"
import { Timeline } from "./Timeline.ts"
import { Victory } from "./Victory.ts"

export type RaftianFrame = Frame<RaftianView>

/** How many happenings the chronicle has. */
const toldMax = 12
/** Names of those who left are kept while something is told of them, which is not for long. */
const personsMax = 64
/** Half of a city's width and height, for fingers. */
const touchX = 74
const touchY = 62

/** The field in the space that there is, and its pictures. */
const painted = (scene: Phaser.Scene, stage: Stage<RaftianInput>): Look => {
  const layout = layoutOf(scene.scale.width, scene.scale.height)
  const look = { ...lookAt(scene, stage, dark, scene.scale.width / layout.width), layout }
  paintLights(look)
  paintBackdrop(look)
  return look
}

export class Realm extends Part<Look> implements Drawing<RaftianView> {
  private readonly land = this.picture("land").setOrigin(0, 0)
  private readonly cities = new Map<number, City>()
  private readonly shots = new Shots(this.look)
  private readonly blasts = new Blasts(this.look)
  private readonly aims = new Aims(this.look)
  private readonly crown = new Crown(this.look)
  private readonly chronicle = new Chronicle(this.look)
  private readonly victory = new Victory(this.look)
  private readonly parts = [this.shots, this.blasts, this.aims, this.crown, this.chronicle, this.victory]
  private readonly timeline = new Timeline()
  private readonly persons = new Map<number, RaftianPerson>()
  private told: ReadonlyArray<RaftianHappening> = []
  private frame: RaftianFrame | null = null
  private happened: number | null = null
  private asked: number | null = null
  private hovered: number | null = null

  constructor(scene: Phaser.Scene, private readonly stage: Stage<RaftianInput>) {
    super(painted(scene, stage))
    this.dress()
  }

  override dress(): void {
    const { scene } = this.look
    const look = painted(scene, this.stage)
    super.dress(look)
    scene.cameras.main.setOrigin(0, 0).setZoom(look.scale).setScroll(0, 0)
    this.land.setScale(1 / look.scale)
    for (const part of [...this.parts, ...this.cities.values()]) part.dress(look)
  }

  update(frame: RaftianFrame): void {
    if (this.look.calm !== this.stage.reducedMotion()) this.dress()
    this.frame = frame
    const { blasts, cities, person, shots, stage } = this
    const { nowMs, passedMs, seat, view } = frame
    blasts.nowMs = nowMs
    if (this.persons.size > personsMax) this.persons.clear()
    for (const [key, person] of Object.entries(view.people)) this.persons.set(Number(key), person)
    this.updateCities(frame)
    this.hear(frame)
    for (const act of this.timeline.due(nowMs)) {
      if (act.kind === "happening") this.told = [...this.told, act.happening].slice(-toldMax)
      perform(act, frame, { stage, cities, shots, blasts, person })
    }
    if (this.timeline.isIdle) this.settle(view)
    this.aims.hear(view, seat)
    this.updateVictory(frame)
    for (const city of this.cities.values()) city.update(nowMs, passedMs)
    const own = seat === null ? undefined : this.cities.get(seat)
    const hovered = this.mayAttack(this.hovered) ? this.cities.get(this.hovered)?.ground : null
    this.aims.update(nowMs, hovered ?? null, own?.ground ?? null, (of) => this.cities.get(of)?.ground ?? null)
    this.crown.update(this.crowned(frame), nowMs, passedMs)
    this.shots.update(nowMs)
    this.blasts.update()
    this.victory.update(nowMs)
    this.chronicle.update({
      term: frame.log?.term ?? frame.epoch,
      leader: frame.host,
      committed: frame.log?.index ?? frame.seq,
      happenings: this.told,
      people: this.person
    }, nowMs)
  }

  /** The pointer is here; whether it is over something that can be chosen. */
  point(place: Place | null): boolean {
    this.hovered = place === null ? null : this.cityAt(place)
    const nowMs = this.frame?.nowMs ?? 0
    return (place !== null && this.victory.takes(place, nowMs)) || this.mayAttack(this.hovered)
  }

  /** A press on a place. */
  press(place: Place): void {
    if (this.victory.isShown) this.callAgain(place)
    else this.attack(this.cityAt(place))
  }

  /** The number of a city on the keyboard. */
  choose(number: number): void {
    for (const [seat, { shown }] of this.cities) if (shown.place === number - 1) return this.attack(seat)
  }

  /** The next round, by key or button. */
  callAgain(place: Place | null): void {
    const { frame } = this
    if (frame === null || this.asked === frame.view.round || !this.victory.takes(place, frame.nowMs)) return
    this.asked = frame.view.round
    this.stage.input.set({ again: true })
  }

  private attack(on: number | null): void {
    if (this.frame === null || !this.mayAttack(on) || this.aims.has(on)) return
    this.aims.say(on, this.frame.view.happened)
    this.stage.input.set({ attacks: on as never })
    this.stage.sound.play("count", 1.5)
  }

  private mayAttack(on: number | null): on is number {
    const { frame } = this
    if (on === null || frame === null || frame.seat === null || frame.seat === on) return false
    return frame.view.phase.name !== "won" && isInGame(frame.view.cities[frame.seat]) && isInGame(frame.view.cities[on])
  }

  private cityAt({ x, y }: Place): number | null {
    let best: number | null = null
    let bestDistance = 1
    for (const [seat, { ground }] of this.cities) {
      const [dx, dy] = [(x - ground.x) / touchX, (y - (ground.y - 18)) / touchY]
      const distance = dx * dx + dy * dy
      if (distance < bestDistance) {
        best = seat
        bestDistance = distance
      }
    }
    return best
  }

  private readonly person = (seat: number): RaftianPerson & { readonly own: boolean } => {
    const { color, name } = this.frame?.players.get(seat) ?? this.persons.get(seat) ??
      { name: "Somebody", color: dark.quiet }
    return { name, color, own: seat === this.frame?.seat }
  }

  private updateCities({ seat, view }: RaftianFrame): void {
    // First who leaves: whoever comes may have the same colour and place, and so the same pictures.
    for (const [number, city] of this.cities) {
      if (view.cities[number] !== undefined) continue
      city.destroy()
      this.cities.delete(number)
      this.stage.sound.play("leave")
    }
    for (const [key, city] of Object.entries(view.cities)) {
      const number = Number(key)
      const { color, name, own } = this.person(number)
      const shown = { name, color, own, place: city.place, away: city.away ?? false, waits: city.waits ?? false }
      const standing = this.cities.get(number)
      if (standing !== undefined) standing.describe(shown)
      else {
        this.cities.set(number, new City(this.look, shown, city.hp))
        if (this.happened !== null && number !== seat) this.stage.sound.play("join")
      }
    }
  }

  /** What is new: each happening is shown once, however many views were skipped. */
  private hear({ nowMs, view }: RaftianFrame): void {
    const fresh = view.happenings.filter(({ number }) => number > (this.happened ?? Infinity))
    const isWhole = this.happened !== null && view.happened - this.happened === fresh.length
    this.happened = view.happened
    if (isWhole) {
      for (const happening of fresh) this.timeline.add(happening, nowMs, this.look.calm)
      return
    }
    // The first view, another room, or more than is remembered: as it stands.
    this.timeline.clear()
    this.told = view.happenings
  }

  private settle(view: RaftianView): void {
    for (const [seat, city] of this.cities) {
      const hp = view.cities[seat]?.hp
      if (hp !== undefined && hp !== city.hp) city.set(hp)
    }
  }

  private updateVictory({ nowMs, seat, view }: RaftianFrame): void {
    if (view.phase.name !== "won") return this.victory.isShown ? this.victory.hide() : undefined
    if (!this.timeline.isIdle && !this.victory.isShown) return
    const { winner } = view.phase
    const { color, name, own } = this.person(winner)
    const won = view.cities[winner]?.gamesWon ?? 0
    const rounds = won > 1 ? ` · ${won} rounds won` : ""
    const mayAsk = seat !== null && view.cities[seat] !== undefined
    this.victory.show({
      title: own ? "Your city stands" : `${name} stands`,
      below: `The last city of round ${view.round}${rounds}`,
      color,
      button: !mayAsk ? null : this.asked === view.round ? "On its way" : "Again"
    }, nowMs)
  }

  /** The city of the node that leads; the first, if several play there. */
  private crowned({ players }: RaftianFrame): Place | null {
    for (const [seat, city] of this.cities) if (players.get(seat)?.hosts === true) return city.ground
    return null
  }
}
