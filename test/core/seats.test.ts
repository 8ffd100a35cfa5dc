/** Who gets which seat. */
import { assert, describe, it } from "vitest"
import type { RoomState } from "../../src/core/Room.ts"
import * as Seats from "../../src/core/Seats.ts"
import type { Event } from "../../src/protocol/Event.ts"
import type { PeerId, Seq, TokenHash } from "../../src/protocol/Ids.ts"
import { foldAll, reignOf, room } from "./logs.ts"

const hashOf = (n: number) => `${n}`.repeat(64) as TokenHash
const [here, there] = [reignOf(1, 1).host, reignOf(1, 2).host]
const taker = (n: number, node: PeerId = here, color = "#111111") => ({
  tokenHash: hashOf(n),
  profile: { name: `P${n}`, color },
  node
})

/** A room in which these seats were taken, each with a colour of its own. */
const roomOf = (...seats: ReadonlyArray<number>): RoomState =>
  foldAll([
    { _tag: "opened", seq: 1 as Seq, room, seed: 1 },
    ...seats.map((n, i): Event => ({
      _tag: "seated",
      seq: (i + 2) as Seq,
      seat: n as never,
      ...taker(n, here, `#${n}${n}0000`)
    }))
  ])
const then = (state: RoomState, event: { readonly _tag: "away" | "left"; readonly seat: number }): RoomState =>
  foldAll([{ ...event, seq: state.seq + 1 } as unknown as Event], state)

describe("who comes with a token", () => {
  it("gets its own seat back from wherever it was, once; who has none gets none back", () => {
    const state = roomOf(1, 2)
    assert.isNull(Seats.back(state, taker(3)))
    assert.deepStrictEqual(Seats.back(state, taker(2)), [])
    const moved = [{ _tag: "back", seat: 2, node: there }]
    assert.deepStrictEqual(Seats.back(state, taker(2, there)) as unknown, moved)
    const away = then(state, { _tag: "away", seat: 2 })
    assert.deepStrictEqual(Seats.back(away, taker(2)) as unknown, [{ ...moved[0], node: here }])
  })
})

describe("a new seat", () => {
  it("has a number that nobody ever had", () => {
    const state = then(then(roomOf(1, 2, 3), { _tag: "left", seat: 1 }), { _tag: "left", seat: 3 })
    assert.deepInclude(Seats.fresh(state, taker(4), 8)![0], { _tag: "seated", seat: 4 as never, node: here })
  })

  it("costs whoever is away its seat where all are taken, and only there", () => {
    const away = then(roomOf(1, 2), { _tag: "away", seat: 1 })
    assert.deepStrictEqual(Seats.fresh(away, taker(3), 3)!.map(({ _tag }) => _tag), ["seated"])
    assert.deepStrictEqual(Seats.fresh(away, taker(3), 2)!.map(({ _tag }) => _tag), ["left", "seated"])
    assert.deepInclude(Seats.fresh(away, taker(3), 2)![0], { seat: 1 as never })
    assert.isNull(Seats.fresh(roomOf(1, 2), taker(3), 2))
    assert.isNull(Seats.fresh(away, taker(3), 1))
  })

  it("looks unlike all who stay, and may look like who makes room for it", () => {
    const away = then(roomOf(1, 2), { _tag: "away", seat: 1 })
    const colorOf = (wished: string, seatsMax: number) => {
      const seated = Seats.fresh(away, taker(3, here, wished), seatsMax)!.at(-1)!
      return seated._tag === "seated" ? seated.profile.color : null
    }
    assert.strictEqual(colorOf("#110000", 2), "#110000")
    assert.notStrictEqual(colorOf("#110000", 3), "#110000")
    assert.notStrictEqual(colorOf("#220000", 2), "#220000")
  })
})
