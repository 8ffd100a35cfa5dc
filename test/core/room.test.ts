/** The fold of a room's log. */
import { Either, Schema } from "effect"
import { deepStrictEqual } from "node:assert"
import { assert, describe, it } from "vitest"
import { chainInput } from "../../src/core/InputLedger.ts"
import * as Room from "../../src/core/Room.ts"
import type { RoomState } from "../../src/core/Room.ts"
import { type AppliedInput, type Event, lineageMax, RoomSnapshot } from "../../src/protocol/Event.ts"
import type { Seq } from "../../src/protocol/Ids.ts"
import { fc } from "../setup/chance.ts"
import { foldAll, logs, reignOf, room, rules } from "./logs.ts"

const seated = (seat: number, seq: number): Event => ({
  _tag: "seated",
  seq: seq as Seq,
  seat: seat as never,
  tokenHash: `${seat}`.repeat(64).slice(0, 64) as never,
  profile: { name: "Ada", color: "#123456" },
  node: reignOf(1).host
})
const opened: Event = { _tag: "opened", seq: 1 as Seq, room, seed: 7 }
const tick = (seq: number, ...inputs: ReadonlyArray<readonly [number, number, number]>): Event => ({
  _tag: "tick",
  seq: seq as Seq,
  inputs: inputs.map(([seat, number, add]) => [seat, number, { add }] as unknown as AppliedInput)
})

describe("a log", () => {
  it("folds to the same state wherever it is folded, over a wire too", () => {
    fc.assert(fc.property(logs, (events) => {
      const state = foldAll(events)
      deepStrictEqual(foldAll(JSON.parse(JSON.stringify(events))), state)
      assert.strictEqual(Room.hash(foldAll(events)), Room.hash(state))
    }))
  })

  it("folds to the same state from any snapshot of it and the rest", () => {
    fc.assert(fc.property(logs, fc.nat(), (events, at) => {
      const cut = 1 + at % events.length
      const snapshot = Schema.decodeUnknownSync(RoomSnapshot)(JSON.parse(JSON.stringify(foldAll(events.slice(0, cut)))))
      deepStrictEqual(foldAll(events.slice(cut), snapshot as RoomState), foldAll(events))
    }))
  })

  it("is numbered by one with every event, and its clock counts ticks only", () => {
    fc.assert(fc.property(logs, (events) => {
      let before: RoomState | null = null
      for (const event of events) {
        const state = foldAll([event], before)
        assert.strictEqual(state.seq, (before?.seq ?? 0) + 1)
        assert.strictEqual(state.clock, (before?.clock ?? 0) + (event._tag === "tick" ? 1 : 0))
        before = state
      }
    }))
  })

  it("takes no event but the next: what is old, and what leaves a gap, is refused and changes nothing", () => {
    fc.assert(fc.property(logs, fc.integer({ min: -5, max: 5 }), (events, by) => {
      fc.pre(by !== 1)
      const state = foldAll(events)
      const hash = Room.hash(state)
      const other = { ...events.at(-1)!, seq: (state.seq + by) as Seq }
      assert.strictEqual(Room.apply(rules, state, other, reignOf(1)), by > 1 ? "gap" : "old")
      assert.strictEqual(Room.hash(state), hash)
    }))
  })

  it("begins with the room's opening", () => {
    for (const event of [tick(1), { ...opened, seq: 2 as Seq }]) {
      assert.strictEqual(Room.apply(rules, null, event, reignOf(1)), "not-open")
    }
  })

  it("ends with its end", () => {
    const ended = foldAll([opened, { _tag: "ended", seq: 2 as Seq }])
    assert.strictEqual(Room.apply(rules, ended, tick(3), reignOf(1)), "ended")
  })

  it("always folds to what a wire takes", () => {
    const decode = Schema.decodeUnknownEither(RoomSnapshot)
    fc.assert(fc.property(logs, (events) => assert.isTrue(Either.isRight(decode(foldAll(events))))))
  })
})

