/**
 * Remote objects beside the truth: a moving object, news of it that come late, unevenly and not always, and how far from
 * the truth each way of showing it is. Deterministic: the same course gives the same figures.
 */
import { source } from "../Random.ts"
import { type Method, RemoteObject } from "./RemoteObject.ts"
import type { Point } from "./Smoothing.ts"

/** `ball`: at a steady speed, bounces off four walls. `walker`: now and then turns wherever it likes. `circle`: turns evenly. */
export const motions = ["ball", "walker", "circle"] as const
export type Motion = (typeof motions)[number]

export interface CourseSettings {
  readonly motion: Motion
  readonly method: Method
  readonly seconds: number
  readonly seed: number
  readonly updatesPerSecond: number
  /** What each update takes at least, and what comes on top of that at most, evenly spread. */
  readonly lagMs: number
  readonly jitterMs: number
  /** The share of updates that never come. */
  readonly loss: number
  /** Left out of the figures: so long an object is watched before. */
  readonly warmUpSeconds: number
}

export interface CourseFigures {
  /** The distance from where it really is at that moment, in pixels, over all frames. */
  readonly meanError: number
  readonly maxError: number
  /** By how much it moved farther from one frame to the next than the real one can, at most. */
  readonly maxJump: number
}

export const frameMs = 1000 / 60
/** The field that the ball bounces in, less its own size, and how fast it and the others are, in pixels and seconds. */
export const field = { width: 800, height: 400 }
export const speed = 300

interface Moving {
  x: number
  y: number
  vx: number
  vy: number
}

/** The object in steps of one millisecond: the answer takes it one further. */
export const move = (motion: Motion, random: () => number): { readonly object: Moving; readonly step: () => void } => {
  const turn = (angle: number): void => {
    object.vx = speed * Math.cos(angle)
    object.vy = speed * Math.sin(angle)
  }
  const object: Moving = {
    x: field.width * (0.2 + 0.6 * random()),
    y: field.height * (0.2 + 0.6 * random()),
    vx: 0,
    vy: 0
  }
  let angle = 0.3 + random()
  let turnsInMs = 0
  turn(angle)
  const bounce = (at: "x" | "y", by: "vx" | "vy", size: number): void => {
    if (object[at] < 0) [object[at], object[by]] = [-object[at], Math.abs(object[by])]
    if (object[at] > size) [object[at], object[by]] = [2 * size - object[at], -Math.abs(object[by])]
  }
  return {
    object,
    step: () => {
      if (motion === "circle") turn(angle += 0.002)
      else if (motion === "walker" && --turnsInMs < 0) {
        turnsInMs = 400 + 1_600 * random()
        turn(2 * Math.PI * random())
      }
      object.x += object.vx / 1000
      object.y += object.vy / 1000
      if (motion === "circle") return
      bounce("x", "vx", field.width)
      bounce("y", "vy", field.height)
    }
  }
}

const distance = (a: Point, b: Point): number => Math.sqrt((a[0]! - b[0]!) ** 2 + (a[1]! - b[1]!) ** 2)

export const run = (settings: CourseSettings): CourseFigures => {
  const random = source(settings.seed)
  const { object, step } = move(settings.motion, source(settings.seed + 1))
  const remote = new RemoteObject({ method: settings.method })
  remote.lagMs = settings.lagMs
  const everyMs = 1000 / settings.updatesPerSecond
  const underWay: Array<
    { readonly atMs: number; readonly stampMs: number; readonly point: Point; readonly velocity: Point }
  > = []
  let [sum, frames, maxError, maxJump] = [0, 0, 0, 0]
  let [nextUpdateMs, nextFrameMs] = [0, 0]
  let shown: Point | null = null
  for (let ms = 0; ms < settings.seconds * 1000; ms++) {
    step()
    if (ms >= nextUpdateMs) {
      nextUpdateMs += everyMs
      const late = settings.jitterMs * random()
      if (random() >= settings.loss) {
        underWay.push({
          atMs: ms + settings.lagMs + late,
          stampMs: ms,
          point: [object.x, object.y],
          velocity: [object.vx, object.vy]
        })
      }
    }
    if (ms < nextFrameMs) continue
    nextFrameMs += frameMs
    underWay.sort((a, b) => a.atMs - b.atMs)
    while (underWay.length > 0 && underWay[0]!.atMs <= ms) remote.push(underWay.shift()!, ms)
    const point = remote.sample(ms)
    const last = shown
    shown = point
    if (point === null || last === null || ms < settings.warmUpSeconds * 1000) continue
    const error = distance(point, [object.x, object.y])
    sum += error
    frames++
    maxError = Math.max(maxError, error)
    // Frames are 16 or 17 of this course's milliseconds apart.
    maxJump = Math.max(maxJump, distance(point, last) - (speed * Math.ceil(frameMs)) / 1000)
  }
  return { meanError: sum / frames, maxError, maxJump }
}
