/** What the page says of a match. */
import { assert, describe, it } from "vitest"
import { opened } from "../../src/core/Match.ts"
import type { RoomView } from "../../src/protocol/View.ts"
import { listed, matchShown } from "../../src/web/app/play/MatchShown.ts"

const viewOf = (match: object): RoomView =>
  ({
    room: "main",
    seq: 1,
    clock: 100,
    seats: {
      1: { profile: { name: "Ada", color: "#111111" }, node: "", away: false },
      2: { profile: { name: "Bo", color: "#222222" }, node: "", away: true }
    },
    acks: {},
    ended: false,
    game: null,
    match: { ...opened, ...match }
  }) as unknown as RoomView

const around = { seat: 1, wants: false, tickRate: 60, seatsMin: 2, winner: null }

describe("a match, shown", () => {
  it("is nothing in a room where people come and go", () => {
    assert.isNull(matchShown({ ...viewOf({}), match: null }, around))
  })

  it("says who is ready, and how many are missing", () => {
    const shown = matchShown(viewOf({ ready: [1] }), around)!
    assert.deepStrictEqual(shown.players.map(({ away, own, ready }) => [away, own, ready]), [
      [false, true, true],
      [true, false, false]
    ])
    assert.strictEqual(shown.missing, 1)
  })

  it("marks who has voted while the start is agreed on", () => {
    const shown = matchShown(
      viewOf({ stage: "starting", ready: [1, 2], votes: [2], players: [1, 2], until: 160 }),
      around
    )!
    assert.deepStrictEqual(shown.players.map(({ ready }) => ready), [false, true])
  })

  it("counts down in whole seconds, the last of which is 1", () => {
    const left = (until: number) => matchShown(viewOf({ stage: "countdown", until }), around)!.secondsLeft
    assert.deepStrictEqual([280, 221, 220, 101, 100].map(left), [3, 3, 2, 1, 0])
  })

  it("names who is waited for, and who has won", () => {
    assert.deepStrictEqual(matchShown(viewOf({ stage: "frozen", awaited: [2] }), around)!.awaited, ["Bo"])
    assert.strictEqual(matchShown(viewOf({ stage: "over" }), { ...around, winner: 1 })!.winner?.name, "Ada")
  })
})

it("names are listed as people do", () => {
  assert.deepStrictEqual([["Ada"], ["Ada", "Bo"], ["Ada", "Bo", "Cleo"]].map(listed), [
    "Ada",
    "Ada and Bo",
    "Ada, Bo and Cleo"
  ])
})
