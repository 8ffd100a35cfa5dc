/** What no room could play is refused where it is written. */
import { assert, describe, it } from "vitest"
import { type AnyGame, define, games, Pong } from "../../src/games/index.ts"

const refusals: ReadonlyArray<readonly [what: string, change: Partial<AnyGame>, says: RegExp]> = [
  ["matches in a committed log", { ordering: "committed" }, /matches.*clock.*committed/],
  ["a name that no handshake takes", { name: "Pong 2" }, /name/],
  ["a name that is too long", { name: "p".repeat(49) }, /name/],
  ["a version of 0", { version: 0 }, /version is 0/],
  ["half a tick", { tickRate: 0.5 }, /tickRate is 0.5/],
  ["241 ticks", { tickRate: 241 }, /tickRate is 241/],
  ["no seats", { seats: { min: 0, max: 4 } }, /seats are 0 to 4/],
  ["fewer seats than the least", { seats: { min: 4, max: 3 } }, /seats are 4 to 3/],
  ["seats without end", { seats: { min: 1, max: Infinity } }, /seats are 1 to Infinity/],
  ["more players than seats", { seats: { min: 1, max: 1 } }, /2 players by default, and a room 1 seats/]
]

describe("define", () => {
  for (const [what, change, says] of refusals) {
    it(`refuses ${what}, and says so`, () => {
      assert.throws(() => define({ ...Pong, ...change }), TypeError, says)
    })
  }

  it("gives the game back as it is, at the bounds too", () => {
    for (const game of Object.values(games)) assert.strictEqual(define(game), game)
    const { match: _match, ...unmatched } = Pong
    for (const change of [{ tickRate: 1 }, { tickRate: 240 }, { seats: { min: 1, max: 1 } }] as const) {
      const game: AnyGame = { ...unmatched, ordering: "committed", ...change }
      assert.strictEqual(define(game), game)
    }
  })
})
