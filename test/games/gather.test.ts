import { Either, Schema } from "effect"
import { deepStrictEqual } from "node:assert"
import { assert, describe, it } from "vitest"
import * as Random from "../../src/core/Random.ts"
import { Gather, type GatherInput, gatherRules, type GatherState } from "../../src/games/index.ts"
import { fc } from "../setup/chance.ts"
import { beforeWin, distance, input, joined, overlap, profile, scene, scoresOf, seatOf, steps } from "./gatherScenes.ts"

describe("Gather", () => {
  describe("moving", () => {
    it("runs 150 px/s in any direction, held until changed", () => {
      const start = scene({ 1: { x: 300, y: 200 } }, [])
      for (const dx of [-1, 0, 1] as const) {
        for (const dy of [-1, 0, 1] as const) {
          const end = steps(start, 60, [input(1, dx, dy)]).players[1]!
          const expected = dx === 0 && dy === 0 ? 0 : 150
          assert.closeTo(distance(end, start.players[1]!), expected, 1e-9)
          assert.strictEqual(Math.sign(Math.round(end.x - 300)), dx)
          assert.strictEqual(Math.sign(Math.round(end.y - 200)), dy)
        }
      }
    })

    it("stays in the field: 0 to 580 by 0 to 380", () => {
      const start = scene({ 1: { x: 300, y: 200 } }, [{ x: 200, y: 0 }, { x: 230, y: 0 }, { x: 260, y: 0 }])
      const at = (dx: GatherInput["dx"], dy: GatherInput["dy"]) => {
        const { x, y } = steps(start, 200, [input(1, dx, dy)]).players[1]!
        return [x, y]
      }
      deepStrictEqual(at(-1, 0), [0, 200])
      deepStrictEqual(at(1, 1), [580, 380])
      deepStrictEqual(at(-1, -1), [0, 0])
    })

    it("takes a seat's last input of a tick, and none of a seat that is not there", () => {
      const start = scene({ 1: { x: 300, y: 200 } }, [])
      const moved = Gather.step(start, [input(1, 1, 0), input(1, 0, -1), input(9, 1, 1)])
      deepStrictEqual(moved.players, { 1: { x: 300, y: 197.5, dx: 0, dy: -1 } })
    })

    it("is the same state when nobody runs", () => {
      const start = joined(3, 1, 2)
      assert.strictEqual(Gather.step(start, []), start)
      assert.strictEqual(Gather.step(start, [input(1, 0, 0)]), start)
    })
  })

  describe("appearing", () => {
    it("spreads 16 players, the same way each time", () => {
      const seats = Array.from({ length: 16 }, (_, index) => index + 1)
      const { players } = joined(1, ...seats)
      deepStrictEqual(joined(2, ...seats).players, players)
      for (const a of seats) {
        for (const b of seats) if (a < b) assert.isAtLeast(distance(players[a]!, players[b]!), 100)
      }
      assert.isAtLeast(distance(players[1]!, players[2]!), 400)
      assert.isTrue(Either.isRight(Schema.decodeUnknownEither(Gather.State)(joined(1, ...seats))))
    })

    it("keeps 50 px to every other player, wherever they have run to", () => {
      const place = fc.record({
        x: fc.oneof(fc.integer({ min: 0, max: 580 }), fc.constantFrom(65, 215, 365, 515)),
        y: fc.oneof(fc.integer({ min: 0, max: 380 }), fc.constantFrom(40, 90, 140, 190, 240, 290, 340))
      })
      fc.assert(fc.property(fc.array(place, { maxLength: 15 }), (places) => {
        const others = Object.fromEntries(places.map((at, index) => [index + 1, at]))
        const { players } = Gather.join(scene(others, []), seatOf(16), profile)
        for (const seat of Object.keys(others)) {
          assert.isAtLeast(distance(players[16]!, players[seat]!), gatherRules.spawnDistanceMin)
        }
      }))
    })

    it("scores nothing by appearing: what lies there goes elsewhere", () => {
      const empty = scene({}, [])
      const { x, y } = Gather.join(empty, seatOf(1), profile).players[1]!
      const under = { x: x + 5, y: y + 5 }
      const state = Gather.join({ ...empty, gatherables: [under, ...empty.gatherables.slice(1)] }, seatOf(1), profile)
      assert.isFalse(state.gatherables.some((place) => overlap(place, state.players[1]!)))
      deepStrictEqual(state.gatherables.slice(1), empty.gatherables.slice(1))
      deepStrictEqual(scoresOf(Gather.step(state, [])), [0])
    })

    it("leaves a seat that is there as it is", () => {
      const state = joined(1, 1)
      assert.strictEqual(Gather.join(state, seatOf(1), profile), state)
    })

    it("finds a place for a gatherable even when the generator finds none", () => {
      // sfc32 started in this state gives 0 forever: every draw is the corner, which is taken.
      const stuck = scene({ 1: { x: 20, y: 0, dx: -1 }, 2: { x: 0, y: 20 } }, [{ x: 0, y: 0 }])
      const state = Gather.step({ ...stuck, random: [0, 0, 0, 0] }, [])
      deepStrictEqual(scoresOf(state), [1, 0])
      assert.isFalse(Object.values(state.players).some((player) => overlap(player, state.gatherables[0]!)))
    })
  })

  describe("scoring", () => {
    it("gives one point for a touch, and something else to gather", () => {
      const start = scene({ 1: { x: 100, y: 100 } }, [{ x: 122.5, y: 100 }])
      const beside = Gather.step(start, [input(1, 1, 0)])
      deepStrictEqual(scoresOf(beside), [0], "edge to edge is no touch")
      assert.strictEqual(beside.gatherables, start.gatherables)
      const touched = Gather.step(beside, [])
      deepStrictEqual(touched.scoreboard, { 1: { score: 1, gamesWon: 0 } })
      assert.notDeepEqual(touched.gatherables[0], start.gatherables[0])
      deepStrictEqual(touched.gatherables.slice(1), start.gatherables.slice(1))
      assert.strictEqual(touched.gatherables[1], start.gatherables[1])
    })

    it("never puts one gatherable onto another", () => {
      const start = scene({ 1: { x: 100, y: 100 } }, [])
      for (let seed = 0; seed < 3000; seed++) {
        const gatherables = start.gatherables.with(seed % 3, { x: 100, y: 100 })
        const next = Gather.step({ ...start, gatherables, random: Random.make(seed) }, [])
        assert.strictEqual(next.scoreboard[1]!.score, 1)
        next.gatherables.forEach((place, index) => {
          for (const other of next.gatherables.slice(index + 1)) assert.isFalse(overlap(place, other))
        })
      }
    })

    it("gives what two touch to the nearer one, and to the lower seat if they are as near", () => {
      const at = (x1: number, x2: number) =>
        scoresOf(Gather.step(scene({ 1: { x: x1, y: 100 }, 2: { x: x2, y: 100 } }, [{ x: 100, y: 100 }]), []))
      deepStrictEqual(at(85, 110), [0, 1])
      deepStrictEqual(at(95, 110), [1, 0])
      deepStrictEqual(at(90, 110), [1, 0])
      deepStrictEqual(at(110, 90), [1, 0])
    })

    it("gives two points for two touched at once", () => {
      const start = scene({ 1: { x: 100, y: 100 } }, [{ x: 85, y: 100 }, { x: 110, y: 100 }])
      deepStrictEqual(scoresOf(Gather.step(start, [])), [2])
    })

    it("gives the round to the nearer of two who take their fifth point in one tick, and the other no point", () => {
      const start = (x1: number, x2: number) =>
        Gather.step(
          scene(
            { 1: { x: x1, y: 100 }, 2: { x: x2, y: 300 } },
            [{ x: 100, y: 100 }, { x: 100, y: 300 }],
            { 1: 4, 2: 4 }
          ),
          []
        )
      deepStrictEqual(start(110, 105).phase, { name: "celebrating", winner: 2 })
      deepStrictEqual(scoresOf(start(110, 105)), [4, 5])
      deepStrictEqual(start(105, 110).phase, { name: "celebrating", winner: 1 })
      deepStrictEqual(start(105, 95).phase, { name: "celebrating", winner: 1 })
    })
  })

  describe("winning", () => {
    const won = Gather.step(beforeWin, [input(1, 1, 0)])

    it("takes five points: the winner is named and has a game more", () => {
      assert.strictEqual(Gather.outcome(beforeWin).winner, null)
      deepStrictEqual(won.phase, { name: "celebrating", winner: 1 })
      deepStrictEqual(won.scoreboard, { 1: { score: 5, gamesWon: 1 }, 2: { score: 3, gamesWon: 0 } })
      deepStrictEqual(Gather.outcome(won), {
        standings: [{ seat: 1, score: 5, gamesWon: 1 }, { seat: 2, score: 3, gamesWon: 0 }],
        winner: 1,
        over: false
      })
    })

    it("is celebrated for two seconds, in which players run and nothing scores", () => {
      let state: GatherState = { ...won, gatherables: [{ x: 300, y: 300 }, ...won.gatherables.slice(1)] }
      state = Gather.step(state, [input(1, 1, 0)])
      for (let tick = 2; tick < 120; tick++) {
        const next = Gather.step(state, [])
        assert.strictEqual(next.scoreboard, state.scoreboard)
        assert.strictEqual(next.gatherables, state.gatherables)
        assert.strictEqual(next.phase, state.phase)
        assert.isAbove(next.players[1]!.x, state.players[1]!.x)
        state = next
      }
      assert.strictEqual(state.round, 1)
      const after = Gather.step(state, [])
      deepStrictEqual([after.phase, after.round], [{ name: "playing" }, 2])
    })

    it("then sets all points back, keeps the games won and puts everything to gather elsewhere", () => {
      const next = steps({ ...won, gatherables: [{ x: 300, y: 300 }, ...won.gatherables.slice(1)] }, 120)
      deepStrictEqual(next.scoreboard, { 1: { score: 0, gamesWon: 1 }, 2: { score: 0, gamesWon: 0 } })
      deepStrictEqual(Gather.outcome(next).winner, null)
      for (const place of next.gatherables) {
        assert.isFalse(won.gatherables.includes(place))
        assert.isFalse(Object.values(next.players).some((player) => overlap(player, place)))
      }
      deepStrictEqual(scoresOf(Gather.step(next, [])), [0, 0])
    })

    it("ranks by games won, then points, then seat", () => {
      const start = scene({ 1: {}, 2: {}, 3: {}, 4: {} }, [])
      const scoreboard = {
        1: { score: 1, gamesWon: 0 },
        2: { score: 0, gamesWon: 2 },
        3: { score: 4, gamesWon: 0 },
        4: { score: 1, gamesWon: 0 }
      }
      const { standings } = Gather.outcome({ ...start, scoreboard })
      deepStrictEqual(standings.map(({ seat }) => seat), [2, 3, 1, 4])
    })
  })

  describe("coming and going", () => {
    const start = scene({ 1: { x: 100, y: 100, dx: 1 }, 2: { x: 300, y: 300 } }, [{ x: 125, y: 100 }], { 1: 2 })

    it("away: stands still, gathers nothing, hears no input and is in no standings", () => {
      const gone = Gather.away!(start, seatOf(1))
      deepStrictEqual(gone.players[1], { x: 100, y: 100, dx: 0, dy: 0, away: true })
      assert.strictEqual(steps(gone, 60, [input(1, 1, 0)]).players, gone.players)
      const onTop = { ...gone, gatherables: [{ x: 101, y: 101 }, ...gone.gatherables.slice(1)] }
      assert.strictEqual(Gather.step(onTop, []), onTop)
      deepStrictEqual(Gather.outcome(gone).standings.map(({ seat }) => seat), [2])
      assert.strictEqual(Gather.away!(gone, seatOf(1)), gone)
      assert.strictEqual(Gather.away!(gone, seatOf(7)), gone)
    })

    it("away: leaves what it stands on to others", () => {
      const both = scene({ 1: { x: 100, y: 100 }, 2: { x: 110, y: 110 } }, [{ x: 100, y: 100 }])
      deepStrictEqual(scoresOf(Gather.step(Gather.away!(both, seatOf(1)), [])), [0, 1])
    })

    it("back: plays on from where it stood, with its score", () => {
      const returned = Gather.back!(steps(Gather.away!(start, seatOf(1)), 10), seatOf(1))
      deepStrictEqual(returned.players[1], { x: 100, y: 100, dx: 0, dy: 0 })
      deepStrictEqual(Gather.outcome(returned).standings[0], { seat: 1, score: 2, gamesWon: 0 })
      assert.isAbove(Gather.step(returned, [input(1, 1, 0)]).players[1]!.x, 100)
      assert.strictEqual(Gather.back!(returned, seatOf(1)), returned)
      assert.strictEqual(Gather.back!(returned, seatOf(7)), returned)
    })

    it("leave: nothing of the seat stays", () => {
      const left = Gather.leave(start, seatOf(1))
      deepStrictEqual(Object.keys(left.players), ["2"])
      deepStrictEqual(Object.keys(left.scoreboard), ["2"])
      assert.strictEqual(Gather.leave(left, seatOf(1)), left)
    })

    it("a winner who leaves is no longer celebrated by name, and the next round comes", () => {
      const left = Gather.leave(Gather.step(beforeWin, [input(1, 1, 0)]), seatOf(1))
      assert.strictEqual(Gather.outcome(left).winner, null)
      assert.isTrue(Either.isRight(Schema.decodeUnknownEither(Gather.State)(left)))
      assert.strictEqual(steps(left, 120).round, 2)
    })
  })
})
