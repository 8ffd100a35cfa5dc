/**
 * How Pong's ball moves. A tick's motion is swept: from one meeting with a paddle's face or an edge to the next, each at
 * its exact time within the tick, so that nothing is passed through at any speed.
 */
import * as Random from "../../core/Random.ts"
import type { SeatId } from "../../protocol/Ids.ts"
import {
  along,
  approachTo,
  atDepth,
  awayShareMin,
  ballHalf,
  type Board,
  depthTo,
  faceDepth,
  type Guards,
  isAcross,
  type PongBall,
  pongRules,
  reach,
  type Side,
  sides,
  velocityFrom
} from "./Board.ts"

/** The speed after so many hits, by repeated multiplication. */
const speeds: ReadonlyArray<number> = (() => {
  const table: Array<number> = []
  for (let speed: number = pongRules.serveSpeed; speed < pongRules.speedMax; speed *= pongRules.speedGrowth) {
    table.push(speed)
  }
  return [...table, pongRules.speedMax]
})()

/** The ball's speed in pixels per tick after so many hits since the serve. */
export const speedAfter = (hits: number): number => speeds[Math.min(hits, speeds.length - 1)]

// --- serving ---------------------------------------------------------------------------------------------------------

/**
 * How far a serve goes along the side that it goes to, per pixel towards it. None is flat: a paddle that rests in the
 * middle is missed by every one. On the square board all reach that side without a wall.
 */
const serveSlopes: ReadonlyArray<number> = [-0.6, -0.5, -0.4, -0.3, -0.2, 0.2, 0.3, 0.4, 0.5, 0.6]

/** In the middle, at rest. */
export const restingBall = ({ height, width }: Board): PongBall => ({ x: width / 2, y: height / 2, vx: 0, vy: 0 })

/** In the middle, with the velocity of a serve towards a guarded side, each as likely. */
export const serve = (
  random: Random.Random,
  board: Board,
  guards: Guards
): readonly [ball: PongBall, next: Random.Random] => {
  const guarded = sides.filter((side) => guards[side] !== null)
  const [which, afterSide] = Random.nextInt(random, guarded.length)
  const [angle, next] = Random.nextInt(afterSide, serveSlopes.length)
  const slope = serveSlopes[angle]
  const towards = pongRules.serveSpeed / Math.sqrt(1 + slope * slope)
  return [{ ...restingBall(board), ...velocityFrom(guarded[which], -towards, towards * slope) }, next]
}

// --- flying ----------------------------------------------------------------------------------------------------------

/** What the ball meets next: a paddle's face (whether the paddle is there or not) or the board's edge. */
interface Meeting {
  readonly side: Side
  readonly depth: number
  /** In ticks, from where the ball is. */
  readonly after: number
}

/** The last bits of a sum may put a ball behind a face that it has not reached: by less than this, in pixels. */
const rounding = 1e-9

/**
 * The face of a guarded side counts for a ball that is before it and comes towards it: never for one that is behind, nor
 * one that was `missed` there in this tick. Of meetings at the same time the first side in order comes first.
 */
const nextMeeting = (ball: PongBall, board: Board, guards: Guards, missed: ReadonlyArray<Side>): Meeting | null => {
  let next: Meeting | null = null
  for (const side of sides) {
    const approach = approachTo(side, ball)
    if (!(approach > 0)) continue
    const off = depthTo(side, board, ball)
    const depth = guards[side] !== null && !missed.includes(side) && off >= faceDepth - rounding ? faceDepth : ballHalf
    const after = Math.max(0, off - depth) / approach
    if (next === null || after < next.after) next = { side, depth, after }
  }
  return next
}

const moved = (ball: PongBall, ticks: number): PongBall => ({
  x: ball.x + ball.vx * ticks,
  y: ball.y + ball.vy * ticks,
  vx: ball.vx,
  vy: ball.vy
})

