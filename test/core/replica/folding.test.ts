/** A node's copy of all logs: who appends, what follows, what is shown, and what is lost. */
import { assert, describe, it } from "vitest"
import { Folding, shownAs } from "../../../src/core/replica/Folding.ts"
import * as Room from "../../../src/core/Room.ts"
import type { RoomState } from "../../../src/core/Room.ts"
import type { Event } from "../../../src/protocol/Event.ts"
import type { RoomId, Seq } from "../../../src/protocol/Ids.ts"
import type { ReignRef } from "../../../src/protocol/Reign.ts"
import type { LogEvents } from "../../../src/protocol/Replication.ts"
import type { Lost } from "../../../src/protocol/Session.ts"
import { fc } from "../../setup/chance.ts"
import { foldAll, logs, reignOf, room, rules } from "../logs.ts"

const tick: Room.Draft = { _tag: "tick", inputs: [] }
const opened: Room.Draft = { _tag: "opened", room, seed: 1 }
const add = (number: number, amount: unknown): Room.Draft => ({
  _tag: "tick",
  inputs: [[1 as never, number as never, { add: amount }]]
})
const seated: Room.Draft = {
  _tag: "seated",
  seat: 1 as never,
  tokenHash: "1".repeat(64) as never,
  profile: { name: "Ada", color: "#123456" },
  node: reignOf(1).host
}
const reigned = (reign: ReignRef): Room.Draft => ({ _tag: "reigned", reign, cause: "crash" })

const make = () => {
  const told: { readonly folded: Array<number>; readonly shown: Array<RoomState>; readonly lost: Array<Lost> } = {
    folded: [],
    shown: [],
    lost: []
  }
  const isInput = (input: unknown) => typeof (input as { readonly add: unknown }).add === "number"
  const folding = new Folding(rules, isInput, {
    folded: ({ seq }) => told.folded.push(seq),
    shown: (state) => told.shown.push(state),
    lost: (_, lost) => told.lost.push(lost)
  })
  return { folding, told, state: () => folding.rooms.get(room)!.state }
}

/** A log as it is replicated. */
const logOf = (events: ReadonlyArray<Event>, after: ReignRef | null = null): LogEvents => ({
  room,
  after,
  events,
  shown: 0 as Seq,
  digest: null
})

describe("a host", () => {
  it("numbers what it appends, and folds, counts and tells of each event", () => {
    const { folding, state, told } = make()
    const events = folding.append(room, [opened, seated, add(1, 2), tick], reignOf(1))
    assert.deepStrictEqual(events.map(({ seq }) => seq as number), [1, 2, 3, 4])
    assert.deepStrictEqual(folding.append(room, [tick], reignOf(1)).map(({ seq }) => seq as number), [5])
    assert.deepStrictEqual(told.folded, [1, 2, 3, 4, 5])
    assert.strictEqual(folding.counters.inputsApplied, 1)
    assert.strictEqual(Room.hash(state()), Room.hash(foldAll([...events, { ...tick, seq: 5 } as Event])))
  })

  it("appends nothing after what does not follow", () => {
    const { folding, told } = make()
    assert.deepStrictEqual(folding.append(room, [tick, opened], reignOf(1)), [])
    const events = folding.append(room, [opened, { _tag: "ended" }, tick], reignOf(1))
    assert.deepStrictEqual(events.map(({ _tag }) => _tag), ["opened", "ended"])
    assert.deepStrictEqual(told.folded, [1, 2])
  })
})

