/** The program plays for whoever stays away. */
import { afterEach, assert, it } from "vitest"
import type { RoomState } from "../../../src/core/Room.ts"
import { Substitutes } from "../../../src/layers/ticking/Substitutes.ts"
import { raceOf } from "../../cluster/race.ts"

const real = Math.random
afterEach(() => {
  Math.random = real
})

/** Says what chance told it. */
const game = {
  ...raceOf({ goal: 10, absence: "bot" }),
  bot: {
    start: null,
    think: (_view: unknown, _seat: unknown, memory: null, random: () => number) => ({ input: random(), memory })
  }
}

const stateOf = (seed: number, clock: number): RoomState =>
  ({
    room: "main",
    seed,
    clock,
    match: { stage: "playing", substituted: [1, 2] },
    game: { goal: 10, ticks: 0, pushes: {} }
  }) as unknown as RoomState

const played = (seed: number, clock = 100) => {
  const substitutes = new Substitutes(game as never)
  return [0, 1, 2].map((tick) => substitutes.inputs(stateOf(seed, clock + tick), []).map(([, , input]) => input))
}

it("bots take their chances from the room: the same room gives the same, and no other source is asked", () => {
  Math.random = () => assert.fail("Math.random was asked")
  assert.deepStrictEqual(played(7), played(7))
  assert.notDeepEqual(played(7), played(8))
  assert.notDeepEqual(played(7, 100), played(7, 200))
  const all = played(7).flat()
  assert.strictEqual(new Set(all).size, all.length)
})
