/**
 * What Pong measures by, and the geometry of its boards: a side is looked at from itself, as how far off, how fast towards
 * it and where along it, so that the rules are written once for all four.
 */
import type { SeatId } from "../../protocol/Ids.ts"

/** Lengths in pixels, speeds in pixels per tick, times in ticks. */
export const pongRules = {
  tickRate: 60,
  /** The side of the ball, a square. */
  ball: 10,
  paddleLength: 80,
  paddleThickness: 10,
  /** Between a paddle's back and its edge of the board. */
  paddleInset: 30,
  paddleSpeed: 5,
  /** The ball's speed at a serve; each hit multiplies it, up to the most. */
  serveSpeed: 6,
  speedGrowth: 1.06,
  speedMax: 15,
  /** How far a ball goes along a side per pixel away from it, when it was met with a paddle's very end. */
  slopeMax: 1.5,
  /** From a point, or the last player's coming, to the serve: 1.5 s. */
  serveTicks: 90,
  seatsMin: 2,
  seatsMax: 4,
  pointsMax: 99
} as const

export type Side = "left" | "right" | "top" | "bottom"

/** In the order in which they are given to players. */
export const sides: ReadonlyArray<Side> = ["left", "right", "top", "bottom"]

export interface Board {
  readonly width: number
  readonly height: number
}

const boardOfTwo: Board = { width: 800, height: 400 }
const squareBoard: Board = { width: 600, height: 600 }

/** Two players face each other; three and four have a square with a side each. */
export const boardOf = (seats: number): Board => seats === 2 ? boardOfTwo : squareBoard

/** The ball's centre, and its velocity per tick. */
export interface PongBall {
  readonly x: number
  readonly y: number
  readonly vx: number
  readonly vy: number
}

/** Who guards a side, and where the paddle's middle is along it. */
export interface Guard {
  readonly seat: SeatId
  readonly at: number
}

/** A side that nobody guards is a wall. */
export type Guards = { readonly [side in Side]: Guard | null }

export const ballHalf = pongRules.ball / 2
export const paddleHalf = pongRules.paddleLength / 2

/** How far from the edge the ball's centre is when the ball touches a paddle's face. */
export const faceDepth = pongRules.paddleInset + pongRules.paddleThickness + ballHalf

/** A paddle meets a ball whose centre is at most so far, along the side, from its middle. */
export const reach = paddleHalf + ballHalf

/** The share of its speed with which a ball leaves a paddle's side, at least. */
export const awayShareMin = 1 / Math.sqrt(1 + pongRules.slopeMax * pongRules.slopeMax)

/** Whether balls come to a side along x. */
export const isAcross = (side: Side): boolean => side === "left" || side === "right"

/** Whether a side is where its axis ends, not where it begins. */
const isLast = (side: Side): boolean => side === "right" || side === "bottom"

/** From the edge of a side to a place along its axis, and back. */
const mirrored = (side: Side, { height, width }: Board, at: number): number =>
  isLast(side) ? (isAcross(side) ? width : height) - at : at

/** How far the ball's centre is from a side's edge. */
export const depthTo = (side: Side, board: Board, { x, y }: PongBall): number =>
  mirrored(side, board, isAcross(side) ? x : y)

/** How fast the ball comes towards a side; negative when it goes away from it. */
export const approachTo = (side: Side, { vx, vy }: PongBall): number => {
  const speed = isAcross(side) ? vx : vy
  return isLast(side) ? speed : -speed
}

/** Where the ball's centre is along a side. */
export const along = (side: Side, ball: PongBall): number => isAcross(side) ? ball.y : ball.x

/** The velocity that goes away from a side with one speed, and along it with another. */
export const velocityFrom = (side: Side, away: number, alongIt: number): Pick<PongBall, "vx" | "vy"> => {
  const speed = isLast(side) ? -away : away
  return isAcross(side) ? { vx: speed, vy: alongIt } : { vx: alongIt, vy: speed }
}

/** The ball at a depth from a side, elsewhere as it was. */
export const atDepth = (side: Side, board: Board, ball: PongBall, depth: number): PongBall => {
  const at = mirrored(side, board, depth)
  return isAcross(side) ? { ...ball, x: at } : { ...ball, y: at }
}

/** What the paddles' sides and places tell of the board. */
export const guardsOf = (
  paddles: { readonly [seat: string]: { readonly side: Side; readonly at: number } }
): Guards => {
  const guards: { [side in Side]: Guard | null } = { left: null, right: null, top: null, bottom: null }
  for (const seat in paddles) {
    const { at, side } = paddles[seat]
    guards[side] = { seat: Number(seat) as SeatId, at }
  }
  return guards
}

/**
 * How far a paddle's middle goes along its side. It keeps clear of the strip that a neighbouring paddle moves in, so that
 * two never overlap; whatever flies into that corner has passed the neighbour. Beside a wall it goes up to the wall.
 */
export const rangeOf = (side: Side, board: Board, guards: Guards): readonly [least: number, most: number] => {
  const [before, after, length]: readonly [Side, Side, number] = isAcross(side)
    ? ["top", "bottom", board.height]
    : ["left", "right", board.width]
  const strip = pongRules.paddleInset + pongRules.paddleThickness
  return [
    (guards[before] === null ? 0 : strip) + paddleHalf,
    length - (guards[after] === null ? 0 : strip) - paddleHalf
  ]
}

/** As near to a place along a side as a paddle's middle goes. */
export const within = (side: Side, board: Board, guards: Guards, at: number): number => {
  const [least, most] = rangeOf(side, board, guards)
  return Math.max(least, Math.min(most, at))
}
