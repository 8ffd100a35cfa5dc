import { Either, Schema } from "effect"
import { deepStrictEqual } from "node:assert"
import { assert, describe, it } from "vitest"
import { games, Raftian, raftianPlaces, raftianRules, tickGames } from "../../src/games/index.ts"
import { again, attack, commit, fell, hpOf, joined, profileOf, seatOf, since } from "./raftianScenes.ts"

describe("Raftian", () => {
  it("folds a committed log, and nobody offers it as a game with a ticking host", () => {
    assert.strictEqual(Raftian.ordering, "committed")
    assert.strictEqual(games["raftian"], Raftian)
    assert.isUndefined(tickGames["raftian"])
    assert.strictEqual(Raftian.step(joined(1, 2), []).happened, 2)
  })

  it("a hit takes 30 of 100, the last one what is left; each is told with who did it", () => {
    const before = joined(1, 2, 3)
    const after = fell(before, 1, 2)
    deepStrictEqual(hpOf(after), { 1: 100, 2: 0, 3: 100 })
    deepStrictEqual(since(before, after), [
      { kind: "hit", by: 1, on: 2, damage: 30, hp: 70 },
      { kind: "hit", by: 1, on: 2, damage: 30, hp: 40 },
      { kind: "hit", by: 1, on: 2, damage: 30, hp: 10 },
      { kind: "hit", by: 1, on: 2, damage: 10, hp: 0 },
      { kind: "fell", by: 1, on: 2 }
    ])
  })

  it("who has fallen neither attacks nor is attacked, later in the same batch too", () => {
    const before = commit(joined(1, 2, 3), attack(1, 2), attack(1, 2), attack(1, 2))
    const after = commit(before, attack(3, 2), attack(2, 1), attack(1, 2))
    deepStrictEqual(hpOf(after), { 1: 100, 2: 0, 3: 100 })
    deepStrictEqual(since(before, after).at(-1), { kind: "missed", by: 1, on: 2 })
    assert.strictEqual(commit(after, attack(2, 1), attack(2, 3)), after)
  })

  it("nobody attacks itself, nobody, or what is not there", () => {
    const state = joined(1, 2)
    assert.strictEqual(commit(state, attack(1, 1), attack(1, 7), attack(7, 1), again(1)), state)
  })

  it("a city that is away keeps its HP, is out of the game, and in again when it is back", () => {
    const hurt = commit(joined(1, 2, 3), attack(1, 2))
    const gone = Raftian.away!(hurt, seatOf(2))
    assert.strictEqual(commit(gone, attack(2, 1)), gone)
    const missed = commit(gone, attack(1, 2))
    deepStrictEqual(hpOf(missed), { 1: 100, 2: 70, 3: 100 })
    const back = Raftian.back!(missed, seatOf(2))
    deepStrictEqual(since(missed, back), [{ kind: "back", by: 2 }])
    deepStrictEqual(hpOf(commit(back, attack(2, 1), attack(1, 2))), { 1: 70, 2: 40, 3: 100 })
    assert.strictEqual(Raftian.back!(back, seatOf(2)), back)
    assert.strictEqual(Raftian.away!(gone, seatOf(2)), gone)
  })

  it("that a city is away decides no round; that it is given up does", () => {
    const hurt = commit(joined(1, 2), attack(1, 2))
    const gone = Raftian.away!(hurt, seatOf(1))
    deepStrictEqual(gone.phase, { name: "fighting" })
    deepStrictEqual(Raftian.leave(gone, seatOf(1)).phase, { name: "won", winner: 2 })
    deepStrictEqual(Raftian.leave(gone, seatOf(2)).phase, { name: "won", winner: 1 })
  })

  it("the last city standing wins, and nothing is attacked while it is celebrated", () => {
    const two = fell(joined(1, 2, 3), 1, 2)
    deepStrictEqual(two.phase, { name: "fighting" })
    const won = fell(two, 3, 1)
    deepStrictEqual(won.phase, { name: "won", winner: 3 })
    deepStrictEqual(since(two, won).slice(-2), [{ kind: "fell", by: 3, on: 1 }, { kind: "won", by: 3 }])
    assert.strictEqual(won.cities[3]!.gamesWon, 1)
    assert.strictEqual(Raftian.outcome(won).winner, 3)
    assert.strictEqual(commit(won, attack(3, 1), attack(1, 3)), won)
  })

  it("nobody wins a round in which nobody was hit", () => {
    const alone = Raftian.leave(joined(1, 2), seatOf(2))
    deepStrictEqual(alone.phase, { name: "open" })
    assert.strictEqual(commit(alone, attack(1, 2)), alone)
  })

  it("`again` begins the next round for all, once", () => {
    const won = fell(joined(1, 2), 1, 2)
    const next = commit(won, again(2), again(1))
    deepStrictEqual(hpOf(next), { 1: 100, 2: 100 })
    deepStrictEqual([next.round, next.phase, next.cities[1]!.gamesWon], [2, { name: "open" }, 1])
    deepStrictEqual(since(won, next), [{ kind: "again", by: 2 }])
    const away = Raftian.away!(won, seatOf(2))
    assert.strictEqual(commit(away, again(2), again(9)), away)
  })

  it("who joins after the first hit is in from the next round: nobody comes back from the dead by another seat", () => {
    const late = Raftian.join(fell(joined(1, 2, 3), 1, 2), seatOf(4), profileOf(4))
    assert.strictEqual(late.cities[4]!.waits, true)
    deepStrictEqual(hpOf(commit(late, attack(4, 1), attack(1, 4))), hpOf(late))
    const won = fell(late, 1, 3)
    deepStrictEqual(won.phase, { name: "won", winner: 1 })
    const next = commit(won, again(4))
    deepStrictEqual(hpOf(commit(next, attack(4, 1))), { 1: 70, 2: 100, 3: 100, 4: 100 })
  })

  it("a winner who leaves is celebrated still, and an empty room begins anew", () => {
    const left = Raftian.leave(fell(joined(1, 2), 1, 2), seatOf(1))
    deepStrictEqual(left.phase, { name: "won", winner: 1 })
    assert.strictEqual(Raftian.outcome(left).winner, null)
    assert.strictEqual(left.people[1]!.name, "Ada")
    const again = Raftian.join(left, seatOf(1), profileOf(1))
    assert.strictEqual(again.cities[1]!.waits, true)
    assert.strictEqual(Raftian.outcome(again).winner, null)
    assert.isTrue(Schema.is(Raftian.State)(again))
    const empty = Raftian.leave(left, seatOf(2))
    deepStrictEqual([empty.phase, empty.round, empty.cities], [{ name: "open" }, 2, {}])
  })

  it("eight have places of their own on a ring; a place that is left is given again", () => {
    const full = joined(1, 2, 3, 4, 5, 6, 7, 8)
    deepStrictEqual(Object.values(full.cities).map(({ place }) => place), [0, 1, 2, 3, 4, 5, 6, 7])
    assert.strictEqual(Raftian.join(full, seatOf(9), profileOf(9)), full)
    const next = Raftian.join(Raftian.leave(full, seatOf(3)), seatOf(9), profileOf(9))
    assert.strictEqual(next.cities[9]!.place, 2)
    for (const { x, y } of raftianPlaces) assert.approximately(Math.sqrt(x * x + y * y), 1, 1e-12)
  })

  it("remembers the last twelve happenings, and whom they tell of", () => {
    let state = joined(1, 2)
    for (let i = 0; i < 20; i++) state = Raftian.back!(Raftian.away!(state, seatOf(1)), seatOf(1))
    assert.strictEqual(state.happened, 42)
    deepStrictEqual(state.happenings.map(({ number }) => number), Array.from({ length: 12 }, (_, i) => i + 31))
    assert.lengthOf(state.happenings, raftianRules.happeningsMax)
    const left = Raftian.leave(state, seatOf(2))
    assert.strictEqual(left.people[2]!.name, "Bo")
    let later = left
    for (let i = 0; i < 6; i++) later = Raftian.back!(Raftian.away!(later, seatOf(1)), seatOf(1))
    deepStrictEqual(Object.keys(later.people), ["1"])
  })

  it("lets in nothing but commands, and no state that cannot be", () => {
    const isInput = Schema.is(Raftian.Input)
    for (const input of [{ attacks: 1 }, { again: true }]) assert.isTrue(isInput(input))
    const decode = Schema.decodeUnknownEither(Raftian.Input)
    const wrong = [{}, null, { attacks: 0 }, { attacks: 1.5 }, { attacks: "1" }, { again: false }, {
      attacks: 1,
      damage: 100
    }]
    for (const input of wrong) assert.isTrue(Either.isLeft(decode(input)), JSON.stringify(input))
    const state = fell(joined(1, 2), 1, 2)
    const isState = Schema.is(Raftian.State)
    assert.isTrue(isState(state))
    const places = { ...state.cities, 2: { ...state.cities[2]!, place: 0 } }
    const revived = { ...state.cities, 2: { ...state.cities[2]!, hp: 10 } }
    assert.isFalse(isState({ ...state, cities: places }))
    assert.isFalse(isState({ ...state, cities: revived }))
    assert.isFalse(isState({ ...state, phase: { name: "fighting" } }))
    assert.isFalse(isState({ ...state, happened: 99 }))
    assert.isFalse(isState({ ...state, people: {} }))
  })
})
