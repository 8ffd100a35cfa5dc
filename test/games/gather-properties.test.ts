import { Either, Schema } from "effect"
import { deepStrictEqual } from "node:assert"
import { assert, describe, it } from "vitest"
import * as Delta from "../../src/core/Delta.ts"
import * as Random from "../../src/core/Random.ts"
import * as StateHash from "../../src/core/StateHash.ts"
import { Gather, type GatherState } from "../../src/games/index.ts"
import { fc } from "../setup/chance.ts"
import { beforeWin, input, joined, overlap, play, scene, scoresOf, scripts, seatOf } from "./gatherScenes.ts"

describe("Gather", () => {
  describe("is deterministic", () => {
    it("the same seed and inputs give the same states, over a wire in mid-game too", () => {
      fc.assert(fc.property(fc.integer(), scripts, scripts, (seed, first, second) => {
        const hashes: Array<number> = []
        const note = (state: GatherState) => void hashes.push(StateHash.hash(state))
        const middle = play(joined(seed, 1, 2), first, note)
        play(middle, second, note)
        const again = hashes.splice(0)
        const middleAgain = play(joined(seed, 1, 2), first, note)
        const overWire: GatherState = JSON.parse(JSON.stringify(middleAgain))
        deepStrictEqual(overWire, middleAgain)
        play(Schema.decodeUnknownSync(Gather.State)(overWire), second, note)
        deepStrictEqual(hashes, again)
      }))
    })

    it("another seed gives another game", () => {
      const places = new Set(Array.from({ length: 100 }, (_, seed) => JSON.stringify(Gather.initial(seed).gatherables)))
      assert.strictEqual(places.size, 100)
    })

    it("plays this game so in every release (else count up `version`)", () => {
      let chance = Random.make(7)
      const below = (bound: number): number => {
        const [value, next] = Random.nextInt(chance, bound)
        chance = next
        return value
      }
      const directions = [-1, 0, 1] as const
      let state = joined(2024, 1, 2, 3, 4)
      for (let tick = 0; tick < 6000; tick++) {
        const wants = below(10) === 0
        const inputs = wants ? [input(1 + below(4), directions[below(3)]!, directions[below(3)]!)] : []
        state = Gather.step(state, inputs)
      }
      deepStrictEqual([StateHash.hash(state), state.round], [3121111148, 2])
    })
  })

  it("never changes a state, and keeps the identity of what stays", () => {
    const freeze = <A>(value: A): A => {
      if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
        Object.freeze(value)
        Object.values(value).forEach(freeze)
      }
      return value
    }
    fc.assert(fc.property(fc.integer(), scripts, (seed, script) => {
      play(freeze(joined(seed, 1, 2)), script, (state, before) => {
        freeze(state)
        // A new round sets all points anew.
        if (state.round !== before.round) return
        for (const key of Object.keys(state) as ReadonlyArray<keyof GatherState>) {
          const equal = StateHash.hash(state[key]) === StateHash.hash(before[key])
          assert.strictEqual(state[key] === before[key], equal, `${key} of ${JSON.stringify(before)}`)
        }
      })
    }))
  })

  it("keeps its rules under random play", () => {
    const decode = Schema.decodeUnknownEither(Gather.State)
    fc.assert(
      fc.property(fc.integer(), scripts, (seed, script) => {
        play(joined(seed, 1, 2, 3), script, (state, before) => {
          const players = Object.values(state.players)
          assert.isTrue(Either.isRight(decode(state)))
          assert.strictEqual(state.gatherables.length, 3)
          state.gatherables.forEach((place, index) => {
            assert.isTrue(place.x >= 0 && place.x <= 580 && place.y >= 0 && place.y <= 380)
            if (place === before.gatherables[index]) return
            assert.isFalse(players.some((player) => overlap(player, place)), "appeared under a player")
            assert.isFalse(state.gatherables.some((other) => other !== place && overlap(other, place)))
          })
          for (const player of players) {
            assert.isTrue(player.x >= 0 && player.x <= 580 && player.y >= 0 && player.y <= 380)
          }
          for (const score of scoresOf(state)) assert.isTrue(score >= 0 && score <= 5)
          assert.strictEqual(scoresOf(state).includes(5) && state.phase.name === "playing", false)
          for (const seat of Object.keys(before.scoreboard)) {
            const line = state.scoreboard[seat]
            if (line !== undefined) assert.isAtLeast(line.gamesWon, before.scoreboard[seat]!.gamesWon)
          }
          assert.isTrue(state.round === before.round || state.round === before.round + 1)
        })
      }),
      { numRuns: 200 }
    )
  })

  describe("view", () => {
    it("changes by its players alone while nobody scores, and by nothing else but what changed", () => {
      const start = scene({ 1: { x: 100, y: 100 }, 2: { x: 300, y: 300 } }, [])
      const next = Gather.step(start, [input(1, 1, 0)])
      deepStrictEqual(Delta.diff(Gather.view(start), Gather.view(next)), { players: { 1: { x: 102.5, dx: 1 } } })
      deepStrictEqual(Delta.diff(Gather.view(next), Gather.view(Gather.step(next, []))), { players: { 1: { x: 105 } } })
      const won = Gather.step(beforeWin, [input(1, 1, 0)])
      deepStrictEqual(Delta.diff(Gather.view(beforeWin), Gather.view(won)), {
        players: { 1: { x: 102.5, dx: 1 } },
        gatherables: { 0: { x: won.gatherables[0]!.x, y: won.gatherables[0]!.y } },
        scoreboard: { 1: { score: 5, gamesWon: 1 } },
        phase: { name: "celebrating", winner: 1 }
      })
    })

    it("does not tell what comes next", () => {
      deepStrictEqual(Object.keys(Gather.view(joined(1, 1))).sort(), [
        "gatherables",
        "phase",
        "players",
        "round",
        "scoreboard"
      ])
    })

    it("is predicted exactly, over a wire too", () => {
      fc.assert(fc.property(fc.integer(), scripts, (seed, script) => {
        play(joined(seed, 1, 2), script, (state, before, inputs) => {
          if (state === before || Object.keys(state.players).length !== Object.keys(before.players).length) return
          // `away` and `back` are no ticks.
          if (Object.keys(state.players).some((seat) => state.players[seat]!.away !== before.players[seat]!.away)) {
            return
          }
          for (const seat of Object.keys(state.players)) {
            const own = inputs.filter((each) => each.seat === Number(seat)).map((each) => each.input)
            const view = JSON.parse(JSON.stringify(Gather.view(before)))
            const predicted = Gather.predict!(view, seatOf(Number(seat)), own)
            deepStrictEqual(predicted.players[seat], state.players[seat])
          }
        })
      }))
    })

    it("is predicted for its own seat only", () => {
      const view = Gather.view(scene({ 1: { x: 100, y: 100, dx: 1 }, 2: { x: 300, y: 300, dx: 1 } }, []))
      const predicted = Gather.predict!(view, seatOf(1), [])
      assert.strictEqual(predicted.players[2], view.players[2])
      assert.strictEqual(Gather.predict!(view, seatOf(7), [{ dx: 1, dy: 1 }]), view)
    })
  })

  describe("lets in", () => {
    const accepts = <A>(schema: Schema.Schema<A>, value: unknown): boolean => {
      const decoded = Schema.decodeUnknownEither(schema)(value)
      if (Either.isRight(decoded)) deepStrictEqual(Schema.encodeSync(schema)(decoded.right), value)
      return Either.isRight(decoded)
    }

    it("directions only", () => {
      for (const dx of [-1, 0, 1]) for (const dy of [-1, 0, 1]) assert.isTrue(accepts(Gather.Input, { dx, dy }))
      for (
        const value of [
          { dx: 2, dy: 0 },
          { dx: 0.5, dy: 0 },
          { dx: 1 },
          { dx: "1", dy: 0 },
          { dx: 0, dy: 0, speed: 9 },
          null,
          []
        ]
      ) assert.isFalse(accepts(Gather.Input, value), JSON.stringify(value))
    })

    it("states that the rules can have brought about", () => {
      const state = Gather.away!(joined(1, 1, 2), seatOf(2))
      const celebrating = Gather.step(beforeWin, [input(1, 1, 0)])
      for (const good of [Gather.initial(1), state, celebrating]) assert.isTrue(accepts(Gather.State, good))
      const player = state.players[1]
      const seventeen = Array.from({ length: 17 }, (_, index) => index + 1)
      const bad: Record<string, unknown> = {
        "more than it should have": { ...state, cheat: 1 },
        "a player with more than it should have": {
          ...state,
          players: { ...state.players, 1: { ...player, speed: 2 } }
        },
        "a player out of bounds": { ...state, players: { ...state.players, 1: { ...player, x: 580.5 } } },
        "a player nowhere": { ...state, players: { ...state.players, 1: { ...player, x: Number.NaN } } },
        "away that is no mark": { ...state, players: { ...state.players, 1: { ...player, away: false } } },
        "a player without a score": { ...state, scoreboard: { 1: state.scoreboard[1] } },
        "a score without a player": { ...state, players: { 1: player } },
        "a seat that is none": { ...state, players: { a: player }, scoreboard: { a: state.scoreboard[1] } },
        "a seat written otherwise": { ...state, players: { "01": player }, scoreboard: { "01": state.scoreboard[1] } },
        "six points": { ...state, scoreboard: { ...state.scoreboard, 1: { score: 6, gamesWon: 0 } } },
        "two gatherables": { ...state, gatherables: state.gatherables.slice(1) },
        "no round": { ...state, round: 0 },
        "a broken generator": { ...state, random: [1, 2, 3, -1] },
        "ticks left while playing": { ...state, ticksLeft: 5 },
        "none left while celebrating": { ...celebrating, ticksLeft: 0 },
        "a celebration without end": { ...celebrating, ticksLeft: 121 },
        "seventeen players": joined(1, ...seventeen)
      }
      for (const [why, value] of Object.entries(bad)) assert.isFalse(accepts(Gather.State, value), why)
    })
  })
})
