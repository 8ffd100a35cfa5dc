import { deepStrictEqual } from "node:assert"
import { assert, describe, it } from "vitest"
import { Gather, type GatherInput, type GatherState } from "../../src/games/index.ts"
import { botsPlay } from "./bots.ts"
import { input, type Inputs, joined, scene, seatOf } from "./gatherScenes.ts"

/** Bots in every seat for so many ticks, their inputs coming `lag` ticks after the view that they saw. */
const playBots = (
  start: GatherState,
  ticksMax: number,
  lag: number,
  seen?: (state: GatherState, before: GatherState, inputs: Inputs) => void
): GatherState =>
  botsPlay(Gather, ({ players }) => Object.keys(players), start, { ticksMax, lag, seed: 99, ...(seen && { seen }) })
    .state

describe("GatherBot", () => {
  it("finish rounds within a minute, alone or 16 of them, on stale views too", () => {
    for (const seats of [1, 2, 4, 16]) {
      for (const lag of [0, 3, 8]) {
        for (let seed = 0; seed < 3; seed++) {
          const start = joined(seed, ...Array.from({ length: seats }, (_, index) => index + 1))
          const end = playBots(start, 3600, lag)
          assert.isAtLeast(end.round, 3, `${seats} bots, lag ${lag}, seed ${seed}`)
        }
      }
    }
  })

  it("all win now and then", () => {
    const end = playBots(joined(5, 1, 2, 3, 4), 60 * 300, 2)
    for (const { gamesWon } of Object.values(end.scoreboard)) assert.isAtLeast(gamesWon, 5)
  })

  it("do not tremble: few inputs, and hardly any that turns straight back", () => {
    for (const lag of [0, 3, 8]) {
      const last = new Map<number, { readonly input: GatherInput; readonly tick: number }>()
      let tick = 0
      let asked = 0
      let turnedBack = 0
      playBots(joined(8, 1, 2, 3, 4), 3600, lag, (_, __, inputs) => {
        tick++
        for (const { input: next, seat } of inputs) {
          asked++
          const before = last.get(seat)
          if (
            before !== undefined && tick - before.tick < 9 &&
            (next.dx * before.input.dx < 0 || next.dy * before.input.dy < 0)
          ) turnedBack++
          last.set(seat, { input: next, tick })
        }
      })
      // Four bots in 60 s: a choice each second or so, and three or four inputs for each.
      assert.isBelow(asked, 4 * 60 * 4, `lag ${lag}`)
      assert.isAtMost(turnedBack, 12, `lag ${lag}`)
    }
  })

  it("take a human's time to react: 150 to 350 ms", () => {
    const { start: memoryAtStart, think } = Gather.bot!
    const waited = new Set<number>()
    for (let draw = 0; draw < 1; draw += 0.01) {
      const view = Gather.view(scene({ 1: { x: 300, y: 200 } }, []))
      let memory: unknown = memoryAtStart
      for (let tick = 0; tick < 60; tick++) {
        const thought = think(view, seatOf(1), memory, () => draw)
        memory = thought.memory
        if (thought.input !== null) {
          waited.add(tick)
          break
        }
      }
    }
    deepStrictEqual([Math.min(...waited), Math.max(...waited)], [9, 21])
  })

  /** What the bot in seat 1 asks for first. */
  const firstInput = (state: GatherState, random: () => number): GatherInput | null => {
    let memory: unknown = Gather.bot!.start
    for (let tick = 0; tick < 60; tick++) {
      const thought = Gather.bot!.think(Gather.view(state), seatOf(1), memory, random)
      if (thought.input !== null) return thought.input
      memory = thought.memory
    }
    return null
  }

  it("run for what they reach first rather than for what is near to another", () => {
    const places = [{ x: 420, y: 200 }, { x: 100, y: 200 }, { x: 580, y: 380 }]
    const state = scene({ 1: { x: 300, y: 200 }, 2: { x: 380, y: 200 } }, places)
    deepStrictEqual(firstInput(state, () => 0.5), { dx: -1, dy: 0 })
    deepStrictEqual(firstInput(Gather.away!(state, seatOf(2)), () => 0.5), { dx: 1, dy: 0 })
  })

  it("are wrong about it once in twelve times", () => {
    const state = scene({ 1: { x: 300, y: 200 } }, [{ x: 420, y: 200 }, { x: 100, y: 200 }, { x: 0, y: 0 }])
    deepStrictEqual(firstInput(state, () => 0.084), { dx: 1, dy: 0 })
    deepStrictEqual(firstInput(state, () => 0.083), { dx: -1, dy: 0 })
  })

  it("stop when there is nothing to gather, rest while away, and ask again when they were not heard", () => {
    const { start: memoryAtStart, think } = Gather.bot!
    const start = scene({ 1: { x: 300, y: 200 } }, [{ x: 500, y: 200 }])
    let memory: unknown = memoryAtStart
    const asks: Array<number> = []
    for (let tick = 0; tick < 100; tick++) {
      const thought = think(Gather.view(start), seatOf(1), memory, () => 0.5)
      memory = thought.memory
      if (thought.input !== null) asks.push(tick)
    }
    deepStrictEqual(asks.map((tick) => tick - asks[0]!), [0, 30, 60])
    const awayView = Gather.view(Gather.away!(start, seatOf(1)))
    deepStrictEqual(think(awayView, seatOf(1), memory, () => 0.5), { input: null, memory: memoryAtStart })
    const won: GatherState = { ...start, phase: { name: "celebrating", winner: seatOf(1) }, ticksLeft: 100 }
    const celebrating = Gather.view(Gather.step(won, [input(1, 1, 0)]))
    let stopped: GatherInput | null = null
    for (let tick = 0; tick < 30 && stopped === null; tick++) {
      const thought = think(celebrating, seatOf(1), memory, () => 0.5)
      memory = thought.memory
      stopped = thought.input
    }
    deepStrictEqual(stopped, { dx: 0, dy: 0 })
  })
})
