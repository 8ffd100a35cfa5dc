/**
 * Gather: squares on a field run for the three things that lie on it. Who touches one scores; five points win the round.
 *
 * Rows A12 to A17 of the features. The first Gather moved 10 px five times a second, put everyone at (0, 0) and scored
 * on equal coordinates only.
 *
 * Players and gatherables are squares, given by their upper left corner in pixels. Positions are plain floats, the same in
 * state and view: a square moves by one of two fixed strides per axis and tick, added and clamped, which every engine
 * computes to the same bit, so that prediction agrees with the host exactly, and a running square costs its two numbers.
 */
import { Record } from "effect"
import * as Random from "../core/Random.ts"
import type { SeatId } from "../protocol/Ids.ts"
import { define, type Outcome, type SeatInput } from "./Game.ts"
import { gatherBot } from "./gather/Bot.ts"
import { gatherRules, xMax, yMax } from "./gather/Field.ts"
import {
  GatherInput,
  type GatherPhase,
  type GatherPlace,
  type GatherPlayer,
  type GatherScore,
  GatherState,
  type GatherView
} from "./gather/Schemas.ts"

const stride = gatherRules.speed / gatherRules.tickRate
/** How much of it goes to each axis on a diagonal. */
const diagonalStride = stride * Math.sqrt(0.5)

const playing: GatherPhase = { name: "playing" }

// --- moving ----------------------------------------------------------------------------------------------------------

const clamp = (value: number, max: number): number => value < 0 ? 0 : value > max ? max : value

const steer = (player: GatherPlayer, { dx, dy }: GatherInput): GatherPlayer =>
  player.away || (player.dx === dx && player.dy === dy) ? player : { x: player.x, y: player.y, dx, dy }

/** One tick of running. */
const run = (player: GatherPlayer): GatherPlayer => {
  const { dx, dy } = player
  if (dx === 0 && dy === 0) return player
  const length = dx !== 0 && dy !== 0 ? diagonalStride : stride
  const x = clamp(player.x + dx * length, xMax)
  const y = clamp(player.y + dy * length, yMax)
  return x === player.x && y === player.y ? player : { x, y, dx, dy }
}

const movePlayers = (
  players: GatherState["players"],
  inputs: ReadonlyArray<SeatInput<GatherInput>>
): GatherState["players"] => {
  const wanted = new Map<number, GatherInput>(inputs.map(({ input, seat }) => [seat, input]))
  const next: Record<string, GatherPlayer> = {}
  let changed = false
  for (const seat of Object.keys(players)) {
    const player = players[seat]
    const input = wanted.size === 0 ? undefined : wanted.get(Number(seat))
    const moved = run(input === undefined ? player : steer(player, input))
    if (moved !== player) changed = true
    next[seat] = moved
  }
  return changed ? next : players
}

// --- placing ---------------------------------------------------------------------------------------------------------

const overlap = (a: GatherPlace, b: GatherPlace): boolean =>
  Math.abs(a.x - b.x) < gatherRules.square && Math.abs(a.y - b.y) < gatherRules.square

const distanceSquared = (a: GatherPlace, b: GatherPlace): number =>
  (a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y)

/** 18 squares, the most there can be, cover under ⅛ of all positions: so many draws fail once in 10^28 times. */
const placementDrawsMax = 32

/** A place that overlaps none of `taken`, each as likely. */
const freePlace = (
  random: Random.Random,
  taken: ReadonlyArray<GatherPlace>
): readonly [place: GatherPlace, next: Random.Random] => {
  const isFree = (place: GatherPlace): boolean => !taken.some((other) => overlap(other, place))
  let next = random
  for (let draw = 0; draw < placementDrawsMax; draw++) {
    const [x, afterX] = Random.nextInt(next, xMax + 1)
    const [y, afterY] = Random.nextInt(afterX, yMax + 1)
    next = afterY
    if (isFree({ x, y })) return [{ x, y }, next]
  }
  // Of 600 places side by side each of the 18 squares covers at most four, so one is free.
  for (let x = 0; x <= xMax; x += gatherRules.square) {
    for (let y = 0; y <= yMax; y += gatherRules.square) if (isFree({ x, y })) return [{ x, y }, next]
  }
  throw new RangeError("Gather: no free place on the field")
}

/** Puts the gatherables that `moves` tells to new places, clear of all players (those away too: they may be back). */
const replaceGatherables = (state: GatherState, moves: (place: GatherPlace) => boolean): GatherState => {
  if (!state.gatherables.some(moves)) return state
  const players = Object.values(state.players)
  const gatherables: Array<GatherPlace> = []
  let random = state.random
  for (const [index, place] of state.gatherables.entries()) {
    const staying = state.gatherables.slice(index + 1).filter((other) => !moves(other))
    const [next, after] = moves(place)
      ? freePlace(random, [...players, ...gatherables, ...staying])
      : [place, random] as const
    gatherables.push(next)
    random = after
  }
  return { ...state, gatherables, random }
}

/**
 * Where players appear: 16 places, 150 px apart across and 100 px down. As another player's centre is nearer than 50 px
 * to at most one of them, 15 players leave one that is far enough from all.
 */
const spawnPlaces: ReadonlyArray<GatherPlace> = Array.from({ length: gatherRules.seatsMax }, (_, index) => ({
  x: (index % 4) * 150 + 65,
  y: Math.floor(index / 4) * 100 + 40
}))

/** The place that is farthest from the nearest player; of equal ones the first. */
const spawnPlace = (players: GatherState["players"]): GatherPlace => {
  const others = Object.values(players)
  const room = (place: GatherPlace): number => Math.min(...others.map((player) => distanceSquared(player, place)))
  return spawnPlaces.reduce((best, place) => room(place) > room(best) ? place : best)
}

