/** Raftian as players see it: cities by night, fire between them, and the log that decides. */
import type Phaser from "phaser"
import { Raftian } from "../../../../games/Raftian.ts"
import type { RaftianInput, RaftianView } from "../../../../games/raftian/Schemas.ts"
import { defineScene, type MountedScene, type Stage } from "../../../Scene.ts"
import { dark } from "../../theme.ts"
import { mountDrawing } from "../mountDrawing.ts"
import { layoutOf, type Place, tallAspect, wideAspect } from "./look.ts"
import { Realm } from "./Realm.ts"

const upright = matchMedia("(max-width: 899px) and (orientation: portrait)")

const isField = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest("input, select, textarea, [role=dialog], dialog") !== null

/** Which digit a key is, of 1 to 8. */
const digitOf = ({ code }: KeyboardEvent): number | null => {
  const digit = /^(?:Digit|Numpad)([1-8])$/.exec(code)?.[1]
  return digit === undefined ? null : Number(digit)
}

const mount = (stage: Stage<RaftianInput>): MountedScene<RaftianView> => {
  const { parent } = stage
  let realm: Realm | null = null
  const drawing = mountDrawing<RaftianView>(stage, dark.page, (scene: Phaser.Scene) => realm = new Realm(scene, stage))
  const placeOf = ({ clientX, clientY }: PointerEvent): Place => {
    const { height, left, top, width } = parent.getBoundingClientRect()
    const perPixel = layoutOf(width, height).width / Math.max(1, width)
    return { x: (clientX - left) * perPixel, y: (clientY - top) * perPixel }
  }
  const move = (event: PointerEvent): void => {
    if (event.pointerType === "touch") return
    parent.style.cursor = realm?.point(placeOf(event)) === true ? "pointer" : ""
  }
  const out = (): void => void realm?.point(null)
  const down = (event: PointerEvent): void => {
    if (event.button === 0 && stage.seat() !== null) realm?.press(placeOf(event))
  }
  const key = (event: KeyboardEvent): void => {
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || isField(event.target)) return
    const digit = digitOf(event)
    if (digit !== null && stage.seat() !== null) realm?.choose(digit)
  }
  const ending = new AbortController()
  const { signal } = ending
  parent.addEventListener("pointermove", move, { signal })
  parent.addEventListener("pointerleave", out, { signal })
  parent.addEventListener("pointerdown", down, { signal })
  addEventListener("keydown", key, { signal })
  const endPresses = stage.input.onPress(() => realm?.callAgain(null))
  let plays = false
  return {
    ...drawing,
    update: (frame) => {
      if (plays !== (frame.seat !== null)) {
        plays = frame.seat !== null
        stage.sound.music(plays)
      }
      drawing.update(frame)
    },
    destroy: () => {
      ending.abort()
      parent.style.cursor = ""
      endPresses()
      stage.sound.music(false)
      drawing.destroy()
    }
  }
}

/** The scene of Raftian. */
export const raftianScene = defineScene<RaftianInput, RaftianView>({
  game: Raftian,
  aspect: () => upright.matches ? tallAspect : wideAspect,
  scoreMax: null,
  goal: "The last city standing takes the round.",
  hands: "pointing",
  keys: "Click a city, or press its number, to attack it",
  standings: ({ cities }) =>
    Object.keys(cities).map((seat) => ({
      seat: Number(seat),
      score: cities[seat]!.hp,
      gamesWon: cities[seat]!.gamesWon
    })),
  mount
})
