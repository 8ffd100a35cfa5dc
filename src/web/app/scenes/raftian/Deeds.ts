/** What each happening looks and sounds like. */
import type { RaftianInput, RaftianView } from "../../../../games/raftian/Schemas.ts"
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

export const perform = (
  act: Act,
  { nowMs, seat }: Frame<RaftianView>,
  { blasts, cities, person, shots, stage: { announce, sound } }: Surroundings
): void => {
  if (act.kind === "launch") {
    const [from, to] = [cities.get(act.by), cities.get(act.on)]
    if (from === undefined || to === undefined) return
    const { atMs: startsAtMs, landsAtMs } = act
    shots.launch({ from: from.heart, to: to.heart, color: from.shown.color, startsAtMs, landsAtMs })
    return sound.play("launch", act.by === seat ? 1.2 : 1)
  }
  const { happening } = act
  const { by, kind } = happening
  const on = "on" in happening ? happening.on : null
  const struck = on === null ? undefined : cities.get(on)
  if (kind === "hit") {
    sound.play("impact", on === seat ? 0.8 : 1)
    // The last hit is seen as it falls, which the next happening tells.
    if (happening.hp > 0) struck?.hit(happening.hp, nowMs)
    if (struck !== undefined) blasts.hit(struck.heart, person(by).color, happening.damage)
  } else if (kind === "fell") {
    sound.play("fall")
    struck?.fall(nowMs)
    if (struck !== undefined) blasts.fall(struck.heart, struck.shown.color)
  } else if (kind === "won") {
    blasts.confetti([person(by).color, ...playerColors.map((each) => each.color)])
    sound.play(by === seat || seat === null ? "victory" : "roundLost")
  } else if (kind === "again") {
    for (const city of cities.values()) city.set(100)
    sound.play("go")
  } else if (kind === "missed" && by === seat) sound.play("otherHit")
  const concernsOwn = by === seat || (on !== null && on === seat)
  if (concernsOwn || kind === "fell" || kind === "won") announce(`${textOf(sentence(happening, person))}.`)
}
