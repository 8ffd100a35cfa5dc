/** Whose reign a group's log says it is, and who may be voters while it lasts. */
import { assert, describe, it } from "vitest"
import * as Reigning from "../../src/core/group/Reigning.ts"
import { type Epoch, PeerId } from "../../src/protocol/Ids.ts"
import type { Reign } from "../../src/protocol/Reign.ts"

const id = (n: number): PeerId => PeerId.make(`${n.toString(16).padStart(8, "0")}-0000-4000-8000-000000000000`)
const self = id(1)
const ref = (epoch: number, host: number) => ({ epoch: epoch as Epoch, host: id(host) })
const reign = (epoch: number, host: number, members: ReadonlyArray<number>): Reign => ({
  ...ref(epoch, host),
  members: members.map(id),
  root: ref(1, 9)
})
const place = (term: number, voters: ReadonlyArray<number>, more: Partial<Reigning.Place> = {}): Reigning.Place => ({
  term,
  leader: self,
  isEstablished: true,
  voters: voters.map(id),
  isSettled: true,
  followsAnother: false,
  ...more
})
const declared = (term: number, one: Reign, over: Reigning.Declared["over"] = []): Reigning.Declared => ({
  term,
  reign: one,
  cause: "start",
  over
})

describe("a leader", () => {
  const next = (at: Reigning.Place, last: Reigning.Declared | null, wants: Partial<Reigning.Wants> = {}) =>
    Reigning.next(self, at, last, last?.reign ?? null, { ...Reigning.nothing, ...wants })

  it("notes a reign once it knows all that is committed, above all that it knows", () => {
    assert.isNull(next(place(2, [1, 2], { isEstablished: false }), null))
    assert.deepStrictEqual(next(place(2, [1, 2]), null), {
      reign: { ...ref(1, 1), members: [id(1), id(2)], root: ref(1, 1) },
      cause: "start",
      over: []
    })
    const after = next(place(3, [1, 2]), declared(2, reign(7, 2, [1, 2])), { lossCause: "crash" })
    assert.deepStrictEqual(after, {
      reign: { ...ref(8, 1), members: [id(1), id(2)], root: ref(1, 9) },
      cause: "crash",
      over: []
    })
  })

  it("goes on from what was offered to it without asking, and from nothing else", () => {
    const last = declared(2, reign(7, 2, [1, 2]))
    assert.deepStrictEqual(next(place(3, [1, 2]), last, { offered: ref(7, 2) })?.over, [ref(7, 2)])
    assert.deepStrictEqual(next(place(3, [1, 2]), last, { offered: ref(6, 2) })?.over, [])
  })

  it("says nothing more in its term, unless voters have changed", () => {
    const last = declared(2, reign(7, 1, [1, 2]))
    assert.isNull(next(place(2, [1, 2]), last))
    assert.isNull(next(place(2, [1, 2, 3], { isSettled: false }), last))
    const after = next(place(2, [1, 2, 3]), last)
    assert.deepStrictEqual(after?.reign.members, [1, 2, 3].map(id))
    assert.strictEqual(after?.cause, "handover")
  })

  it("ends the reigns of those who give way, and remembers them all", () => {
    const first = next(place(2, [1, 2]), declared(2, reign(7, 1, [1, 2])), { given: [ref(9, 5)], above: 9 })!
    assert.strictEqual(first.cause, "heal")
    assert.strictEqual(first.reign.epoch, 10)
    assert.deepStrictEqual(first.over, [ref(7, 1), ref(9, 5)])
    const second = next(place(2, [1, 2]), { ...first, term: 2 }, { given: [ref(8, 5)], above: 8 })!
    assert.deepStrictEqual(second.over, [ref(10, 1), ref(8, 5), ref(9, 5)])
  })

  it("asks everybody where its reign was offered to one who did not take it", () => {
    const after = next(place(2, [1, 2]), declared(2, reign(7, 1, [1, 2])), { again: true })
    assert.deepStrictEqual([after?.cause, after?.over, after?.reign.epoch], ["silence", [], 8 as Epoch])
  })

  it("hosts only under a reign of its own term", () => {
    assert.isTrue(Reigning.leads(self, place(2, [1]), declared(2, reign(7, 1, [1]))))
    assert.isFalse(Reigning.leads(self, place(3, [1]), declared(2, reign(7, 1, [1]))))
    assert.isFalse(Reigning.leads(self, place(2, [1], { isEstablished: false }), declared(2, reign(7, 1, [1]))))
  })
})

describe("voters", () => {
  const may = (members: ReadonlyArray<number>, voters: ReadonlyArray<number>, holders: ReadonlyArray<number>) =>
    Reigning.mayReignOver(voters.map(id), reign(7, 1, members), new Set(holders.map(id)))

  it("change by one at a time since the last reign", () => {
    assert.isTrue(may([1, 2, 3], [1, 2], [1, 2, 3]))
    assert.isTrue(may([1, 2, 3], [1, 2, 3, 4], [1, 2, 3]))
    assert.isFalse(may([1, 2, 3], [1, 2, 3, 4, 5], [1, 2, 3]))
    assert.isFalse(may([1, 2, 3], [1, 2, 4], [1, 2, 3]))
  })

  it("are such that one of any majority of them holds what was shown before", () => {
    assert.isTrue(may([1], [1, 2], [1]))
    assert.isFalse(may([1, 2, 3], [1, 2, 3, 4], [1]))
    assert.isTrue(may([1, 2, 3], [1, 2, 3, 4], [1, 2]))
    assert.isTrue(may([1, 2], [1], [1]))
    assert.isFalse(may([1, 2], [1], []))
  })
})
