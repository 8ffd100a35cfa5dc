/** A node's rooms, the newest events of each, and what of them may be seen. */
import { assert, describe, it } from "vitest"
import * as Held from "../../src/core/Held.ts"
import { RecentEvents } from "../../src/core/RecentEvents.ts"
import * as Room from "../../src/core/Room.ts"
import { RoomStore } from "../../src/core/RoomStore.ts"
import { type Event, roomsMax } from "../../src/protocol/Event.ts"
import type { PeerId, RoomId, Seq } from "../../src/protocol/Ids.ts"
import { fc } from "../setup/chance.ts"
import { foldAll, logs, reignOf, room, rules } from "./logs.ts"

const opened = (name: RoomId): Event => ({ _tag: "opened", seq: 1 as Seq, room: name, seed: 1 })
const tick = (seq: number): Event => ({ _tag: "tick", seq: seq as Seq, inputs: [] })

/** A store that was given this log. */
const storeOf = (events: ReadonlyArray<Event>, remembered?: number): RoomStore => {
  const store = new RoomStore(rules, remembered)
  for (const event of events) store.append(room, event, reignOf(1))
  return store
}

describe("the newest events", () => {
  it("are exactly those after a number, as far as they are kept", () => {
    fc.assert(fc.property(logs, fc.integer({ min: 1, max: 30 }), fc.nat(70), (events, max, after) => {
      const recent = new RecentEvents(max)
      for (const event of events) recent.push(event, reignOf(1))
      const newest = events.at(-1)!.seq
      const expected = after > 0 && after <= newest && newest - after <= Math.min(max, events.length)
        ? events.filter((event) => event.seq > after)
        : null
      assert.deepStrictEqual(recent.after({ seq: after as Seq, reign: reignOf(1) }), expected)
    }))
  })

  it("after a head are there only if that head is part of this log", () => {
    fc.assert(fc.property(logs, fc.integer({ min: 1, max: 30 }), fc.nat(), (events, max, at) => {
      const store = storeOf(events, max)
      const { recent } = store.get(room)!
      const head = foldAll(events.slice(0, 1 + at % events.length))
      const kept = events.length - head.seq <= max && (head.seq > 0)
      assert.deepStrictEqual(recent.after(head), kept ? events.slice(head.seq) : null)
      assert.isNull(recent.after({ seq: head.seq, reign: reignOf(99) }))
      assert.isNull(recent.after({ seq: (events.length + 1) as Seq, reign: reignOf(1) }))
    }))
  })

  it("go on from a snapshot: who holds just that gets the events after it", () => {
    const store = storeOf([opened(room), tick(2)])
    const snapshot = { ...store.get(room)!.state, seq: 50 as Seq, reign: reignOf(3) }
    store.adopt(snapshot)
    const { recent } = store.get(room)!
    assert.deepStrictEqual(recent.after(snapshot), [])
    store.append(room, tick(51), reignOf(3))
    assert.deepStrictEqual(recent.after(snapshot), [tick(51)])
    // What came before is gone, though its numbers may be asked for.
    assert.isNull(recent.after({ seq: 2 as Seq, reign: reignOf(1) }))
    assert.isNull(recent.after({ seq: 49 as Seq, reign: reignOf(3) }))
  })

  it("are bounded", () => {
    const store = storeOf([opened(room)], 10)
    for (let seq = 2; seq < 100; seq++) store.append(room, tick(seq), reignOf(1))
    assert.lengthOf(store.get(room)!.recent.after({ seq: 89 as Seq, reign: reignOf(1) })!, 10)
    assert.isNull(store.get(room)!.recent.after({ seq: 88 as Seq, reign: reignOf(1) }))
  })
})

