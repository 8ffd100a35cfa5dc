/**
 * Who plays Gather when no human does: runs for what it reaches before the others, takes a human's time to notice, is
 * sometimes wrong about what is nearest, and steers without a tremble even where its view is some ticks old.
 */
import type { Bot } from "../Game.ts"
import { gatherRules } from "./Field.ts"
import type { GatherInput, GatherPlace, GatherPlayer, GatherView } from "./Schemas.ts"

/** What a bot keeps in mind. Plain data. */
export interface GatherBotMemory {
  /** Where it is running to; null when it has nothing to run for. What lay there may be gone by now. */
  readonly target: GatherPlace | null
  /** Ticks until it acts on what it has noticed; null while nothing calls for a change. */
  readonly reactTicks: number | null
  /** It stops on an axis once it is as near as this to its target on it, in pixels: a hand of its own per target. */
  readonly stopWithin: number
  /** What it asked for last. */
  readonly asked: GatherInput
  /** Ticks for which the view has shown another direction than the one asked for. */
  readonly unheardTicks: number
}

/** A human's reaction, 150 to 350 ms. */
const reactMsMin = 150
const reactMsMax = 350

/** Another gatherable must be nearer by so much (in time) to be worth a change of mind. */
const changeOfMindMs = 250

/** How much worse (in time) it rates a gatherable that another player reaches first. */
const lostRaceMs = 1500

/** One in so many choices is its second best. */
const choicesPerMistake = 12

/** It asks again when the view still shows another direction after so long: the input was lost, or its seat was away. */
const askAgainMs = 500

/** Pixels. All below the side of a square, so that it never rests beside a gatherable without touching it. */
const stopWithinMin = 3
const stopWithinMax = 12
const startBeyond = 16

const still: GatherInput = { dx: 0, dy: 0 }

const start: GatherBotMemory = {
  target: null,
  reactTicks: null,
  stopWithin: stopWithinMin,
  asked: still,
  unheardTicks: 0
}

const ticks = (ms: number): number => Math.round((ms / 1000) * gatherRules.tickRate)
const stride = gatherRules.speed / gatherRules.tickRate

/** How many ticks it takes to touch a place: along the diagonal first, at the same speed, then straight. */
const travelTicks = (from: GatherPlace, to: GatherPlace): number => {
  const across = Math.max(0, Math.abs(to.x - from.x) - gatherRules.square)
  const down = Math.max(0, Math.abs(to.y - from.y) - gatherRules.square)
  const short = Math.min(across, down)
  return (Math.max(across, down) - short + short * Math.SQRT2) / stride
}

/** How little it likes to run there, in ticks. */
const cost = (me: GatherPlayer, rivals: ReadonlyArray<GatherPlayer>, place: GatherPlace): number => {
  const mine = travelTicks(me, place)
  let theirs = Infinity
  for (const rival of rivals) theirs = Math.min(theirs, travelTicks(rival, place))
  return mine < theirs ? mine : mine + ticks(lostRaceMs) + (mine - theirs)
}

/** The gatherables from the most to the least inviting; the one it is running to has a bonus. */
const wishes = (view: GatherView, seat: number, me: GatherPlayer, target: GatherPlace | null) => {
  const rivals = Object.entries(view.players).flatMap(([key, player]) =>
    key === String(seat) || player.away ? [] : [player]
  )
  return view.gatherables
    .map((place) => ({
      place,
      cost: cost(me, rivals, place) - (samePlace(place, target) ? ticks(changeOfMindMs) : 0)
    }))
    .sort((a, b) => a.cost - b.cost)
    .map(({ place }) => place)
}

/** Notices, waits out its reaction, changes its mind. */
const decide = (
  view: GatherView,
  seat: number,
  me: GatherPlayer,
  memory: GatherBotMemory,
  random: () => number
): GatherBotMemory => {
  const [best = null, second = null] = view.phase.name === "playing" ? wishes(view, seat, me, memory.target) : []
  if (samePlace(best, memory.target)) return memory.reactTicks === null ? memory : { ...memory, reactTicks: null }
  if (memory.reactTicks === null) {
    const reactTicks = ticks(reactMsMin) + Math.floor(random() * (ticks(reactMsMax) - ticks(reactMsMin) + 1))
    return { ...memory, reactTicks }
  }
  if (memory.reactTicks > 1) return { ...memory, reactTicks: memory.reactTicks - 1 }
  const target = random() * choicesPerMistake < 1 ? second : best
  const stopWithin = stopWithinMin + random() * (stopWithinMax - stopWithinMin)
  return { ...memory, target, reactTicks: null, stopWithin }
}

export const gatherBot: Bot<GatherInput, GatherView, GatherBotMemory> = {
  start,
  think: (view, seat, memory, random) => {
    const me = view.players[seat]
    if (me === undefined || me.away) return { input: null, memory: start }
    const decided = decide(view, seat, me, memory, random)
    const wanted = steer(me, decided)
    const unheardTicks = sameInput(wanted, me) ? 0 : decided.unheardTicks + 1
    if (!sameInput(wanted, decided.asked) || unheardTicks >= ticks(askAgainMs)) {
      return { input: wanted, memory: { ...decided, asked: wanted, unheardTicks: 0 } }
    }
    return { input: null, memory: unheardTicks === decided.unheardTicks ? decided : { ...decided, unheardTicks } }
  }
}
const samePlace = (a: GatherPlace | null, b: GatherPlace | null): boolean =>
  a === b || (a !== null && b !== null && a.x === b.x && a.y === b.y)

const sameInput = (a: GatherInput, b: GatherInput): boolean => a.dx === b.dx && a.dy === b.dy

const steer = (me: GatherPlayer, { asked, stopWithin, target }: GatherBotMemory): GatherInput =>
  target === null ? still : {
    dx: alongAxis(target.x - me.x, asked.dx, stopWithin),
    dy: alongAxis(target.y - me.y, asked.dy, stopWithin)
  }

/**
 * Where to run on one axis. It starts only beyond `startBeyond` and stops only within `stopWithin`, which is less: a
 * view up to 8 ticks old makes it run a little too far, but not back and forth.
 */
const alongAxis = (offset: number, asked: -1 | 0 | 1, stopWithin: number): -1 | 0 | 1 => {
  const towards = offset < 0 ? -1 : 1
  const distance = Math.abs(offset)
  if (distance <= stopWithin) return 0
  return asked === towards || distance > startBeyond ? towards : 0
}
