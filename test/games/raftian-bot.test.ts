import { Schema } from "effect"
import { assert, describe, it } from "vitest"
import * as Random from "../../src/core/Random.ts"
import { Raftian, type RaftianInput, type RaftianState } from "../../src/games/index.ts"
import { isInGame } from "../../src/games/raftian/Schemas.ts"
import { botsPlay } from "./bots.ts"
import { attack, commit, fell, joined, seatOf } from "./raftianScenes.ts"

const seats = ({ cities }: RaftianState) => Object.keys(cities)

/** What the bot in seat 1 says first, when it is asked for so long. */
const firstInput = (state: RaftianState, asked: number, seed = 1): RaftianInput | null => {
  const random = Random.source(seed)
  let memory: unknown = Raftian.bot!.start
  for (let i = 0; i < asked; i++) {
    const thought = Raftian.bot!.think(Raftian.view(state), seatOf(1), memory, random)
    memory = thought.memory
    if (thought.input !== null) return thought.input
  }
  return null
}

describe("RaftianBot", () => {
  it("bots finish rounds and begin the next, on stale views too", () => {
    for (const many of [2, 4, 8]) {
      for (const lag of [0, 10]) {
        const start = joined(...Array.from({ length: many }, (_, index) => index + 1))
        const { state } = botsPlay(Raftian, seats, start, { ticksMax: 60 * 240, lag, seed: many })
        assert.isAtLeast(state.round, 3, `${many} bots, lag ${lag}`)
      }
    }
  })

  it("say only what the game lets in, and on a fresh view hit what they aim at", () => {
    const isInput = Schema.is(Raftian.Input)
    let hits = 0
    botsPlay(Raftian, seats, joined(1, 2, 3, 4), {
      ticksMax: 60 * 120,
      lag: 0,
      seed: 3,
      seen: (_, before, inputs) => {
        for (const { input, seat } of inputs) {
          assert.isTrue(isInput(input))
          if ("attacks" in input && inputs.length === 1) {
            assert.isTrue(isInGame(before.cities[seat]) && isInGame(before.cities[input.attacks]))
            hits++
          }
        }
      }
    })
    assert.isAbove(hits, 10)
  })

  it("go for the weakest that is in the game", () => {
    const hurt = commit(joined(1, 2, 3, 4), attack(1, 3), attack(1, 3), attack(1, 2))
    for (let seed = 0; seed < 20; seed++) assert.deepEqual(firstInput(hurt, 3000, seed), { attacks: seatOf(3) })
    const away = Raftian.away!(hurt, seatOf(3))
    assert.deepEqual(firstInput(away, 3000), { attacks: seatOf(2) })
    assert.deepEqual(firstInput(fell(hurt, 1, 3), 3000), { attacks: seatOf(2) })
  })

  it("leave others time: nothing within the first seconds of a round, nor at once after the end", () => {
    for (let seed = 0; seed < 50; seed++) {
      assert.isNull(firstInput(joined(1, 2), 60 * 2.4, seed))
      assert.isNull(firstInput(fell(joined(1, 2), 2, 1), 60 * 7.9, seed))
      assert.deepEqual(firstInput(fell(joined(1, 2), 2, 1), 60 * 13, seed), { again: true })
    }
  })

  it("say nothing without a city, with a fallen one, while away, or with nobody to attack", () => {
    const fallen = fell(joined(1, 2, 3), 2, 1)
    for (const state of [joined(2, 3), fallen, Raftian.away!(joined(1, 2), seatOf(1)), joined(1)]) {
      assert.isNull(firstInput(state, 6000))
    }
  })
})