describe("a store", () => {
  it("folds as the log says, and refuses the rest without a trace", () => {
    fc.assert(fc.property(logs, (events) => {
      const store = storeOf(events)
      const state = foldAll(events)
      assert.strictEqual(Room.hash(store.get(room)!.state), Room.hash(state))
      for (const event of events) assert.strictEqual(store.append(room, event, reignOf(1)), "old")
      assert.strictEqual(store.append(room, tick(events.length + 2), reignOf(1)), "gap")
      assert.deepStrictEqual(store.heads(), [{ room, reign: state.reign, seq: state.seq }])
    }))
  })

  it("holds rooms by name, in order, and only those that are opened under it", () => {
    const store = new RoomStore(rules)
    const name = (text: string) => text as RoomId
    store.append(name("b"), opened(name("b")), reignOf(1))
    store.append(name("a"), opened(name("a")), reignOf(1))
    assert.deepStrictEqual(store.ids(), [name("a"), name("b")])
    assert.strictEqual(store.append(name("c"), opened(name("d")), reignOf(1)), "not-open")
    assert.strictEqual(store.append(name("c"), tick(1), reignOf(1)), "not-open")
    store.remove(name("a"))
    assert.deepStrictEqual(store.ids(), [name("b")])
  })

  it("holds no more rooms than a cluster may have, whichever way they come", () => {
    const store = new RoomStore(rules)
    const nth = (n: number) => `room-${n}` as RoomId
    for (let n = 0; n < roomsMax; n++) store.append(nth(n), opened(nth(n)), reignOf(1))
    assert.strictEqual(store.append(nth(roomsMax), opened(nth(roomsMax)), reignOf(1)), "too-many-rooms")
    assert.isFalse(store.adopt({ ...store.get(nth(0))!.state, room: nth(roomsMax) }))
    assert.isTrue(store.adopt(store.get(nth(0))!.state))
    assert.strictEqual(store.ids().length, roomsMax)
  })

  it("shows the newest state up to an event, each once, never an older one", () => {
    fc.assert(fc.property(logs, fc.array(fc.nat(70)), (events, seqs) => {
      const store = storeOf(events)
      let shown = 0
      for (const seq of seqs) {
        const state = store.show(room, seq as Seq)
        const newest = Math.min(seq, events.length)
        if (newest > shown) {
          assert.strictEqual(state?.seq, newest)
          shown = newest
        } else assert.isNull(state)
        assert.strictEqual(store.get(room)!.shown?.seq ?? 0, shown)
      }
    }))
  })

  it("keeps a bounded number of states to be shown", () => {
    const store = storeOf([opened(room)])
    for (let seq = 2; seq <= 2_000; seq++) store.append(room, tick(seq), reignOf(1))
    assert.isNull(store.show(room, 100 as Seq), "the oldest are not shown by themselves any more")
    assert.strictEqual(store.show(room, 1_999 as Seq)?.seq, 1_999)
  })
})

describe("what screens may see", () => {
  const peer = (n: number) => reignOf(1, n).host
  const holding = (...seqs: ReadonlyArray<number>) =>
    new Map<PeerId, Seq>(seqs.map((seq, i) => [peer(i + 2), seq as Seq]))
  const members = (count: number) => ({ members: Array.from({ length: count }, (_, i) => peer(i + 1)), self: peer(1) })
  const shown = (tip: number, held: ReadonlyMap<PeerId, Seq>, quorum: ReturnType<typeof members> | null) =>
    Held.shown(tip as Seq, held, quorum) as number

  it("alone: everything", () => assert.strictEqual(shown(9, new Map(), null), 9))

  it("with followers: what one of them holds", () => {
    assert.strictEqual(shown(9, holding(3, 7, 0), null), 7)
    assert.strictEqual(shown(9, holding(0), null), 0)
    assert.strictEqual(shown(9, holding(12), null), 9)
  })

  it("with a quorum: what a majority of the members holds, this node being one", () => {
    assert.strictEqual(shown(9, holding(3, 7), members(3)), 7)
    assert.strictEqual(shown(9, holding(3, 7, 5, 1), members(5)), 5)
    assert.strictEqual(shown(9, holding(8, 8, 8), members(7)), 8)
    assert.strictEqual(shown(9, new Map(), members(2)), 0)
    assert.strictEqual(shown(9, new Map(), members(1)), 9)
  })

  it("with a quorum: followers that are no members do not count", () => {
    const strangers = new Map([[peer(8), 9 as Seq], [peer(9), 9 as Seq]])
    assert.strictEqual(shown(9, strangers, members(3)), 0)
  })

  it("never more than there is, and never less when somebody holds more", () => {
    fc.assert(
      fc.property(
        fc.nat(50),
        fc.array(fc.nat(60), { maxLength: 6 }),
        fc.nat(5),
        fc.boolean(),
        (tip, held, at, quorum) => {
          const rule = quorum ? members(1 + held.length) : null
          const before = shown(tip, holding(...held), rule)
          assert.isAtMost(before, tip)
          const more = held.map((seq, i) => i === at % held.length ? seq + 1 : seq)
          assert.isAtLeast(shown(tip, holding(...more), rule), before)
        }
      )
    )
  })
})

describe("a snapshot in place of what was folded", () => {
  it("leaves what screens were shown as it is, and nothing of the old log is shown any more", () => {
    const store = storeOf([opened(room), tick(2), tick(3)])
    store.show(room, 2 as Seq)
    const before = store.get(room)!.shown
    store.adopt({ ...store.get(room)!.state, seq: 9 as Seq, reign: reignOf(2) })
    assert.strictEqual(store.get(room)!.shown, before)
    assert.isNull(store.show(room, 8 as Seq))
    assert.strictEqual(store.show(room, 9 as Seq)?.reign.epoch as number | undefined, 2)
  })
})
