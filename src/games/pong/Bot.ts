/**
 * Who plays Pong when no human does: sees a ball's flight a moment after it has changed, judges where it will arrive, the
 * better the nearer it is, and is never quite right. Good enough to keep a rally going, and beaten by fast, steep balls.
 */
import type { Bot } from "../Game.ts"
import { arrivalAt } from "./Ball.ts"
import { boardOf, guardsOf, pongRules, rangeOf } from "./Board.ts"
import type { PongInput, PongPaddle, PongView } from "./Schemas.ts"

/** What a bot keeps in mind. Plain data. */
export interface PongBotMemory {
  /** The flight that it has noticed, as `serves/rally`. */
  readonly flight: string
  /** Ticks until it looks where the ball goes. */
  readonly lookIn: number
  /** How wrong it is about this flight: a factor, −1 to 1 but for lapses. */
  readonly error: number
  /** Where it means to meet the ball, in pixels from the paddle's middle. */
  readonly aim: number
  /** Where it goes, along its side. */
  readonly target: number
  /** It stops once it will come to rest as near as this to its target, in pixels. */
  readonly stopWithin: number
  readonly asked: PongPaddle["move"]
  /** Ticks since it asked, while the view shows another move; null when it shows the one asked for. */
  readonly unheardTicks: number | null
  /** How many ticks its wishes take, as far as it knows. */
  readonly lagTicks: number
}

/** A human's reaction, 150 to 320 ms. */
const reactMsMin = 150
const reactMsMax = 320
/** It looks again this often while the ball flies. */
const lookAgainMs = 200

/** Its error in pixels: of a ball that has arrived, the more the faster that is, and for each tick that is left. */
const errorNear = 14
const errorPerSpeed = 2.2
const errorPerTick = 0.5
/** One flight in so many it misjudges by so much more. */
const flightsPerLapse = 12
const lapse = 2.5

/** How far from the paddle's middle it may mean to meet the ball, in pixels. */
const aimMax = 24
/** Pixels. It starts only beyond the last. */
const stopWithinMin = 3
const stopWithinMax = 8
const startBeyond = 14

/** It asks again when the view still shows another move after so long: the input was lost. */
const askAgainMs = 500
/** Nobody's wishes take longer, as far as it reckons. */
const lagTicksMax = 12

const ticks = (ms: number): number => Math.round((ms / 1000) * pongRules.tickRate)

const start: PongBotMemory = {
  flight: "",
  lookIn: 0,
  error: 0,
  aim: 0,
  target: -1,
  stopWithin: stopWithinMin,
  asked: 0,
  unheardTicks: null,
  lagTicks: 1
}

const signed = (random: () => number): number => random() * 2 - 1

/** Another flight: it takes a moment until it is seen for what it is. */
const notice = (view: PongView, memory: PongBotMemory, random: () => number): PongBotMemory => {
  const flight = `${view.serves}/${view.rally}`
  if (flight === memory.flight) return memory
  return {
    ...memory,
    flight,
    lookIn: ticks(reactMsMin) + Math.floor(random() * (ticks(reactMsMax) - ticks(reactMsMin) + 1)),
    error: signed(random) * (random() * flightsPerLapse < 1 ? lapse : 1),
    aim: signed(random) * aimMax,
    stopWithin: stopWithinMin + random() * (stopWithinMax - stopWithinMin)
  }
}

/** Where it wants to be: where it believes that the ball will come, or near the middle when that is for others. */
const look = (view: PongView, me: PongPaddle, memory: PongBotMemory): number => {
  const board = boardOf(view.seats)
  const guards = guardsOf(view.paddles)
  const [least, most] = rangeOf(me.side, board, guards)
  const arrival = arrivalAt(me.side, view.ball, board, guards)
  if (arrival === null) return (least + most) / 2 + memory.aim
  const { vx, vy } = view.ball
  const speed = Math.sqrt(vx * vx + vy * vy)
  const off = memory.error * (errorNear + errorPerSpeed * speed + errorPerTick * arrival.ticks)
  return Math.max(least, Math.min(most, arrival.at + off - memory.aim))
}

const decide = (view: PongView, me: PongPaddle, memory: PongBotMemory, random: () => number): PongBotMemory => {
  const noticed = notice(view, memory, random)
  if (noticed.lookIn > 1) return { ...noticed, lookIn: noticed.lookIn - 1 }
  return { ...noticed, target: look(view, me, noticed), lookIn: ticks(lookAgainMs) }
}

/**
 * Which way to go, seen from where the paddle will be when that is heard. A move takes at least as long as a wish does:
 * what is nearer than half of that is not worth one.
 */
const steer = (me: PongPaddle, { asked, lagTicks, stopWithin, target }: PongBotMemory): PongPaddle["move"] => {
  if (target < 0) return 0
  const offset = target - (me.at + me.move * pongRules.paddleSpeed * (lagTicks - 1))
  const towards = offset < 0 ? -1 : 1
  const distance = Math.abs(offset)
  if (distance <= stopWithin) return 0
  return asked === towards || distance > Math.max(startBeyond, (lagTicks * pongRules.paddleSpeed) / 2) ? towards : 0
}

/** Learns from the view how long its last wish took. */
const listen = (me: PongPaddle, memory: PongBotMemory): PongBotMemory => {
  if (memory.asked !== me.move) return { ...memory, unheardTicks: (memory.unheardTicks ?? 0) + 1 }
  if (memory.unheardTicks === null) return memory
  return { ...memory, lagTicks: Math.min(lagTicksMax, memory.unheardTicks + 1), unheardTicks: null }
}

/** The bot. It wants nothing else while a wish is on its way, so that it does not tremble where views are stale. */
export const pongBot: Bot<PongInput, PongView, PongBotMemory> = {
  start,
  think: (view, seat, memory, random) => {
    const me = view.paddles[seat]
    if (me === undefined || view.phase === "over") return { input: null, memory: start }
    const decided = decide(view, me, listen(me, memory), random)
    const { asked, unheardTicks } = decided
    const move = unheardTicks === null ? steer(me, decided) : asked
    if (move === asked && (unheardTicks === null || unheardTicks < ticks(askAgainMs))) {
      return { input: null, memory: decided }
    }
    return { input: { move }, memory: { ...decided, asked: move, unheardTicks: 0 } }
  }
}
