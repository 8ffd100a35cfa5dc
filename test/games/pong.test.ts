import { Either, Schema } from "effect"
import { deepStrictEqual } from "node:assert"
import { assert, describe, it } from "vitest"
import * as Delta from "../../src/core/Delta.ts"
import { games, Pong, PongOptions, type PongState } from "../../src/games/index.ts"
import { speedAfter } from "../../src/games/pong/Ball.ts"
import { begun, input, profile, scene, seatOf, speedOf, steps } from "./pongScenes.ts"

const accepts = <A>(schema: Schema.Schema<A>, value: unknown): boolean => {
  const decoded = Schema.decodeUnknownEither(schema)(value)
  if (Either.isRight(decoded)) deepStrictEqual(Schema.encodeSync(schema)(decoded.right), value)
  return Either.isRight(decoded)
}

/** The ball one tick before the left goal, past the paddle. */
const beforeGoal = { x: 10, y: 100, vx: -6, vy: 0 }

describe("Pong", () => {
  it("comes with the package, and stands by the measures that its players know", () => {
    assert.strictEqual(games["pong"], Pong)
    const state = begun(1, 2)
    deepStrictEqual(state.paddles, {
      1: { side: "left", at: 200, move: 0 },
      2: { side: "right", at: 200, move: 0 }
    })
    deepStrictEqual([state.ball.x, state.ball.y], [400, 200])
    assert.strictEqual(steps(state, 1, [input(1, 1)]).paddles[1]!.at, 205)
    // An 80 px paddle goes up to the edges, and no further.
    assert.strictEqual(steps(state, 100, [input(1, -1)]).paddles[1]!.at, 40)
    assert.strictEqual(steps(state, 100, [input(1, 1)]).paddles[1]!.at, 360)
  })

  describe("options", () => {
    it("are two players and five points unless told", () => {
      const { points, seats } = Pong.initial(1)
      deepStrictEqual([seats, points], [2, 5])
      deepStrictEqual(Pong.initial(1, { points: 11 }).points, 11)
      deepStrictEqual(Schema.decodeUnknownSync(PongOptions)({ seats: 4 }), { seats: 4, points: 5, absence: "bot" })
    })

    it("are refused when they do not fit", () => {
      for (
        const bad of [
          { seats: 1 },
          { seats: 5 },
          { seats: "2" },
          { points: 0 },
          { points: 100 },
          { points: 2.5 },
          {
            speed: 9
          },
          null,
          3
        ]
      ) {
        assert.isTrue(Either.isLeft(Schema.decodeUnknownEither(PongOptions)(bad)), JSON.stringify(bad))
        assert.throws(() => Pong.initial(1, bad))
      }
    })
  })

  describe("joining", () => {
    it("gives sides in order: left, right, top, bottom", () => {
      deepStrictEqual(Object.values(begun(1, 4).paddles).map(({ side }) => side), ["left", "right", "top", "bottom"])
      // Whoever joins first, whatever the number.
      const state = Pong.join(Pong.join(Pong.initial(1), seatOf(9), profile), seatOf(4), profile)
      deepStrictEqual([state.paddles[9]!.side, state.paddles[4]!.side], ["left", "right"])
    })

    it("begins the match when all are there; until then paddles can be tried", () => {
      const waiting = Pong.join(Pong.initial(1, { seats: 3 }), seatOf(1), profile)
      assert.strictEqual(waiting.phase, "waiting")
      const tried = steps(waiting, 50, [input(1, 1)])
      deepStrictEqual([tried.phase, tried.paddles[1]!.at, tried.serves], ["waiting", 550, 0])
      const full = begun(1, 3)
      deepStrictEqual([full.phase, full.serveIn, full.serves], ["serving", 90, 1])
    })

    it("who waits may leave, and the side is for the next", () => {
      const one = Pong.join(Pong.initial(1, { seats: 3 }), seatOf(1), profile)
      const two = Pong.join(Pong.leave(Pong.join(one, seatOf(2), profile), seatOf(1)), seatOf(3), profile)
      deepStrictEqual([two.phase, two.paddles[3]!.side, two.paddles[2]!.side], ["waiting", "left", "right"])
    })

    it("later is watching: no side, no score, no place in the standings", () => {
      const state = begun(1, 2)
      assert.strictEqual(Pong.join(state, seatOf(3), profile), state)
      assert.strictEqual(Pong.join(state, seatOf(1), profile), state)
      assert.strictEqual(Pong.leave(state, seatOf(3)), state)
      deepStrictEqual(Pong.outcome(steps(state, 1, [input(3, 1)])).standings.map(({ seat }) => seat), [1, 2])
    })

    it("keeps paddles off the strip of a neighbour's", () => {
      const tried = steps(Pong.join(Pong.initial(1, { seats: 3 }), seatOf(1), profile), 200, [input(1, -1)])
      assert.strictEqual(tried.paddles[1]!.at, 40)
      const both = Pong.join(tried, seatOf(2), profile)
      assert.strictEqual(both.paddles[1]!.at, 40)
      const full = Pong.join(both, seatOf(3), profile)
      deepStrictEqual([full.paddles[1]!.at, full.paddles[1]!.move], [80, -1])
      // The bottom is a wall: up to it.
      assert.strictEqual(steps(full, 200, [input(1, 1)]).paddles[1]!.at, 560)
    })
  })

  describe("serving", () => {
    it("waits 90 ticks in the middle, then goes as it showed", () => {
      const start = begun(3, 2)
      const soon = steps(start, 89)
      deepStrictEqual([soon.phase, soon.serveIn, soon.ball], ["serving", 1, start.ball])
      const gone = steps(soon, 1)
      deepStrictEqual([gone.phase, gone.serveIn, gone.ball], ["playing", 0, start.ball])
      const flying = steps(gone, 1)
      assert.strictEqual(flying.ball.x, start.ball.x + start.ball.vx)
    })

    it("goes to each guarded side about as often, at 6 px a tick, and never to a wall", () => {
      for (const [seats, gone] of [[2, []], [3, []], [4, []], [4, [2]], [4, [1, 2]]] as const) {
        const counts: Record<string, number> = {}
        for (let seed = 0; seed < 1200; seed++) {
          let state = begun(seed, seats)
          for (const seat of gone) state = Pong.leave(state, seatOf(seat))
          const { vx, vy } = state.ball
          assert.approximately(speedOf(state.ball), 6, 1e-9)
          const side = Math.abs(vx) > Math.abs(vy) ? (vx < 0 ? "left" : "right") : vy < 0 ? "top" : "bottom"
          counts[side] = (counts[side] ?? 0) + 1
        }
        const many = seats - gone.length
        const guarded = ["left", "right", "top", "bottom"].slice(0, seats).filter((_, index) =>
          !gone.some((seat) => seat === index + 1)
        )
        deepStrictEqual(Object.keys(counts).sort(), guarded.sort())
        for (const side of guarded) assert.approximately(counts[side]!, 1200 / many, 120, side)
      }
    })

    it("is missed by paddles that rest, so that a match of two ends by itself", () => {
      const end = steps(begun(5, 2), 5 * 2 * (90 + 200))
      assert.strictEqual(end.phase, "over")
    })
  })

  describe("a hit", () => {
    it("sends the ball straight from the middle, steeper the nearer to an end, and speeds it up", () => {
      const slopes = [-45, -30, 0, 30, 45].map((off) => {
        const { ball, rally, touched } = steps(scene(2, { x: 50, y: 200 + off, vx: -6, vy: 0 }, { 1: 200 }), 1)
        deepStrictEqual([rally, touched], [1, [1]])
        assert.approximately(speedOf(ball), 6 * 1.06, 1e-9)
        return ball.vy / ball.vx
      })
      slopes.forEach((slope, index) => assert.approximately(slope, [-1.5, -1, 0, 1, 1.5][index]!, 1e-9))
    })

    it("happens at its time within the tick: the rest of it is flown in the new direction", () => {
      const { ball } = steps(scene(2, { x: 48, y: 200, vx: -6, vy: 0 }), 1)
      assert.approximately(ball.x, 45 + (6 * 1.06) / 2, 1e-9)
    })

    it("is a matter of the paddle's place at the end of the tick", () => {
      const near = scene(2, { x: 50, y: 249, vx: -6, vy: 0 })
      assert.strictEqual(steps(near, 1).rally, 0)
      assert.strictEqual(steps(near, 1, [input(1, 1)]).rally, 1)
    })

    it("takes the speed to 15 px a tick, not beyond", () => {
      deepStrictEqual([speedAfter(0), speedAfter(15) < 15, speedAfter(16), speedAfter(1000)], [6, true, 15, 15])
    })

    it("of two in one tick counts twice, the last one first", () => {
      const { rally, touched } = steps(scene(4, { x: 46, y: 48.5, vx: -6, vy: -6 }, { 1: 80, 3: 80 }), 1)
      deepStrictEqual([rally, touched], [2, [3, 1]])
    })

    it("misses a ball that has passed, though the paddle comes to where it is", () => {
      const passed = scene(2, { x: 44, y: 200, vx: -6, vy: 0 })
      const next = steps(passed, 1)
      deepStrictEqual([next.rally, next.ball.x], [0, 38])
    })
  })

  it("walls send the ball back, unguarded sides of the square too", () => {
    deepStrictEqual(steps(scene(2, { x: 400, y: 6, vx: 3, vy: -6 }), 1).ball, { x: 403, y: 10, vx: 3, vy: 6 })
    deepStrictEqual(steps(scene(3, { x: 300, y: 594, vx: 3, vy: 6 }), 1).ball, { x: 303, y: 590, vx: 3, vy: -6 })
    assert.strictEqual(steps(scene(4, { x: 300, y: 594, vx: 3, vy: 6 }), 1).phase, "serving")
  })

  it("a ball that misses two paddles in a corner at once goes on", () => {
    const corner = scene(4, { x: 551, y: 49, vx: 4, vy: -4 }, { 2: 300, 3: 300 })
    const next = steps(corner, 2)
    deepStrictEqual(next.ball, { x: 559, y: 41, vx: 4, vy: -4 })
  })

  describe("points", () => {
    it("of two: the other one scores, whoever touched the ball", () => {
      const next = steps(scene(2, beforeGoal), 1)
      deepStrictEqual([next.scores, next.phase, next.serves, next.serveIn], [{ 1: 0, 2: 1 }, "serving", 2, 90])
      deepStrictEqual(next.goal, { on: 1, by: 2, side: "left", at: 100 })
      deepStrictEqual([next.rally, next.touched, next.ball.x, next.ball.y], [0, [], 400, 200])
    })

    const of4 = (touched: ReadonlyArray<number>): PongState =>
      steps(scene(4, beforeGoal, {}, { touched: touched.map(seatOf), rally: touched.length }), 1)

    it("of three or four: whoever of the others touched the ball last", () => {
      deepStrictEqual(of4([3, 2]).scores, { 1: 0, 2: 0, 3: 1, 4: 0 })
      deepStrictEqual(of4([1, 4, 2]).scores, { 1: 0, 2: 0, 3: 0, 4: 1 })
    })

    it("of three or four: nobody, if none of them touched it", () => {
      for (const touched of [[], [1]]) {
        const next = of4(touched)
        deepStrictEqual(next.scores, { 1: 0, 2: 0, 3: 0, 4: 0 })
        deepStrictEqual([next.goal?.by, next.phase, next.serves], [null, "serving", 2])
      }
    })

    it("of three or four, with two left: as of two", () => {
      let state = scene(4, beforeGoal)
      for (const seat of [2, 3]) state = Pong.leave(state, seatOf(seat))
      deepStrictEqual(steps({ ...state, ball: beforeGoal }, 1).scores, { 1: 0, 4: 1 })
    })

    it("win when they are enough, and nothing happens after that", () => {
      const before = scene(2, beforeGoal, {}, { scores: { 1: 4, 2: 4 } })
      const won = steps(before, 1)
      deepStrictEqual([won.phase, won.winner, won.scores, won.serves], ["over", 2, { 1: 4, 2: 5 }, 1])
      deepStrictEqual(Pong.outcome(won), {
        standings: [{ seat: 2, score: 5, gamesWon: 1 }, { seat: 1, score: 4, gamesWon: 0 }],
        winner: 2,
        over: true
      })
      assert.strictEqual(steps(won, 10, [input(1, 1)]), won)
      assert.strictEqual(steps({ ...before, points: 6 }, 1).phase, "serving")
      deepStrictEqual([Pong.outcome(before).over, Pong.outcome(before).winner], [false, null])
    })
  })

  describe("leaving", () => {
    it("makes the side a wall, and the match goes on among the others", () => {
      const left = Pong.leave(scene(4, { x: 300, y: 300, vx: -6, vy: 0 }), seatOf(1))
      deepStrictEqual([Object.keys(left.paddles), Object.keys(left.scores)], [["2", "3", "4"], ["2", "3", "4"]])
      const back = steps(left, 60)
      deepStrictEqual([back.phase, back.ball.vx], ["playing", 6])
      assert.strictEqual(Pong.join(left, seatOf(1), profile), left)
    })

    it("takes the leaver's touch along", () => {
      const state = scene(4, { x: 300, y: 300, vx: -6, vy: 0 }, {}, { touched: [seatOf(3), seatOf(4)], rally: 2 })
      deepStrictEqual(Pong.leave(state, seatOf(3)).touched, [4])
    })

    it("turns a serve that went to the leaver to somebody else", () => {
      for (let seed = 0; seed < 50; seed++) {
        const state = Pong.leave(steps(begun(seed, 3), 40), seatOf(1))
        deepStrictEqual([state.phase, state.serveIn, state.serves], ["serving", 90, 1])
        assert.isFalse(state.ball.vx < 0 && Math.abs(state.ball.vx) > Math.abs(state.ball.vy))
      }
    })

    it("turns a ball that would fly between two walls for ever", () => {
      let state = scene(4, { x: 300, y: 300, vx: 0, vy: 6 }, {}, { rally: 1 })
      state = Pong.leave(Pong.leave(state, seatOf(3)), seatOf(4))
      assert.approximately(speedOf(state.ball), 6, 1e-9)
      assert.isAbove(Math.abs(state.ball.vx), 3.3)
      assert.isAbove(state.ball.vy, 0)
    })

    it("who is left alone wins, also when that one leaves then", () => {
      const one = Pong.leave(begun(1, 2), seatOf(1))
      deepStrictEqual([one.phase, one.winner, one.scores], ["over", 2, { 2: 0 }])
      const none = Pong.leave(one, seatOf(2))
      deepStrictEqual([none.phase, none.winner, Pong.outcome(none).standings], ["over", 2, []])
      for (const state of [one, none]) assert.isTrue(accepts(Pong.State, state))
    })
  })

  describe("lets in", () => {
    it("moves only", () => {
      for (const move of [-1, 0, 1]) assert.isTrue(accepts(Pong.Input, { move }))
      for (const bad of [{ move: 2 }, { move: 0.5 }, { move: "1" }, {}, { move: 1, speed: 9 }, null, []]) {
        assert.isFalse(accepts(Pong.Input, bad), JSON.stringify(bad))
      }
    })

    it("states that the rules can have brought about", () => {
      const state = begun(1, 3)
      const waiting = Pong.join(Pong.initial(1), seatOf(1), profile)
      const won = steps(scene(2, beforeGoal, {}, { scores: { 1: 4, 2: 4 } }), 1)
      for (const good of [Pong.initial(1), waiting, state, steps(state, 200), won]) {
        assert.isTrue(accepts(Pong.State, good))
      }
      const paddle = state.paddles[1]!
      const bad: Record<string, unknown> = {
        "more than it should have": { ...state, cheat: 1 },
        "a paddle with more than it should have": {
          ...state,
          paddles: { ...state.paddles, 1: { ...paddle, speed: 9 } }
        },
        "a paddle out of its range": { ...state, paddles: { ...state.paddles, 1: { ...paddle, at: 70 } } },
        "a paddle on a side that it has not": {
          ...state,
          paddles: { ...state.paddles, 3: { ...paddle, side: "bottom" } }
        },
        "two paddles on a side": { ...state, paddles: { ...state.paddles, 2: paddle } },
        "a ball out of the board": { ...state, ball: { ...state.ball, y: 596 } },
        "a ball nowhere": { ...state, ball: { ...state.ball, x: Number.NaN } },
        "a ball too fast": { ...state, ball: { ...state.ball, vx: 16 } },
        "a score without a player": { ...state, scores: { ...state.scores, 4: 0 } },
        "a player without a score": { ...state, scores: { 1: 0, 2: 0 } },
        "a score above the points": { ...state, scores: { ...state.scores, 1: 6 } },
        "a serve that is not awaited": { ...state, phase: "playing" },
        "a winner before the end": { ...state, winner: 1 },
        "an end without a winner": { ...state, phase: "over", serveIn: 0 },
        "waiting though all are there": { ...state, phase: "waiting", serveIn: 0, serves: 0 },
        "a touch of nobody": { ...state, touched: [7] },
        "a touch twice": { ...state, touched: [1, 1] },
        "five players": { ...state, seats: 5 }
      }
      for (const [what, value] of Object.entries(bad)) assert.isFalse(accepts(Pong.State, value), what)
    })
  })

  describe("view", () => {
    it("changes by what moves alone while the ball flies", () => {
      const start = scene(2, { x: 400, y: 200, vx: 4, vy: 3 })
      const next = Pong.step(start, [input(1, 1)])
      deepStrictEqual(Delta.diff(Pong.view(start), Pong.view(next)), {
        ball: { x: 404, y: 203 },
        paddles: { 1: { at: 205, move: 1 } }
      })
      assert.strictEqual(next.paddles[2], start.paddles[2])
      assert.strictEqual(next.scores, start.scores)
    })

    it("does not tell what comes next", () => {
      assert.isFalse("random" in Pong.view(begun(1, 2)))
    })
  })
})
