/** What each happening looks and sounds like. */
import type { RaftianInput, RaftianView } from "../../../../games/raftian/Schemas.ts"
import type { RaftianHappening } from "../../../../games/raftian/Schemas.ts"
import type { Frame, Stage } from "../../../Scene.ts"
import { playerColors } from "../../theme.ts"
import type { Blasts } from "./Blasts.ts"
import type { City } from "./City.ts"
import type { Shots } from "./Shots.ts"
import type { Act } from "./Timeline.ts"
import { type People, sentence, textOf } from "./words.ts"

export interface Surroundings {
  readonly stage: Stage<RaftianInput>
  readonly cities: ReadonlyMap<number, City>
  readonly shots: Shots
  readonly blasts: Blasts
  readonly person: People
}

export class Deeds {
  constructor(private readonly around: Surroundings) {}

  perform(act: Act, frame: Frame<RaftianView>): void {
    const { sound } = this.around.stage
    if (act.kind === "launch") {
      const [from, to] = [this.around.cities.get(act.by), this.around.cities.get(act.on)]
      if (from === undefined || to === undefined) return
      this.around.shots.launch({
        from: from.heart,
        to: to.heart,
        color: from.shown.color,
        startsAtMs: act.atMs,
        landsAtMs: act.landsAtMs
      })
      return sound.play("launch", act.by === frame.seat ? 1.2 : 1)
    }
    const { happening } = act
    if (happening.kind === "hit") this.strike(happening, frame)
    else if (happening.kind === "fell") this.fell(happening.on, frame)
    else if (happening.kind === "won") this.celebrate(happening.by, frame)
    else if (happening.kind === "again") {
      for (const city of this.around.cities.values()) city.set(100)
      sound.play("go")
    } else if (happening.kind === "missed" && happening.by === frame.seat) sound.play("otherHit")
    const concernsOwn = happening.by === frame.seat || ("on" in happening && happening.on === frame.seat)
    if (concernsOwn || happening.kind === "fell" || happening.kind === "won") {
      this.around.stage.announce(`${textOf(sentence(happening, this.around.person))}.`)
    }
  }

  private strike(
    { by, damage, hp, on }: Extract<RaftianHappening, { kind: "hit" }>,
    { nowMs, seat }: Frame<RaftianView>
  ): void {
    const city = this.around.cities.get(on)
    this.around.stage.sound.play("impact", on === seat ? 0.8 : 1)
    if (city === undefined) return
    // The last hit is seen as it falls, which the next happening tells.
    if (hp > 0) city.hit(hp, nowMs)
    this.around.blasts.hit(city.heart, this.around.person(by).color, damage, nowMs)
  }

  private fell(on: number, { nowMs }: Frame<RaftianView>): void {
    const city = this.around.cities.get(on)
    this.around.stage.sound.play("fall")
    if (city === undefined) return
    city.fall(nowMs)
    this.around.blasts.fall(city.heart, city.shown.color, nowMs)
  }

  private celebrate(winner: number, { nowMs, seat }: Frame<RaftianView>): void {
    const { color } = this.around.person(winner)
    this.around.blasts.confetti([color, ...playerColors.map((each) => each.color)], nowMs)
    this.around.stage.sound.play(winner === seat || seat === null ? "victory" : "roundLost")
  }
}
