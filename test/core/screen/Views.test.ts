import { assert, describe, it } from "vitest"
import { diff } from "../../../src/core/Delta.ts"
import { isSetBack, resyncAgainAfterMs, startedAnewAfterMs, type ViewMessage } from "../../../src/core/screen/Views.ts"
import type { Epoch } from "../../../src/protocol/Ids.ts"
import type { RoomView } from "../../../src/protocol/View.ts"
import { fc } from "../../setup/chance.ts"
import { isView, ViewReceiver } from "./viewReceiver.ts"

const view = (seq: number, clock: number, game: unknown = { n: seq }): RoomView =>
  ({ room: "main", seq, clock, seats: {}, acks: {}, match: null, ended: false, game }) as unknown as RoomView

const snapshot = (epoch: number, number: number, of: RoomView): ViewMessage => ({
  _tag: "snapshot",
  epoch,
  number,
  view: of
})

const delta = (epoch: number, number: number, base: RoomView, next: RoomView): ViewMessage => ({
  _tag: "delta",
  epoch,
  base: number - 1,
  number,
  patch: diff(base, next)
})

describe("the views of a room", () => {
  it("ends at the newest view whatever is lost on the way, when snapshots answer its requests", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 3 })), { maxLength: 60 }), (script) => {
        const receiver = new ViewReceiver()
        let current = view(1, 0)
        let number = 1
        let now = 0
        receiver.receive(snapshot(1, number, current), now)
        for (const [arrives, steps] of script) {
          const next = view(current.seq + 1, current.clock + steps)
          const message = delta(1, ++number, current, next)
          current = next
          now += 20
          if (arrives && receiver.receive(message, now) === "resync") {
            assert.strictEqual(receiver.receive(snapshot(1, ++number, current), now), "shown")
          }
        }
        now += resyncAgainAfterMs
        const last = view(current.seq + 1, current.clock + 1)
        const reception = receiver.receive(delta(1, ++number, current, last), now)
        if (reception === "resync") receiver.receive(snapshot(1, ++number, last), now)
        assert.deepStrictEqual(receiver.shown, { epoch: 1 as Epoch, view: last })
      })
    )
  })

  it("never goes back in clock or event within an epoch, nor to an older epoch, in whatever order things come", () => {
    const message = fc.record({
      epoch: fc.integer({ min: 1, max: 4 }),
      number: fc.integer({ min: 1, max: 40 }),
      seq: fc.integer({ min: 1, max: 30 }),
      clock: fc.integer({ min: 0, max: 30 }),
      whole: fc.boolean()
    })
    fc.assert(fc.property(fc.array(message, { maxLength: 80 }), (script) => {
      const receiver = new ViewReceiver()
      let before = receiver.shown
      for (const { clock, epoch, number, seq, whole } of script) {
        const of = view(seq, clock)
        const base = receiver.shown?.view ?? view(1, 0)
        receiver.receive(whole ? snapshot(epoch, number, of) : delta(epoch, number, base, of), number * 10)
        const after = receiver.shown
        if (before !== null) {
          assert.isTrue(after !== null && after.epoch >= before.epoch)
          if (after!.epoch === before.epoch) {
            assert.isTrue(after!.view.seq >= before.view.seq)
            assert.isTrue(after!.view.clock >= before.view.clock)
          }
        }
        before = after
      }
    }))
  })

  it("takes no patch for the truth that does not lead to a view", () => {
    fc.assert(fc.property(fc.anything(), (patch) => {
      const receiver = new ViewReceiver()
      const first = view(1, 0)
      receiver.receive(snapshot(1, 1, first), 0)
      receiver.receive({ _tag: "delta", epoch: 1, base: 1, number: 2, patch }, 0)
      assert.isTrue(isView(receiver.shown!.view))
      assert.isTrue(receiver.shown!.view.seq >= 1)
    }))
    const receiver = new ViewReceiver()
    receiver.receive(snapshot(1, 1, view(1, 0)), 0)
    const misfit = { clock: ["no"] }
    assert.strictEqual(receiver.receive({ _tag: "delta", epoch: 1, base: 1, number: 2, patch: misfit }, 0), "resync")
    assert.strictEqual(receiver.receive(snapshot(1, 3, view(2, 1)), 1), "shown")
  })

  it("takes no change for one of another view than its own, even where it would fit", () => {
    const [first, second, third] = [1, 2, 3].map((n) => view(n, n, { left: n, right: Math.min(n, 2) })) as [
      RoomView,
      RoomView,
      RoomView
    ]
    const receiver = new ViewReceiver()
    receiver.receive(snapshot(1, 1, first), 0)
    // The second was lost, and the third does not say what it has changed.
    assert.strictEqual(receiver.receive(delta(1, 3, second, third), 0), "resync")
    assert.deepStrictEqual(receiver.shown?.view, first)
    // Nor is a change of an older view than the one that is held.
    assert.strictEqual(receiver.receive(snapshot(1, 4, third), 0), "shown")
    const late = { ...delta(1, 5, second, view(5, 5, { left: 5, right: 2 })), base: 2 } as ViewMessage
    assert.strictEqual(receiver.receive(late, 0), "resync")
    assert.deepStrictEqual(receiver.shown?.view, third)
  })

  it("asks for a snapshot once, and again when none comes", () => {
    const receiver = new ViewReceiver()
    const lacking = delta(1, 5, view(4, 4), view(5, 5))
    assert.strictEqual(receiver.receive(lacking, 0), "resync")
    assert.strictEqual(receiver.receive(lacking, resyncAgainAfterMs - 1), "dropped")
    assert.strictEqual(receiver.receive(lacking, resyncAgainAfterMs), "resync")
  })

  it("follows a new epoch even to an older clock, and counts that", () => {
    const receiver = new ViewReceiver()
    receiver.receive(snapshot(1, 1, view(100, 90)), 0)
    assert.strictEqual(receiver.receive(snapshot(2, 2, view(80, 70)), 1), "shown")
    assert.strictEqual(receiver.regressions, 1)
    assert.strictEqual(receiver.receive(snapshot(1, 3, view(101, 91)), 2), "kept")
    assert.strictEqual(receiver.shown?.epoch, 2)
  })

  it("counts an acknowledgement that is taken back, unless somebody else has the seat", () => {
    const seated = (clock: number, number: number, name: string): RoomView =>
      ({ ...view(clock, clock), seats: { 1: { profile: { name } } }, acks: { 1: [number, 7] } }) as unknown as RoomView
    const before = seated(100, 42, "Mia")
    assert.isTrue(isSetBack(before, seated(120, 40, "Mia")))
    assert.isFalse(isSetBack(before, seated(120, 42, "Mia")))
    assert.isFalse(isSetBack(before, seated(120, 0, "Ben")))
    assert.isTrue(isSetBack(before, seated(99, 42, "Mia")))
  })

  it("at another node that is a little behind, keeps what it shows until there is something newer", () => {
    const receiver = new ViewReceiver()
    receiver.receive(snapshot(3, 900, view(100, 90)), 0)
    receiver.reconnect()
    const behind = view(98, 88)
    assert.strictEqual(receiver.receive(snapshot(3, 7, behind), 10), "kept")
    const newer = view(101, 91)
    assert.strictEqual(receiver.receive(delta(3, 8, behind, newer), 20), "shown")
    assert.strictEqual(receiver.regressions, 0)
  })

  it("drops what is no newer than what it holds, word for word", () => {
    const receiver = new ViewReceiver()
    receiver.receive(snapshot(1, 5, view(5, 5)), 0)
    for (const number of [4, 5]) {
      assert.strictEqual(receiver.receive(snapshot(2, number, view(9, 9)), 0), "dropped", `${number}`)
    }
    assert.strictEqual(receiver.receive(snapshot(1, 6, view(5, 6)), 0), "kept", "the same event is no newer view")
    assert.strictEqual(receiver.receive(snapshot(1, 7, view(6, 6)), 0), "shown")
  })

  it("takes nothing for a view, or for a patch, that is none", () => {
    const receiver = new ViewReceiver()
    receiver.receive(snapshot(1, 1, view(1, 0)), 0)
    const patches = [{ clock: -1 }, { seats: [7] }, { game: [new Date(0)] }, [], { ["__proto__"]: { clock: 9 } }]
    for (const [i, patch] of patches.entries()) {
      const at = i * resyncAgainAfterMs
      const reception = receiver.receive({ _tag: "delta", epoch: 1, base: 1, number: 2, patch }, at)
      assert.strictEqual(reception, "resync", JSON.stringify(patch))
    }
  })

  it("at another connection asks anew at once, and is patient anew", () => {
    const receiver = new ViewReceiver()
    receiver.receive(snapshot(3, 900, view(100, 90)), 0)
    const lacking = delta(3, 905, view(103, 93), view(104, 94))
    assert.strictEqual(receiver.receive(lacking, 0), "resync")
    receiver.reconnect()
    assert.strictEqual(receiver.receive(lacking, 1), "resync")
    // Older views, for a while; then another connection, which has its own while.
    assert.strictEqual(receiver.receive(snapshot(1, 1, view(1, 0)), 10), "kept")
    receiver.reconnect()
    assert.strictEqual(receiver.receive(snapshot(1, 1, view(2, 1)), 10 + startedAnewAfterMs), "kept")
    assert.strictEqual(receiver.receive(snapshot(1, 2, view(3, 2)), 10 + 2 * startedAnewAfterMs), "shown")
    assert.strictEqual(receiver.regressions, 0, "only a new epoch that takes something back is counted")
  })

  it("on one connection never shows what is older, however long it goes on", () => {
    const receiver = new ViewReceiver()
    receiver.receive(snapshot(3, 1, view(100, 90)), 0)
    for (let i = 0; i < 4; i++) {
      assert.strictEqual(receiver.receive(snapshot(2, 2 + i, view(1 + i, i)), i * startedAnewAfterMs), "kept")
    }
    // Nor where it has shown something on this one.
    receiver.reconnect()
    assert.strictEqual(receiver.receive(snapshot(3, 1, view(101, 91)), 0), "shown")
    for (let i = 0; i < 4; i++) {
      assert.strictEqual(receiver.receive(snapshot(2, 2 + i, view(1 + i, i)), i * startedAnewAfterMs), "kept")
    }
  })

  it("sees in the end that a cluster was started anew", () => {
    const receiver = new ViewReceiver()
    receiver.receive(snapshot(3, 900, view(100, 90)), 0)
    receiver.reconnect()
    assert.strictEqual(receiver.receive(snapshot(1, 1, view(1, 0)), 10), "kept")
    assert.strictEqual(receiver.receive(snapshot(1, 2, view(2, 1)), 10 + startedAnewAfterMs), "shown")
  })
})
