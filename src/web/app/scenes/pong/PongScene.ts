/** Pong as players see it: lamps on a night court. */
import type Phaser from "phaser"
import { boardOf, isAcross, type Side } from "../../../../games/pong/Board.ts"
import type { PongInput, PongView } from "../../../../games/pong/Schemas.ts"
import { defineScene, type Direction, type MountedScene, type Stage } from "../../../Scene.ts"
import { dark } from "../../theme.ts"
import { mountDrawing } from "../mountDrawing.ts"
import { Court } from "./Court.ts"
import { pongDescription } from "./description.ts"
import type { PongFrame } from "./look.ts"

/** Which way a push goes along a side. */
const moveOf = ({ dx, dy }: Direction, side: Side): PongInput["move"] => isAcross(side) ? dy : dx

const mount = (stage: Stage<PongInput>): MountedScene<PongView> => {
  let seats: PongView["seats"] = 2
  let scene: Phaser.Scene | null = null
  let court: Court | null = null
  let side: Side | null = null
  let wanted: PongInput["move"] = 0
  let phase: PongView["phase"] | null = null
  const drawing = mountDrawing<PongView>(stage, dark.page, (ready) => {
    scene = ready
    court = new Court(ready, stage, seats)
    return {
      update: (frame) => court?.update(frame),
      dress: () => court?.dress()
    }
  })
  const steer = (direction: Direction): void => {
    const move = side === null ? 0 : moveOf(direction, side)
    if (side === null || move === wanted) return
    wanted = move
    stage.input.set({ move })
  }
  const endDirections = stage.input.onDirection(steer)
  /** A side of one's own, or another match in which nothing was wanted yet: keys may be down already. */
  const take = ({ seat, view }: PongFrame): void => {
    const own = seat === null ? undefined : view.paddles[seat]
    const fresh = (own?.side ?? null) !== side || (phase === "over" && view.phase !== "over")
    phase = view.phase
    if (!fresh) return
    side = own?.side ?? null
    wanted = own?.move ?? 0
    steer(stage.input.direction)
  }
  return {
    ...drawing,
    update: (frame) => {
      take(frame)
      const isAnother = boardOf(frame.view.seats) !== boardOf(seats)
      seats = frame.view.seats
      if (isAnother && court !== null && scene !== null) {
        for (const child of scene.children.list.slice()) child.destroy()
        court = new Court(scene, stage, seats)
      }
      drawing.update(frame)
    },
    destroy: () => {
      endDirections()
      drawing.destroy()
    }
  }
}

/** The scene of Pong. */
export const pongScene = defineScene<PongInput, PongView>({ ...pongDescription, mount })
