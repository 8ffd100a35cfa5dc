import { deepStrictEqual } from "node:assert"
import { assert, describe, it } from "vitest"
import { Pong, type PongInput, type PongState } from "../../src/games/index.ts"
import { often } from "../setup/often.ts"
import { begun, input, playBots, scene, seatOf, type Seats } from "./pongScenes.ts"

/** What the bot in a seat asks for, tick by tick, while what it sees stays as it is. */
const asks = (state: PongState, seat: number, ticks: number, random: () => number): ReadonlyArray<number | null> => {
  let memory: unknown = Pong.bot!.start
  return Array.from({ length: ticks }, () => {
    const thought = Pong.bot!.think(Pong.view(state), seatOf(seat), memory, random)
    memory = thought.memory
    return thought.input?.move ?? null
  })
}

describe("PongBot", () => {
  it("bots finish a match of five points in five minutes, every time, on stale views too", () => {
    const winners = new Map<number, number>()
    for (let seed = 0; seed < often(50, 200); seed++) {
      const seats = [2, 3, 4][seed % 3] as Seats
      const { state, ticks } = playBots(begun(seed, seats), 5 * 60 * 60, [1, 3, 8][seed % 7 % 3]!, seed + 1)
      assert.strictEqual(state.phase, "over", `${seats} bots, seed ${seed}`)
      assert.isAbove(ticks, 300)
      if (seats === 2) winners.set(state.winner!, (winners.get(state.winner!) ?? 0) + 1)
    }
    // Neither side has it easier.
    for (const won of winners.values()) assert.isAtLeast(won, often(5, 15))
  }, 60_000)

  it("return most balls, and not all", () => {
    let hits = 0
    let goals = 0
    for (let seed = 0; seed < 12; seed++) {
      playBots(begun(seed, 2), 18_000, 3, seed, (state, before) => {
        hits += Math.max(0, state.rally - before.rally)
        if (state.goal !== before.goal) goals++
      })
    }
    const share = hits / (hits + goals)
    assert.isTrue(share > 0.75 && share < 0.92, `${share}`)
  })

  it("are beaten by whoever is always where the ball comes", () => {
    let lost = 0
    for (let seed = 0; seed < 5; seed++) {
      let state = begun(seed, 2)
      let memory: unknown = Pong.bot!.start
      let chance = seed
      for (let tick = 0; tick < 36_000 && state.phase !== "over"; tick++) {
        const thought = Pong.bot!.think(
          Pong.view(state),
          seatOf(2),
          memory,
          () => (chance = (chance * 16807 + 7) % 2147483647) / 2147483647
        )
        memory = thought.memory
        const { at } = state.paddles[1]!
        const off = state.ball.y + 20 - at
        const move = (Math.abs(off) < 6 ? 0 : Math.sign(off)) as PongInput["move"]
        state = Pong.step(state, [
          input(1, move),
          ...(thought.input === null ? [] : [{ seat: seatOf(2), input: thought.input }])
        ])
      }
      if (state.winner === 1) lost++
    }
    assert.isAtLeast(lost, 4)
  })

  it("take a human's time to react: 150 to 320 ms", () => {
    const state = scene(2, { x: 400, y: 60, vx: -6, vy: 0 })
    const waited = new Set<number>()
    for (let draw = 0; draw < 1; draw += 0.01) {
      waited.add(asks(state, 1, 60, () => draw).findIndex((move) => move !== null))
    }
    deepStrictEqual([Math.min(...waited), Math.max(...waited)], [8, 18])
  })

  it("go where the ball will come, walls and all, and to the middle when it goes elsewhere", () => {
    const first = (state: PongState): number | null =>
      asks(state, 1, 40, () => 0.5).find((move) => move !== null) ?? null
    assert.strictEqual(first(scene(2, { x: 400, y: 350, vx: -6, vy: 0 })), 1)
    assert.strictEqual(first(scene(2, { x: 400, y: 50, vx: -6, vy: 0 })), -1)
    // Up to the wall, and from there down to y = 325.
    assert.strictEqual(first(scene(2, { x: 400, y: 35, vx: -5, vy: -5 })), 1)
    assert.strictEqual(first(scene(2, { x: 400, y: 350, vx: 6, vy: 0 }, { 1: 300 })), -1)
    // Another one's ball.
    assert.strictEqual(first(scene(4, { x: 300, y: 500, vx: -1, vy: -6 }, { 1: 300 })), null)
  })

  it("do not tremble: few inputs, and hardly any that turns straight back", () => {
    for (const lag of [0, 3, 8]) {
      const last = new Map<number, { readonly move: number; readonly tick: number }>()
      let tick = 0
      let asked = 0
      let turnedBack = 0
      for (let seed = 0; seed < 5; seed++) {
        playBots(begun(seed, 2), 3600, lag, 8, (_, __, inputs) => {
          tick++
          for (const { input: next, seat } of inputs) {
            asked++
            const before = last.get(seat)
            if (before !== undefined && tick - before.tick < 9 && next.move * before.move < 0) turnedBack++
            last.set(seat, { move: next.move, tick })
          }
        })
      }
      assert.isBelow(asked, (tick / 60) * 2 * 2, `lag ${lag}`)
      assert.isBelow(turnedBack, asked / 20, `lag ${lag}`)
    }
  })

  it("ask again when they were not heard, and want nothing when they have no side or the match is over", () => {
    const state = scene(2, { x: 400, y: 60, vx: -6, vy: 0 })
    const ticks = asks(state, 1, 100, () => 0.5).flatMap((move, tick) => move === null ? [] : [tick])
    deepStrictEqual(ticks.map((tick) => tick - ticks[0]!), [0, 30, 60])
    deepStrictEqual(asks(state, 5, 3, () => 0.5), [null, null, null])
    deepStrictEqual(asks({ ...state, phase: "over", winner: seatOf(1) }, 1, 3, () => 0.5), [null, null, null])
  })
})
