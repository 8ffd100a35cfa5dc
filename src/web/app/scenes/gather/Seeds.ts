/** The things that lie on the field: they rock a little, and appear with a small jump. */
import type Phaser from "phaser"
import { gatherRules } from "../../../../games/gather/Field.ts"
import type { GatherPlace } from "../../../../games/gather/Schemas.ts"
import { type FieldLook, Part } from "../Part.ts"

const half = gatherRules.square / 2
const appearMs = 300

interface Seed {
  readonly picture: Phaser.GameObjects.Image
  readonly shade: Phaser.GameObjects.Image
  place: GatherPlace | null
  appearedAtMs: number
}

/** Goes a little over its end and back. */
const overshoot = (share: number): number => {
  const left = share - 1
  return 1 + 2.7 * left * left * left + 1.7 * left * left
}

export class Seeds extends Part<FieldLook> {
  private readonly seeds = Array.from({ length: gatherRules.gatherables }, (): Seed => ({
    picture: this.picture("seed", 11).setVisible(false),
    shade: this.picture("shade", 10).setVisible(false),
    place: null,
    appearedAtMs: 0
  }))
  private timeMs = 0

  /** Puts them where they lie; tells the places whose seed is gone. */
  show(places: ReadonlyArray<GatherPlace>, nowMs: number): ReadonlyArray<GatherPlace> {
    const gone: Array<GatherPlace> = []
    for (const [index, seed] of this.seeds.entries()) {
      const place = places[index] ?? null
      if (place !== null && seed.place !== null && place.x === seed.place.x && place.y === seed.place.y) continue
      if (seed.place !== null) gone.push(seed.place)
      seed.place = place
      seed.appearedAtMs = nowMs
    }
    return gone
  }

  /** `passedMs` is 0 while the game stands still: then they do too. */
  update(nowMs: number, passedMs: number): void {
    const { calm, scale } = this.look
    this.timeMs += passedMs
    for (const [index, { appearedAtMs, picture, place, shade }] of this.seeds.entries()) {
      picture.setVisible(place !== null)
      shade.setVisible(place !== null)
      if (place === null) continue
      const share = calm ? 1 : Math.min(1, (nowMs - appearedAtMs) / appearMs)
      const size = overshoot(share) / scale
      const phase = this.timeMs / 520 + index * 2.1
      const lift = calm ? 0 : 1.6 + 1.6 * Math.sin(phase)
      picture
        .setPosition(place.x + half, place.y + half - lift)
        .setScale(size)
        .setAngle(calm ? 0 : 7 * Math.sin(phase * 0.7))
      shade.setPosition(place.x + half, place.y + half + 9.5).setScale(size * (1 - lift * 0.06))
    }
  }
}
