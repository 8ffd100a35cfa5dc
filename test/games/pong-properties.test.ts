import { Either, Schema } from "effect"
import { deepStrictEqual } from "node:assert"
import { assert, describe, it } from "vitest"
import * as StateHash from "../../src/core/StateHash.ts"
import { Pong, type PongState } from "../../src/games/index.ts"
import { fly, speedAfter } from "../../src/games/pong/Ball.ts"
import {
  approachTo,
  awayShareMin,
  boardOf,
  depthTo,
  faceDepth,
  guardsOf,
  rangeOf,
  reach,
  velocityFrom
} from "../../src/games/pong/Board.ts"
import { fc } from "../setup/chance.ts"
import {
  begun,
  guardedSides,
  input,
  mirror,
  moments,
  play,
  playBots,
  scripts,
  seatCount,
  seatOf,
  speedOf,
  transpose
} from "./pongScenes.ts"

const decode = Schema.decodeUnknownEither(Pong.State)
const fits = (state: PongState): boolean => Either.isRight(decode(state))

describe("Pong", () => {
  describe("is deterministic", () => {
    it("the same seed and inputs give the same states, over a wire in mid-game too", () => {
      fc.assert(fc.property(fc.integer(), seatCount, scripts, scripts, (seed, seats, first, second) => {
        const hashes: Array<number> = []
        const note = (state: PongState) => void hashes.push(StateHash.hash(state))
        play(play(begun(seed, seats), first, note), second, note)
        const again = hashes.splice(0)
        const middle = play(begun(seed, seats), first, note)
        const overWire: PongState = JSON.parse(JSON.stringify(middle))
        deepStrictEqual(overWire, middle)
        play(Schema.decodeUnknownSync(Pong.State)(overWire), second, note)
        deepStrictEqual(hashes, again)
      }))
    })

    it("another seed gives another match", () => {
      const serves = new Set(Array.from({ length: 100 }, (_, seed) => JSON.stringify(begun(seed, 4).random)))
      assert.strictEqual(serves.size, 100)
    })

    it("is played so in every release (else count up `version`)", () => {
      const ends = ([2, 3, 4] as const).map((seats) => {
        const { state, ticks } = playBots(begun(2024, seats), 40_000, 3, 7)
        return [StateHash.hash(state), ticks]
      })
      deepStrictEqual(ends, [[3906496418, 6319], [583716731, 5160], [1753810401, 5032]])
    })
  })

  it("never changes a state", () => {
    const freeze = <A>(value: A): A => {
      if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
        Object.freeze(value)
        Object.values(value).forEach(freeze)
      }
      return value
    }
    fc.assert(
      fc.property(fc.integer(), seatCount, scripts, (seed, seats, script) => {
        play(freeze(begun(seed, seats)), script, (state) => void freeze(state))
      }),
      { numRuns: 30 }
    )
  })

  it("keeps its rules under random play", () => {
    fc.assert(fc.property(fc.integer(), seatCount, scripts, (seed, seats, script) => {
      play(begun(seed, seats, 3), script, (state, before, ticked) => {
        assert.isTrue(fits(state), JSON.stringify(state))
        const gained = Object.keys(state.scores).filter((seat) => state.scores[seat] !== (before.scores[seat] ?? 0))
        assert.isAtMost(gained.length, 1)
        for (const seat of gained) {
          assert.strictEqual(state.scores[seat], before.scores[seat]! + 1)
          assert.isNotNull(ticked, "scored without a tick")
          assert.notStrictEqual(state.goal, before.goal)
          assert.strictEqual(state.goal!.by, Number(seat))
          assert.notStrictEqual(state.goal!.on, Number(seat))
        }
        // Only a ball that got in is served anew, or one that nobody guards against any more.
        if (state.serves !== before.serves) assert.notStrictEqual(state.goal, before.goal)
        if (before.phase === "over") assert.isTrue(state.phase === "over" && state.winner === before.winner)
        if (state.phase === "over" && before.phase !== "over") {
          const most = state.scores[state.winner!]
          assert.isTrue(most === state.points || Object.keys(state.paddles).length === 1)
        }
        for (const seat of Object.keys(state.paddles)) {
          const was = before.paddles[seat]
          if (was === undefined) continue
          assert.strictEqual(state.paddles[seat]!.side, was.side)
          assert.isAtMost(Math.abs(state.paddles[seat]!.at - was.at), 5)
        }
      })
    }))
  })

  describe("the ball", () => {
    it("has the speed of its rally, stays on the board, moves in every tick and leaves paddles at 55 % of it", () => {
      let hits = 0
      fc.assert(
        fc.property(moments, (moment) => {
          let state = moment
          for (let tick = 0; tick < 300; tick++) {
            const before = state
            state = Pong.step(before, [])
            if (state.phase !== "playing") return
            assert.approximately(speedOf(state.ball), speedAfter(state.rally), 1e-9)
            assert.isTrue(speedOf(state.ball) >= 6 - 1e-9 && speedOf(state.ball) <= 15 + 1e-9)
            assert.isTrue(fits(state), JSON.stringify(state))
            assert.notDeepEqual([state.ball.x, state.ball.y], [before.ball.x, before.ball.y])
            if (state.rally === before.rally + 1) {
              hits++
              const away = -approachTo(state.paddles[state.touched[0]!]!.side, state.ball)
              assert.isAtLeast(away, speedOf(state.ball) * awayShareMin - 1e-9)
            }
          }
        }),
        { seed: 11 }
      )
      assert.isAbove(hits, 20)
      assert.isAbove(awayShareMin, 0.55)
    })

    it("comes to a guarded side in bounded time, whoever has left", () => {
      let left = 0
      fc.assert(fc.property(moments, fc.nat(), fc.double({ min: -1, max: 1, noNaN: true }), (moment, which, slope) => {
        // Met by somebody who then leaves.
        const sides = guardedSides(moment)
        const side = sides[which % sides.length]!
        const away = speedOf(moment.ball) / Math.sqrt(1 + slope * slope)
        const ball = { ...moment.ball, ...velocityFrom(side, away, away * slope * slope * slope) }
        let state = Pong.leave({ ...moment, ball }, guardsOf(moment.paddles)[side]!.seat)
        if (state.phase !== "playing") return
        left++
        assert.approximately(speedOf(state.ball), speedOf(ball), 1e-9)
        // Twice across the square board, at 55 % of the serve's speed or of what the change above has left of it.
        for (let tick = 0; tick < (2 * 600) / (speedOf(ball) * awayShareMin); tick++) {
          const before = state
          state = Pong.step(state, [])
          if (state.rally !== before.rally || state.serves !== before.serves || state.phase !== "playing") return
        }
        assert.fail(`neither hit nor let in: ${JSON.stringify(state)}`)
      }))
      assert.isAbove(left, 10)
    })

    it("passes through no paddle, at any speed and angle", () => {
      const counted = { met: 0, passed: 0 }
      fc.assert(
        fc.property(
          seatCount,
          fc.nat(),
          fc.double({ min: 0, max: 15, noNaN: true }),
          fc.double({ min: 0, max: 1, noNaN: true }),
          fc.double({ min: -0.49, max: 0.49, noNaN: true }),
          fc.double({ min: -60, max: 60, noNaN: true }),
          (seats, which, before, place, turn, off) => {
            const board = boardOf(seats)
            const full = begun(1, seats)
            const side = guardedSides(full)[which % seats]!
            const seat = Object.keys(full.paddles).find((each) => full.paddles[each]!.side === side)!
            const [least, most] = rangeOf(side, board, guardsOf(full.paddles))
            const at = least + place * (most - least)
            const towards = velocityFrom(side, -15 * Math.cos(turn * Math.PI), 15 * Math.sin(turn * Math.PI))
            // At top speed, so far before the face, on a line that crosses it so far from the paddle's middle.
            const across = side === "left" || side === "right"
            const [vn, vt] = across ? [Math.abs(towards.vx), towards.vy] : [Math.abs(towards.vy), towards.vx]
            // At the very end of the tick the last bits decide whether it is met in this one or the next.
            if (vn - before < 1e-6) return
            const crossing = at + off
            const length = across ? board.height : board.width
            const from = crossing - (vt * before) / vn
            if (Math.min(crossing, from) < 46 || Math.max(crossing, from) > length - 46) return
            const depth = faceDepth + before
            const normal = side === "left" || side === "top" ? depth : (across ? board.width : board.height) - depth
            const ball = { ...(across ? { x: normal, y: from } : { x: from, y: normal }), ...towards }
            const paddles = { ...full.paddles, [seat]: { ...full.paddles[seat]!, at } }
            const { ball: after, hits } = fly(ball, board, guardsOf(paddles), 99)
            if (Math.abs(Math.abs(off) - reach) < 1e-6) return
            const meets = Math.abs(off) < reach
            counted[meets ? "met" : "passed"]++
            deepStrictEqual(hits.filter((each) => each === Number(seat)).length, meets ? 1 : 0)
            assert.strictEqual(approachTo(side, after) < 0, meets)
          }
        ),
        { numRuns: 3000, seed: 11 }
      )
      assert.isTrue(counted.met > 500 && counted.passed > 100, JSON.stringify(counted))
    })

    it("is never hit from behind, or by the end of a paddle", () => {
      const share = fc.double({ min: 0, max: 1, noNaN: true })
      fc.assert(
        fc.property(moments, fc.nat(), share, share, (moment, which, back, place) => {
          const board = boardOf(moment.seats)
          const all = guardedSides(moment)
          const side = all[which % all.length]!
          const { seat } = guardsOf(moment.paddles)[side]!
          const across = side === "left" || side === "right"
          const depth = 5 + back * (faceDepth - 5.001)
          const [least, most] = rangeOf(side, board, guardsOf(moment.paddles))
          const at = least + place * (most - least)
          const [width, height] = across ? [board.width, board.height] : [board.height, board.width]
          const normal = side === "left" || side === "top" ? depth : width - depth
          const beside = Math.max(5, Math.min(height - 5, at + (back - 0.5) * 80))
          const paddles = { ...moment.paddles, [seat]: { side, at, move: 0 as const } }
          let state: PongState = {
            ...moment,
            paddles,
            ball: { ...moment.ball, ...(across ? { x: normal, y: beside } : { x: beside, y: normal }) }
          }
          for (let tick = 0; tick < 20; tick++) {
            if (state.phase !== "playing" || depthTo(side, board, state.ball) >= faceDepth - 1e-6) return
            const { ball, hits } = fly(state.ball, board, guardsOf(paddles), state.rally)
            assert.isFalse(hits.includes(seat))
            if (approachTo(side, state.ball) > 0 && hits.length === 0) assert.isAtLeast(approachTo(side, ball), 0)
            state = Pong.step(state, [])
          }
        }),
        { numRuns: 2000 }
      )
    })
  })

  it("is the same for left and right, and on the square for both axes", () => {
    const close = (a: PongState, b: PongState): void => {
      deepStrictEqual([a.scores, a.phase, a.rally, a.goal?.on, a.goal?.by], [
        b.scores,
        b.phase,
        b.rally,
        b.goal?.on,
        b.goal?.by
      ])
      for (const seat of Object.keys(a.paddles)) {
        assert.approximately(a.paddles[seat]!.at, b.paddles[seat]!.at, 1e-9)
        deepStrictEqual(
          [a.paddles[seat]!.side, a.paddles[seat]!.move],
          [b.paddles[seat]!.side, b.paddles[seat]!.move]
        )
      }
      if (a.phase !== "playing") return
      for (const key of ["x", "y", "vx", "vy"] as const) assert.approximately(a.ball[key], b.ball[key], 1e-6)
    }
    fc.assert(
      fc.property(moments, (moment) => {
        close(mirror(Pong.step(mirror(moment), [])), Pong.step(moment, []))
        if (moment.seats !== 2) close(transpose(Pong.step(transpose(moment), [])), Pong.step(moment, []))
      }),
      { numRuns: 2000 }
    )
  })

  it("is predicted exactly while others go on as they do, points apart", () => {
    const predicted = { whole: 0, goals: 0 }
    fc.assert(
      fc.property(moments, fc.nat(), fc.array(fc.constantFrom(-1, 0, 1), { maxLength: 3 }), (moment, which, moves) => {
        const seats = Object.keys(moment.paddles)
        const seat = Number(seats[which % seats.length])
        let state = moment
        for (let tick = 0; tick < 60; tick++) {
          const own = tick === 10 ? moves.map((move) => ({ move: move as -1 | 0 | 1 })) : []
          const view = JSON.parse(JSON.stringify(Pong.view(state)))
          const guess = Pong.predict!(view, seatOf(seat), own)
          const before = state
          state = Pong.step(state, own.map(({ move }) => input(seat, move)))
          deepStrictEqual(guess.paddles, state.paddles)
          if (state.goal === before.goal) {
            deepStrictEqual(guess, Pong.view(state))
            predicted.whole++
          } else {
            deepStrictEqual([guess.scores, guess.phase], [before.scores, "playing"])
            // It waits at the edge for the view that tells.
            deepStrictEqual(Pong.predict!(guess, seatOf(seat), []).ball, guess.ball)
            predicted.goals++
            return
          }
        }
      })
    )
    assert.isTrue(predicted.whole > 1000 && predicted.goals > 5, JSON.stringify(predicted))
  })

  it("is not predicted for who only watches", () => {
    const view = Pong.view(begun(1, 2))
    assert.strictEqual(Pong.predict!(view, seatOf(9), [{ move: 1 }]), view)
  })
})