describe("inputs", () => {
  it("are applied once, in order, by number, whatever a tick says", () => {
    fc.assert(
      fc.property(logs, (events) => {
        // What a seat's inputs must have come to, by the rule alone.
        const expected = new Map<number, { number: number; hash: number; count: number; sum: number }>()
        for (const event of events) {
          if (event._tag === "seated") expected.set(event.seat, { number: 0, hash: 0, count: 0, sum: 0 })
          else if (event._tag === "left") expected.delete(event.seat)
          else if (event._tag === "tick") {
            for (const [seat, number, input] of event.inputs) {
              const line = expected.get(seat)
              if (line === undefined || number !== line.number + 1) continue
              line.number = number
              line.hash = chainInput(line.hash, number, input)
              line.count++
              line.sum = (line.sum + (input as { add: number }).add) | 0
            }
          }
        }
        const state = foldAll(events)
        const { seats } = state.game as { seats: Record<string, { count: number; sum: number }> }
        assert.deepStrictEqual(
          state.seats.map((
            { inputHash, lastInput, seat }
          ) => [seat, lastInput, inputHash, seats[seat]!.count, seats[seat]!.sum]),
          [...expected].map(([seat, { count, hash, number, sum }]) => [seat, number, hash, count, sum]) as never
        )
      }),
      { numRuns: 300 }
    )
  })

  it("of one tick come in the order of the tick, several of one seat too", () => {
    const state = foldAll([opened, seated(1, 2), tick(3, [1, 1, 10], [1, 2, 20], [1, 2, 99], [1, 4, 99], [1, 3, 30])])
    assert.strictEqual(state.seats[0]!.lastInput, 3)
    assert.deepInclude(state.game as object, { ticks: 1, seats: { 1: { sum: 60, count: 3, away: false } } })
  })

  it("of nobody, or of who left, change nothing", () => {
    const nobody = foldAll([opened, tick(2, [5, 1, 1])])
    assert.strictEqual(Room.hash(nobody), Room.hash(foldAll([opened, tick(2)])))
    assert.deepStrictEqual((nobody.game as { seats: object }).seats, {})
  })
})

describe("seats", () => {
  it("are never given twice", () => {
    fc.assert(fc.property(logs, (events) => {
      const state = foldAll(events)
      const given = events.filter((event) => event._tag === "seated").length
      assert.strictEqual(state.nextSeat, given + 1)
      assert.strictEqual(new Set(state.seats.map(({ seat }) => seat)).size, state.seats.length)
    }))
  })

  it("left alone are kept, with when that was, until somebody is back, at another node maybe", () => {
    const away = foldAll([opened, seated(1, 2), tick(3), { _tag: "away", seq: 4 as Seq, seat: 1 as never }, tick(5)])
    assert.strictEqual(away.seats[0]!.awaySince, 1 as never)
    const there = reignOf(1, 9).host
    const back = foldAll([{ _tag: "back", seq: 6 as Seq, seat: 1 as never, node: there }], away)
    assert.deepInclude(back.seats[0]!, { awaySince: null, node: there, seat: 1 as never })
  })

  it("show no token", () => {
    fc.assert(fc.property(logs, (events) => {
      const state = foldAll(events)
      const text = JSON.stringify(Room.view(rules, state))
      for (const { tokenHash } of state.seats) assert.notInclude(text, tokenHash)
    }))
  })
})

describe("a view", () => {
  it("is the same whether it is made anew or from the one before, and keeps what stays", () => {
    fc.assert(fc.property(logs, (events) => {
      let before: { state: RoomState; view: ReturnType<typeof Room.view> } | undefined
      let state: RoomState | null = null
      for (const event of events) {
        state = foldAll([event], state)
        const view = Room.view(rules, state, before)
        assert.deepStrictEqual(view, Room.view(rules, state))
        if (before !== undefined && event._tag === "tick") assert.strictEqual(view.seats, before.view.seats)
        before = { state, view }
      }
    }))
  })
})