describe("a peer", () => {
  it("holds what its host has ordered, however it is cut into messages, and whatever of it comes again", () => {
    fc.assert(
      fc.property(logs, fc.array(fc.tuple(fc.nat(60), fc.nat(60)), { maxLength: 20 }), (events, cuts) => {
        const { folding, state, told } = make()
        const host = new Map([[0, reignOf(1)]])
        for (const event of events) host.set(event.seq, foldAll(events.slice(0, event.seq)).reign)
        let held = 0
        for (const [from, to] of [...cuts, [0, events.length] as const]) {
          const some = events.slice(Math.min(from, to), Math.max(from, to))
          const first = some[0]
          if (first === undefined) continue
          const came = folding.follow(reignOf(1), logOf(some, host.get(first.seq - 1)!))
          assert.strictEqual(came, first.seq <= held + 1 ? "held" : "missing")
          if (came === "held") held = Math.max(held, some.at(-1)!.seq)
        }
        assert.strictEqual(Room.hash(state()), Room.hash(foldAll(events)))
        assert.deepStrictEqual(told.folded, events.map(({ seq }) => seq as number))
      }),
      { numRuns: 100 }
    )
  })

  it("does not fold onto another lineage's log, whatever its numbers say", () => {
    const { folding, state } = make()
    folding.append(room, [opened, tick], reignOf(1))
    folding.append(room, [reigned(reignOf(2)), tick], reignOf(2))
    const before = state()
    const next = [{ ...tick, seq: 5 } as Event]
    // The other one's third and fourth event are of reign 3, which took over after the second.
    assert.strictEqual(folding.follow(reignOf(3), logOf(next)), "missing")
    assert.strictEqual(folding.follow(reignOf(4), logOf(next, reignOf(3))), "missing")
    assert.strictEqual(state(), before)
    assert.strictEqual(folding.follow(reignOf(4), logOf(next, reignOf(2))), "held")
  })

  it("folds no input that its game refuses, nor what comes after it", () => {
    const { folding, state } = make()
    folding.append(room, [opened, seated], reignOf(1))
    const events = [tick, add(1, "two"), tick].map((draft, i) => ({ ...draft, seq: i + 3 }) as Event)
    assert.strictEqual(folding.follow(reignOf(1), logOf(events)), "invalid")
    assert.strictEqual(state().seq, 3 as Seq)
  })
})

describe("what screens see", () => {
  it("carries the epoch in which its last event was ordered, whoever hosts by now", () => {
    const { folding, told } = make()
    folding.append(room, [opened, tick, reigned(reignOf(2)), tick], reignOf(1))
    folding.show(room, 2 as Seq)
    folding.show(room, 4 as Seq)
    assert.deepStrictEqual(told.shown.map(shownAs).map(({ epoch }) => epoch as number), [1, 2])
  })

  it("is each state once, up to where they may see; an ended room is forgotten by it", () => {
    const { folding, told } = make()
    folding.append(room, [opened, tick, { _tag: "ended" }], reignOf(1))
    folding.show(room, 2 as Seq)
    folding.show(room, 2 as Seq)
    assert.deepStrictEqual(told.shown.map(({ seq }) => seq as number), [2])
    folding.show(room, 9 as Seq)
    assert.deepStrictEqual(folding.rooms.ids(), [])
    folding.show("other" as RoomId, 1 as Seq)
  })
})

describe("a snapshot", () => {
  /** Seat 1 has scored 5 by the fourth event; another lineage parted after the third. */
  const parting = () => {
    const { folding, state, told } = make()
    folding.append(room, [opened, seated, tick], reignOf(1))
    const common = state()
    folding.append(room, [add(1, 5), tick], reignOf(1))
    const other = foldAll([
      { ...reigned(reignOf(2)), seq: 4 } as Event,
      { ...tick, seq: 5 } as Event
    ], common)
    return { folding, told, other, state }
  }

  it("of another lineage: screens are told what they lose, and their clock may go back", () => {
    const { folding, other, state, told } = parting()
    folding.show(room, 5 as Seq)
    assert.isTrue(folding.adopt(other, reignOf(2)))
    assert.strictEqual(state(), other)
    assert.deepStrictEqual(told.lost, [{
      _tag: "lost",
      epoch: reignOf(2).epoch,
      ticks: 2,
      tickRate: 20,
      scores: [{ name: "Ada", before: 5, after: 0 }]
    }])
    folding.show(room, 5 as Seq)
    assert.deepStrictEqual(told.shown.map(({ clock }) => clock as number), [3, 2])
    assert.deepStrictEqual(folding.counters, { inputsApplied: 1, regressions: 0, lossesTold: 1 })
  })

  it("of another lineage takes from nobody what was not shown", () => {
    const { folding, other, told } = parting()
    folding.show(room, 3 as Seq)
    folding.adopt(other, reignOf(2))
    assert.deepStrictEqual(told.lost, [])
    assert.strictEqual(folding.counters.lossesTold, 0)
  })

  it("of the same log takes nothing", () => {
    const { folding, state, told } = parting()
    folding.show(room, 4 as Seq)
    folding.adopt({ ...state() }, reignOf(1))
    assert.deepStrictEqual(told.lost, [])
  })

  it("that takes a clock back untold is counted", () => {
    const { folding, state, told } = parting()
    folding.show(room, 5 as Seq)
    folding.adopt({ ...state(), seq: 6 as Seq, clock: 1 as RoomState["clock"] }, reignOf(1))
    folding.show(room, 6 as Seq)
    assert.deepStrictEqual(told.lost, [])
    assert.strictEqual(folding.counters.regressions, 1)
  })
})