// --- scoring ---------------------------------------------------------------------------------------------------------

interface Touch {
  readonly seat: SeatId
  readonly place: GatherPlace
  readonly distance: number
}

/**
 * Who gets which gatherable in this tick, nearest first. A gatherable that several touch goes to the one whose centre is
 * nearest to its own, of equally near ones to the lowest seat.
 */
const touches = (state: GatherState): ReadonlyArray<Touch> => {
  const found: Array<Touch> = []
  // Integer keys come in ascending order: the language promises it below 2^32 − 1, and seats are below 2^31.
  const seats = Object.keys(state.players)
  for (const place of state.gatherables) {
    let nearest: Touch | null = null
    for (const seat of seats) {
      const player = state.players[seat]
      if (player.away || !overlap(player, place)) continue
      const distance = distanceSquared(player, place)
      if (nearest === null || distance < nearest.distance) nearest = { seat: Number(seat) as SeatId, place, distance }
    }
    if (nearest !== null) found.push(nearest)
  }
  return found.sort((a, b) => a.distance - b.distance || a.seat - b.seat)
}

/** Gives the points of this tick, until one of them wins the round. */
const score = (state: GatherState): GatherState => {
  let next = state
  for (const { place, seat } of touches(state)) {
    const before = next.scoreboard[seat]
    const won = before.score + 1 === gatherRules.pointsToWin
    const line = { score: before.score + 1, gamesWon: before.gamesWon + (won ? 1 : 0) }
    next = replaceGatherables({ ...next, scoreboard: { ...next.scoreboard, [seat]: line } }, (other) => other === place)
    if (won) {
      return { ...next, phase: { name: "celebrating", winner: seat }, ticksLeft: gatherRules.celebrationTicks }
    }
  }
  return next
}

/** All points back to 0, and everything to gather elsewhere, so that nobody can wait on it. */
const nextRound = (state: GatherState): GatherState => {
  const scoreboard = Record.map(state.scoreboard, ({ gamesWon }): GatherScore => ({ score: 0, gamesWon }))
  return replaceGatherables({ ...state, scoreboard, phase: playing, ticksLeft: 0, round: state.round + 1 }, () => true)
}

const step = (state: GatherState, inputs: ReadonlyArray<SeatInput<GatherInput>>): GatherState => {
  const players = movePlayers(state.players, inputs)
  const moved = players === state.players ? state : { ...state, players }
  if (moved.phase.name === "playing") return score(moved)
  return moved.ticksLeft > 1 ? { ...moved, ticksLeft: moved.ticksLeft - 1 } : nextRound(moved)
}

// --- coming and going ------------------------------------------------------------------------------------------------

const initial = (seed: number): GatherState => {
  const nowhere: GatherPlace = { x: 0, y: 0 }
  const gatherables = Array.from({ length: gatherRules.gatherables }, () => nowhere)
  const random = Random.make(seed)
  const bare = { players: {}, gatherables, scoreboard: {}, phase: playing, round: 1, random, ticksLeft: 0 }
  return replaceGatherables(bare, () => true)
}

const join = (state: GatherState, seat: SeatId): GatherState => {
  if (state.players[seat] !== undefined) return state
  const player: GatherPlayer = { ...spawnPlace(state.players), dx: 0, dy: 0 }
  const joined = {
    ...state,
    players: { ...state.players, [seat]: player },
    scoreboard: { ...state.scoreboard, [seat]: { score: 0, gamesWon: 0 } }
  }
  return replaceGatherables(joined, (place) => overlap(place, player))
}

const leave = (state: GatherState, seat: SeatId): GatherState => {
  if (state.players[seat] === undefined) return state
  const { [String(seat)]: _player, ...players } = state.players
  const { [String(seat)]: _line, ...scoreboard } = state.scoreboard
  return { ...state, players, scoreboard }
}

/** Whoever goes or comes back stands still. */
const turnAway = (isAway: boolean) => (state: GatherState, seat: SeatId): GatherState => {
  const player = state.players[seat]
  if (player === undefined || (player.away ?? false) === isAway) return state
  const standing: GatherPlayer = { x: player.x, y: player.y, dx: 0, dy: 0, ...(isAway && { away: true }) }
  return { ...state, players: { ...state.players, [seat]: standing } }
}

const outcome = ({ phase, players, scoreboard }: GatherState): Outcome => ({
  standings: Object.keys(players)
    .filter((seat) => !players[seat].away)
    .map((seat) => ({ seat: Number(seat) as SeatId, ...scoreboard[seat] }))
    .sort((a, b) => b.gamesWon - a.gamesWon || b.score - a.score || a.seat - b.seat),
  winner: phase.name === "celebrating" && players[phase.winner] !== undefined ? phase.winner : null,
  over: false
})

const view = ({ random: _random, ticksLeft: _ticksLeft, ...shown }: GatherState): GatherView => shown

const predict = (before: GatherView, seat: SeatId, inputs: ReadonlyArray<GatherInput>): GatherView => {
  const player = before.players[seat]
  if (player === undefined) return before
  const moved = run(inputs.reduce(steer, player))
  return moved === player ? before : { ...before, players: { ...before.players, [seat]: moved } }
}

/** The game. Its options are not used; see the head of this file for the rules. */
export const Gather = define<GatherState, GatherInput, GatherView>({
  name: "gather",
  version: 1,
  tickRate: gatherRules.tickRate,
  ordering: "tick",
  seats: { min: 1, max: gatherRules.seatsMax },
  State: GatherState,
  Input: GatherInput,
  initial,
  join,
  leave,
  away: turnAway(true),
  back: turnAway(false),
  step,
  view,
  outcome,
  predict,
  bot: gatherBot
})