describe("a view that is made from the one before", () => {
  const shownFrom = (before: RoomState, after: RoomState) =>
    Room.view(rules, after, { state: before, view: Room.view(rules, before) })

  it("shows who plays where by now, also where nobody was away, or the one before was another log's", () => {
    const before = foldAll([opened, seated(1, 2)])
    const moved = foldAll([{ _tag: "back", seq: 3 as Seq, seat: 1 as never, node: reignOf(1, 9).host }], before)
    assert.deepStrictEqual(shownFrom(before, moved), Room.view(rules, moved))
    const other = foldAll([opened, { ...seated(1, 2), profile: { name: "Bo", color: "#654321" } } as Event])
    assert.deepStrictEqual(shownFrom(before, other), Room.view(rules, other))
  })
})

describe("the hash that nodes compare", () => {
  it("is of the game and its log, not of the reign under which it came here", () => {
    const state = foldAll([opened, tick(2)])
    assert.strictEqual(Room.hash({ ...state, reign: reignOf(5) }), Room.hash(state))
    assert.notStrictEqual(Room.hash({ ...state, clock: 7 as RoomState["clock"] }), Room.hash(state))
  })
})

describe("reigns of a log", () => {
  const reigned = (seq: number, epoch: number): Event => ({
    _tag: "reigned",
    seq: seq as Seq,
    reign: reignOf(epoch),
    cause: "crash"
  })

  it("are the log's own: whoever passes its events on, they fold to the same", () => {
    const before = foldAll([opened, tick(2)])
    const passedOn = Room.apply(rules, before, tick(3), reignOf(9)) as RoomState
    assert.deepStrictEqual(passedOn.reign, reignOf(1))
    assert.deepStrictEqual((Room.apply(rules, before, reigned(3, 2), reignOf(9)) as RoomState).reign, reignOf(2))
  })

  it("go further by reign first, then by seq", () => {
    const heads = [[1, 1, 5], [1, 1, 6], [1, 2, 1], [2, 1, 1]].map(([epoch, host, seq]) => ({
      reign: reignOf(epoch!, host),
      seq: seq as Seq
    }))
    heads.forEach((a, i) =>
      heads.forEach((b, j) => assert.strictEqual(Math.sign(Room.compareHeads(a, b)), Math.sign(i - j)))
    )
  })

  it("tell which heads are part of the log, and where two logs parted", () => {
    const common = foldAll([opened, tick(2), tick(3)])
    const one = foldAll([reigned(4, 2), tick(5), tick(6)], common)
    const other = foldAll([tick(4), tick(5)], common)
    for (const [seq, epoch] of [[1, 1], [3, 1], [4, 2], [6, 2]] as const) {
      assert.isTrue(Room.contains(one, { reign: reignOf(epoch), seq: seq as Seq }), `${seq}`)
    }
    assert.isFalse(Room.contains(one, other))
    assert.isFalse(Room.contains(one, { reign: reignOf(2), seq: 7 as Seq }))
    assert.isFalse(Room.contains(one, { reign: reignOf(2), seq: 3 as Seq }), "before that reign began")
    assert.strictEqual(Room.partedAt(one, other), 2)
    assert.strictEqual(Room.partedAt(other, one), 2)
  })

  it("a log is part of every log that goes on from it", () => {
    fc.assert(fc.property(logs, fc.nat(), (events, at) => {
      const part = foldAll(events.slice(0, 1 + at % events.length))
      const whole = foldAll(events)
      assert.isTrue(Room.contains(whole, part))
      assert.strictEqual(Room.partedAt(whole, part), part.clock)
    }))
  })

  it("are remembered, the last of them", () => {
    const events = [opened, ...Array.from({ length: 2 * lineageMax }, (_, i) => reigned(i + 2, i + 2))]
    const whole = foldAll(events)
    const { lineage, reign } = whole
    assert.isTrue(Room.contains(whole, { reign: reignOf(1), seq: 1 as Seq }), "its memory is too short to tell")
    const stranger = foldAll([opened, reigned(2, 999)])
    assert.strictEqual(
      Room.partedAt({ ...stranger, clock: 9, lineage: stranger.lineage.slice(1) } as unknown as RoomState, whole),
      0
    )
    assert.lengthOf(lineage, lineageMax)
    assert.deepStrictEqual(lineage.at(-1)!.reign, reign)
  })
})
