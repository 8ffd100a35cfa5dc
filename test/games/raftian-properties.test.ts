import { Schema } from "effect"
import { deepStrictEqual } from "node:assert"
import { assert, describe, it } from "vitest"
import * as StateHash from "../../src/core/StateHash.ts"
import { Raftian, type RaftianState } from "../../src/games/index.ts"
import { isInGame } from "../../src/games/raftian/Schemas.ts"
import { fc } from "../setup/chance.ts"
import { attack, commit, joined, logs, play } from "./raftianScenes.ts"

const freeze = <A>(value: A): A => {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    Object.values(value).forEach(freeze)
  }
  return value
}

/** Everything that a log leads to. */
const states = (log: Parameters<typeof play>[1], seen: Parameters<typeof play>[2]): RaftianState =>
  play(freeze(joined(1, 2, 3)), log, (state, before, entry) => seen(freeze(state), before, entry))

const told = (before: RaftianState, after: RaftianState) =>
  after.happenings.filter(({ number }) => number > before.happened)

describe("Raftian, whatever is committed", () => {
  it("comes to states that fit its schema and are plain data, and changes none that it was given", () => {
    const isState = Schema.is(Raftian.State)
    fc.assert(fc.property(logs, (log) => {
      states(log, (state) => {
        assert.isTrue(isState(state), JSON.stringify(state))
        deepStrictEqual(JSON.parse(JSON.stringify(state)), state)
      })
    }))
  })

  it("is deterministic, over a wire in mid-game too", () => {
    fc.assert(fc.property(logs, logs, (first, second) => {
      const hashes: Array<number> = []
      const note = (state: RaftianState) => void hashes.push(StateHash.hash(state))
      const middle = states(first, () => {})
      play(middle, second, note)
      const once = hashes.splice(0)
      const overWire: unknown = JSON.parse(JSON.stringify(states(first, () => {})))
      play(Schema.decodeUnknownSync(Raftian.State)(overWire), second, note)
      deepStrictEqual(hashes, once)
    }))
  })

  it("keeps HP within 0 to 100, lets them fall only, and nobody revive, within a round", () => {
    fc.assert(fc.property(logs, (log) => {
      states(log, (state, before) => {
        for (const [seat, { hp }] of Object.entries(state.cities)) {
          const was = before.cities[seat]
          assert.isTrue(Number.isInteger(hp) && hp >= 0 && hp <= 100)
          if (was !== undefined && state.round === before.round) assert.isAtMost(hp, was.hp)
        }
      })
    }))
  })

  it("lets only cities in the game attack, and only such be attacked", () => {
    fc.assert(fc.property(logs, (log) => {
      states(log, (_, before, entry) => {
        if (entry.kind !== "commands") return
        let state = before
        for (const command of entry.commands) {
          const after = Raftian.step(state, [command])
          for (const happening of told(state, after)) {
            if (happening.kind === "hit") {
              assert.isTrue(isInGame(state.cities[happening.by]) && isInGame(state.cities[happening.on]))
              assert.notStrictEqual(happening.by, happening.on)
              assert.strictEqual(state.cities[happening.on]!.hp - happening.damage, happening.hp)
            }
            if (happening.kind === "missed") assert.isFalse(isInGame(state.cities[happening.on]))
          }
          state = after
        }
      })
    }))
  })

  it("has one winner per round at most, of two that took part at least, and one as soon as one stands", () => {
    let wins = 0
    fc.assert(
      fc.property(logs, (log) => {
        let winners = 0
        let hits = 0
        states(log, (state, before) => {
          if (state.round !== before.round) {
            winners = 0
            hits = 0
          }
          for (const { kind } of told(before, state)) {
            if (kind === "hit") hits++
            if (kind === "won") {
              winners++
              wins++
              assert.isAbove(hits, 0)
            }
          }
          assert.isAtMost(winners, 1)
          const standing = Object.values(state.cities).filter(({ hp, waits }) => hp > 0 && waits === undefined)
          if (state.phase.name === "fighting") assert.isAtLeast(standing.length, 2)
          if (state.phase.name === "won") {
            const winner = state.cities[state.phase.winner]
            deepStrictEqual(standing, winner === undefined || winner.waits ? [] : [winner])
          }
        })
      }),
      { numRuns: 400 }
    )
    assert.isAbove(wins, 20)
  })

  it("numbers what happens without a gap", () => {
    fc.assert(fc.property(logs, (log) => {
      states(log, (state, before) => {
        assert.isAtLeast(state.happened, before.happened)
        if (state.happened === before.happened) assert.strictEqual(state, before)
        assert.strictEqual(state.happenings.at(-1)?.number ?? 0, state.happened)
      })
    }))
  })

  it("does not care how commands are cut into batches", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }))), (pairs) => {
        const commands = pairs.map(([by, on]) => attack(by, on))
        const start = joined(1, 2, 3, 4)
        deepStrictEqual(commands.reduce((state, command) => commit(state, command), start), commit(start, ...commands))
      })
    )
  })
})
