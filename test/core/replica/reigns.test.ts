/** How long changes of host took, as nodes know it. */
import { assert, describe, it } from "vitest"
import { CommittedReigns } from "../../../src/core/replica/CommittedReigns.ts"
import { Interregna } from "../../../src/core/replica/Interregna.ts"
import { type Change, ReignHistory } from "../../../src/core/replica/ReignHistory.ts"
import { weigh } from "../../../src/core/replica/Weighing.ts"
import type { Clock, RoomId } from "../../../src/protocol/Ids.ts"
import { fc } from "../../setup/chance.ts"
import { foldAll, logs, reignOf, room } from "../logs.ts"

const other = "other" as RoomId
const clock = (n: number) => n as Clock

describe("a history of reigns", () => {
  it("knows the last 64", () => {
    const history = new ReignHistory()
    for (let epoch = 1; epoch <= 70; epoch++) history.add(reignOf(epoch), "crash", epoch)
    assert.lengthOf(history.statuses, 64)
    assert.strictEqual(history.newest?.epoch, reignOf(70).epoch)
    assert.isUndefined(history.of(reignOf(6)))
    history.measured(reignOf(6), 1)
    history.measured(reignOf(7), 1)
    assert.strictEqual(history.of(reignOf(7))?.interregnumMs, 1)
    assert.isUndefined(history.of(reignOf(7, 2)), "another host's of the same epoch")
  })
})

describe("an interregnum", () => {
  const make = () => {
    const changes: Array<Change> = []
    const interregna = new Interregna((change) => changes.push(change))
    interregna.reigned(reignOf(1), "start")
    interregna.folded(room, reignOf(1), clock(1), 100)
    interregna.reigned(reignOf(2, 2), "crash")
    return { changes, interregna }
  }
  const change: Change = {
    epoch: reignOf(2).epoch,
    cause: "crash",
    from: reignOf(1),
    to: reignOf(2, 2),
    interregnumMs: 50,
    nothingLost: true
  }

  it("lasts from the last event of one reign to the first of the next that raises the clock", () => {
    const { changes, interregna } = make()
    interregna.folded(room, reignOf(1), clock(1), 130)
    interregna.folded(room, reignOf(2, 2), clock(1), 140)
    assert.deepStrictEqual(changes, [])
    assert.strictEqual(interregna.lastTickAt, 100)
    interregna.folded(room, reignOf(2, 2), clock(2), 180)
    assert.deepStrictEqual(changes, [change])
    assert.strictEqual(interregna.lastTickAt, 180)
    assert.deepStrictEqual(interregna.statuses.map(({ interregnumMs }) => interregnumMs), [null, 50])
  })

  it("is told once, of the first room that goes on", () => {
    const { changes, interregna } = make()
    interregna.folded(other, reignOf(1), clock(5), 120)
    interregna.folded(other, reignOf(2, 2), clock(6), 170)
    interregna.folded(room, reignOf(2, 2), clock(2), 400)
    interregna.reigned(reignOf(2, 2), "heal")
    assert.deepStrictEqual(changes, [change])
  })

  it("lost something where the clock went back, or the log parted", () => {
    const back = make()
    back.interregna.folded(room, reignOf(2, 2), clock(0), 150)
    const parted = make()
    parted.interregna.parted(room)
    parted.interregna.folded(room, reignOf(2, 2), clock(9), 150)
    assert.deepStrictEqual([back, parted].map(({ changes }) => changes), [[{ ...change, nothingLost: false }], [{
      ...change,
      nothingLost: false
    }]])
  })

  it("before a reign that was not accepted here is nothing to tell of", () => {
    const { changes, interregna } = make()
    interregna.folded(room, reignOf(7), clock(9), 150)
    assert.deepStrictEqual(changes, [])
  })
})

describe("a committed game's interregnum", () => {
  it("lasts from when nothing was heard of the leader to the next one's first entry", () => {
    const reigns = new CommittedReigns()
    assert.isNull(reigns.began(reignOf(1), "start", 0))
    reigns.lost(100)
    reigns.lost(200)
    assert.deepStrictEqual(reigns.began(reignOf(2, 2), "crash", 250), {
      epoch: reignOf(2).epoch,
      cause: "crash",
      from: reignOf(1),
      to: reignOf(2, 2),
      interregnumMs: 150
    })
    assert.isNull(reigns.began(reignOf(3), "handover", 300), "it was not missed")
    reigns.lost(400)
    reigns.found()
    assert.isNull(reigns.began(reignOf(4), "handover", 500), "it was found again")
    assert.deepStrictEqual(reigns.statuses.map(({ interregnumMs }) => interregnumMs), [null, 150, null, null])
  })
})

describe("what rooms weigh", () => {
  it("is whether somebody plays in any, and the longest log", () => {
    assert.deepStrictEqual(weigh([]), { seated: false, seq: 0 as never })
    fc.assert(
      fc.property(logs, logs, (one, two) => {
        const states = [foldAll(one), foldAll(two)]
        assert.deepStrictEqual(weigh(states), {
          seated: states.some(({ seats }) => seats.some(({ awaySince }) => awaySince === null)),
          seq: Math.max(one.length, two.length) as never
        })
      }),
      { numRuns: 50 }
    )
  })
})
