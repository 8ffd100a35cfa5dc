/** A held seat by script: how the token stands, and what is wanted then. */
import { assert, describe, it } from "vitest"
import * as HeldSeat from "../../../src/core/screen/HeldSeat.ts"
import type { SeatId } from "../../../src/protocol/Ids.ts"

const seat = (number: number) => number as SeatId
const missing: HeldSeat.Standing = { _tag: "missing" }
const stands = (_tag: "here" | "away" | "elsewhere", number = 3): HeldSeat.Standing => ({ _tag, seat: seat(number) })

/** Looks once a second; what was wanted each time. */
const looks = (standings: ReadonlyArray<HeldSeat.Standing>, patienceMs = 0, from = HeldSeat.asked) => {
  let held = from
  const wanted = standings.map((standing, second) => {
    const [next, what] = HeldSeat.look(held, standing, second * 1_000, patienceMs)
    held = next
    return what
  })
  return { held, wanted }
}

describe("a held seat", () => {
  const scripts: ReadonlyArray<readonly [string, ReadonlyArray<HeldSeat.Standing>, ReadonlyArray<HeldSeat.Wanted>]> = [
    ["is asked for until it is here, and told once", [missing, missing, stands("here"), stands("here")], [
      "ask",
      "ask",
      "tell",
      null
    ]],
    ["is asked for where it is played elsewhere", [stands("elsewhere"), stands("here")], ["ask", "tell"]],
    ["is left where it is played elsewhere, once it was here", [stands("here"), stands("elsewhere")], ["tell", null]],
    ["is asked for again when it is away or gone", [stands("here"), stands("away"), missing], ["tell", "ask", "ask"]],
    ["is told when it is another one", [stands("here", 3), missing, stands("here", 5)], ["tell", "ask", "tell"]]
  ]
  for (const [what, standings, wanted] of scripts) {
    it(what, () => assert.deepStrictEqual(looks(standings).wanted, wanted))
  }

  it("is asked for again only when it has been missing for some time, each time", () => {
    const standings = [stands("here"), missing, missing, stands("here"), missing, missing, missing, missing, missing]
    assert.deepStrictEqual(looks(standings, 2_000).wanted, ["tell", null, null, null, null, null, "ask", null, null])
  })

  it("is away as long as its player cannot be heard", () => {
    const { held } = looks([stands("here")])
    const [silent, quit] = HeldSeat.present(held, false)
    assert.strictEqual(quit, "quit")
    assert.strictEqual(HeldSeat.present(silent, false)[1], null)
    assert.deepStrictEqual(looks([stands("here"), stands("away"), missing], 0, silent).wanted, ["quit", null, null])
    const [heard, ask] = HeldSeat.present(silent, true)
    assert.strictEqual(ask, "ask")
    assert.deepStrictEqual(looks([stands("here")], 0, heard).wanted, [null])
  })

  it("ends when there is none any more, or when it is left; a late refusal ends nothing", () => {
    const { held } = looks([stands("here")])
    assert.isNull(HeldSeat.refused(held, stands("here")).end)
    for (const ended of [HeldSeat.refused(held, missing), HeldSeat.left(held)]) {
      assert.isNotNull(ended.end)
      assert.deepStrictEqual(looks([missing, stands("away"), stands("here")], 0, ended).wanted, [null, null, null])
      assert.strictEqual(HeldSeat.present(ended, false)[1], null)
      assert.strictEqual(HeldSeat.left(HeldSeat.refused(ended, missing)).end, ended.end)
    }
  })
})