const reflected = (side: Side, ball: PongBall): PongBall =>
  isAcross(side) ? { ...ball, vx: -ball.vx } : { ...ball, vy: -ball.vy }

/** Its direction tells where the paddle was met: straight from its middle, steepest from its ends. */
const struck = (side: Side, ball: PongBall, at: number, speed: number): PongBall => {
  const slope = pongRules.slopeMax * ((along(side, ball) - at) / reach)
  const away = speed / Math.sqrt(1 + slope * slope)
  return { x: ball.x, y: ball.y, ...velocityFrom(side, away, away * slope) }
}

/** What comes of a tick of flight. */
export interface Flight {
  readonly ball: PongBall
  /** Whose paddles it met, in that order. */
  readonly hits: ReadonlyArray<SeatId>
  /** The guarded side whose edge it reached, where it stops; null while it is in play. */
  readonly goal: Side | null
}

/** More than a tick can hold at the highest speed: a paddle and a wall in each of two corners. */
const meetingsMax = 8

/** One tick of flight after so many hits, the paddles being where they are at the tick's end. */
export const fly = (start: PongBall, board: Board, guards: Guards, hitsBefore: number): Flight => {
  let ball = start
  let left = 1
  const missed: Array<Side> = []
  const hits: Array<SeatId> = []
  for (let meetings = 0; meetings < meetingsMax; meetings++) {
    const meeting = nextMeeting(ball, board, guards, missed)
    if (meeting === null || meeting.after > left) return { ball: moved(ball, left), hits, goal: null }
    const { depth, side } = meeting
    left -= meeting.after
    ball = atDepth(side, board, moved(ball, meeting.after), depth)
    const guard = guards[side]
    if (guard === null) ball = reflected(side, ball)
    else if (depth === ballHalf) return { ball, hits, goal: side }
    else if (Math.abs(along(side, ball) - guard.at) > reach) missed.push(side)
    else {
      hits.push(guard.seat)
      ball = struck(side, ball, guard.at, speedAfter(hitsBefore + hits.length))
    }
  }
  return { ball, hits, goal: null }
}

/**
 * Where along its side and in how many ticks a paddle can meet the ball, if nobody else does before; null if the ball goes
 * to another guarded side first, or has passed this one.
 */
export const arrivalAt = (
  side: Side,
  start: PongBall,
  board: Board,
  guards: Guards
): { readonly at: number; readonly ticks: number } | null => {
  let ball = start
  let ticks = 0
  for (let meetings = 0; meetings < meetingsMax; meetings++) {
    const meeting = nextMeeting(ball, board, guards, [])
    if (meeting === null) return null
    ticks += meeting.after
    ball = atDepth(meeting.side, board, moved(ball, meeting.after), meeting.depth)
    if (guards[meeting.side] !== null) {
      return meeting.side === side && meeting.depth === faceDepth ? { at: along(side, ball), ticks } : null
    }
    ball = reflected(meeting.side, ball)
  }
  return null
}

/**
 * A ball that comes to a guarded side in bounded time. Only when a player has left can it be otherwise: between two walls,
 * with hardly any speed towards the sides that are guarded. Then its direction turns, as little as needed, at the same
 * speed.
 */
export const turnedToGuards = (ball: PongBall, guards: Guards): PongBall => {
  const across = guards.left !== null || guards.right !== null
  const down = guards.top !== null || guards.bottom !== null
  if (across === down) return ball
  const [towards, beside] = across ? [ball.vx, ball.vy] : [ball.vy, ball.vx]
  const speed = Math.sqrt(towards * towards + beside * beside)
  const least = speed * awayShareMin
  if (Math.abs(towards) >= least) return ball
  const turned = towards < 0 ? -least : least
  const rest = Math.sqrt(speed * speed - least * least) * (beside < 0 ? -1 : 1)
  return across ? { ...ball, vx: turned, vy: rest } : { ...ball, vx: rest, vy: turned }
}
