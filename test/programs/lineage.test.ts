import { assert, describe, it } from "vitest"
import * as Lineage from "../../src/programs/bench/Lineage.ts"
import type { Status } from "../../src/protocol/Status.ts"

type Standing = readonly [score: number, gamesWon: number, away?: "away"]

/** What matters of a status here. */
const at = (clock: number, ...standings: ReadonlyArray<Standing>): Status =>
  ({
    name: "node",
    clock,
    seq: clock,
    players: standings.map(([score, gamesWon, away], i) => ({
      room: "main",
      seat: i + 1,
      name: `player ${i + 1}`,
      score,
      gamesWon,
      away: away !== undefined
    }))
  }) as unknown as Status

describe("a change of host", () => {
  it("takes nothing back where clock and scores go on", () => {
    assert.isEmpty(Lineage.regressions(at(100, [2, 0], [3, 1]), at(130, [3, 0], [3, 1])))
  })

  it("is told of for each clock and score that goes back", () => {
    const found = Lineage.regressions(at(100, [2, 1], [3, 1]), at(90, [1, 1], [3, 0]))
    assert.include(found[0], "the clock from 100 to 90")
    assert.isTrue(found.some((what) => what.includes("rounds won by player 2 from 1 to 0")))
    assert.isTrue(found.some((what) => what.includes("the score of player 1 from 2 to 1")))
  })

  it("lets scores fall where somebody has won a round", () => {
    assert.isEmpty(Lineage.regressions(at(100, [4, 0], [3, 1]), at(110, [0, 1], [0, 1])))
  })

  it("lets scores fall where somebody who is away now had the time to win, and nowhere else", () => {
    assert.isEmpty(Lineage.regressions(at(100, [3, 0], [3, 1]), at(400, [0, 0, "away"], [1, 1])))
    assert.isNotEmpty(Lineage.regressions(at(100, [0, 0], [3, 1]), at(110, [0, 0, "away"], [1, 1])))
  })
})

describe("play", () => {
  const following = (clock: number, interregnumMs: number | null): Status =>
    ({
      ...at(clock),
      peerId: "b",
      host: "a",
      role: "peer",
      epoch: 3,
      reigns: [{ epoch: 3, host: "a", interregnumMs, cause: "election" }]
    }) as unknown as Status

  it("goes on where a change of host was lived through", () => {
    assert.isTrue(Lineage.goingOn()(following(100, 12)))
  })

  it("goes on under the first reign that a node knows when its clock does", () => {
    const goesOn = Lineage.goingOn()
    assert.isFalse(goesOn(following(100, null)))
    assert.isFalse(goesOn(following(100, null)))
    assert.isTrue(goesOn(following(101, null)))
  })
})
