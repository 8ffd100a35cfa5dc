/** A game played by its bots, tick by tick: what there is to be carried, whoever computes. */
import * as Delta from "../../src/core/Delta.ts"
import { source } from "../../src/core/Random.ts"
import * as StateHash from "../../src/core/StateHash.ts"
import type { AnyGame, SeatInput } from "../../src/games/Game.ts"
import { encodeMessage } from "../../src/layers/links/LinkProtocol.ts"
import { encodeBody } from "../../src/protocol/Frame.ts"
import { Epoch, InputNumber, PeerId, RoomId, SeatId, Seq } from "../../src/protocol/Ids.ts"

export interface Played {
  readonly game: AnyGame
  readonly players: number
  readonly inputs: ReadonlyArray<ReadonlyArray<SeatInput<unknown>>>
  readonly states: ReadonlyArray<unknown>
}

const seed = 7
const host = PeerId.make("00000000-0000-4000-8000-000000000000")

export const begin = (game: AnyGame, players: number): unknown => {
  const options = game.match === undefined ? undefined : { ...(game.match.defaults as object), seats: players }
  return Array.from({ length: players }, (_, i) => SeatId.make(i + 1)).reduce<unknown>(
    (state, seat) => game.join(state, seat, { name: `p${seat}`, color: "#102030" }),
    game.initial(seed, options)
  )
}

/** So many seconds of it. */
export const play = (game: AnyGame, players: number, seconds: number): Played => {
  const chance = source(seed)
  const bot = game.bot!
  const memories = Array.from({ length: players }, (): unknown => bot.start)
  let state = begin(game, players)
  const [inputs, states]: [Array<ReadonlyArray<SeatInput<unknown>>>, Array<unknown>] = [[], []]
  for (let tick = 0; tick < seconds * game.tickRate; tick++) {
    const view: unknown = game.view(state)
    const now: Array<SeatInput<unknown>> = []
    memories.forEach((memory, i) => {
      const seat = SeatId.make(i + 1)
      const thought = bot.think(view, seat, memory, chance)
      memories[i] = thought.memory
      if (thought.input !== null) now.push({ seat, input: thought.input })
    })
    state = game.outcome(state).over ? begin(game, players) : game.step(state, now)
    inputs.push(now)
    states.push(state)
  }
  return { game, players, inputs, states }
}

const perSecond = ({ game, inputs }: Played, bytes: number): number => Math.round(bytes * game.tickRate / inputs.length)

/** Bytes a second that each way carries to one player, and from one, and through the busiest node. */
export const bytes = (played: Played) => {
  const { game, inputs, players, states } = played
  let [views, events, ups, shares] = [0, 0, 0, 0]
  states.forEach((state, tick) => {
    const before = states[tick - 1]
    const patch = before === undefined ? game.view(state) as object : Delta.diff(game.view(before), game.view(state))
    views += encodeBody({ _tag: "delta", number: tick, base: tick - 1, patch }, "msgpack").length
    const applied = inputs[tick]!.map(({ input, seat }) => [seat, InputNumber.make(tick + 1), input] as const)
    events += encodeMessage("replication", {
      _tag: "events",
      reign: { epoch: Epoch.make(1), host },
      logs: [{
        room: RoomId.make("main"),
        after: null,
        events: [{ _tag: "tick", seq: Seq.make(tick + 1), inputs: applied }],
        shown: Seq.make(tick + 1),
        digest: null
      }]
    }, "msgpack").length
    for (const { input } of inputs[tick]!) ups += encodeBody({ number: tick, input }, "msgpack").length
    for (let seat = 1; seat <= players; seat++) {
      const input = inputs[tick]!.find((one) => one.seat === seat)?.input ?? null
      shares += encodeBody({ tick, input }, "msgpack").length
    }
  })
  const [up, share] = [perSecond(played, ups / players), perSecond(played, shares / players)]
  const others = players - 1
  const [view, event] = [perSecond(played, views), perSecond(played, events)]
  return {
    views: { down: view, up, busiest: others * (view + up) },
    ordered: { down: event, up, busiest: others * (event + up) },
    lockstep: { down: others * share, up: others * share, busiest: 2 * others * share }
  }
}

/** Finds the first number of a state that is not whole-numbered by its key, and adds to it. */
const nudged = (value: unknown, by: number): unknown => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value
  const entries = Object.entries(value)
  const at = entries.findIndex(([key, inner]) => key === "x" && typeof inner === "number")
  if (at >= 0) return { ...value, x: (entries[at]![1] as number) + by }
  for (const [key, inner] of entries) {
    const next = nudged(inner, by)
    if (next !== inner) return { ...value, [key]: next }
  }
  return value
}

/**
 * One node computes once otherwise, by 10^-9 of a unit, as a sine of another engine does. How many ticks of the rest its
 * state differs, whether its scores do at the end, and after how many ticks a state hash each `digestEvery` ticks tells.
 */
export const divergence = ({ game, inputs, states }: Played, digestEvery: number) => {
  const start = Math.floor(inputs.length / 10)
  let state = nudged(states[start], 1e-9)
  let differing = 0
  let foundAfter: number | null = null
  let last = start
  for (let tick = start + 1; tick < inputs.length; tick++) {
    if (game.outcome(state).over || game.outcome(states[tick - 1]).over) break
    state = game.step(state, inputs[tick]!)
    last = tick
    if (StateHash.hash(state) === StateHash.hash(states[tick])) continue
    differing += 1
    if (foundAfter === null && tick % digestEvery === 0) foundAfter = tick - start
  }
  const scores = (of: unknown) => JSON.stringify(game.outcome(of).standings)
  return {
    ticks: last - start,
    differing,
    scoresDiffer: scores(state) !== scores(states[last]),
    foundAfterTicks: foundAfter
  }
}
