/** Who hosts by a group's log, as one node sees it: what it notes, accepts, doubts and hands over. */
import { assert, describe, it } from "vitest"
import { Electing, noteAgainMs } from "../../src/core/group/Electing.ts"
import type { Declared, Place } from "../../src/core/group/Reigning.ts"
import { type Epoch, PeerId } from "../../src/protocol/Ids.ts"
import type { Reign } from "../../src/protocol/Reign.ts"

const id = (n: number): PeerId => PeerId.make(`${n.toString(16).padStart(8, "0")}-0000-4000-8000-000000000000`)
const [self, other, third] = [id(1), id(2), id(3)]
const ref = (epoch: number, host: PeerId) => ({ epoch: epoch as Epoch, host })
const reign = (epoch: number, host: PeerId): Reign => ({
  ...ref(epoch, host),
  members: [self, other],
  root: ref(1, self)
})
const place = (term: number, leader: PeerId | null, more: Partial<Place> = {}): Place => ({
  term,
  leader,
  isEstablished: leader === self,
  voters: [self, other],
  isSettled: true,
  followsAnother: false,
  ...more
})
const declared = (term: number, one: Reign, more: Partial<Declared> = {}): Declared => ({
  term,
  reign: one,
  cause: "crash",
  over: [],
  ...more
})

/** As the layer does: what is newer is kept, then accepted. */
const looks = (electing: Electing, at: Place | null, note: Declared | null): void => {
  const newer = electing.look(at, note)
  if (newer !== null) electing.accept(newer)
}

/** Leads in term 3, under its own reign 5. */
const host = (): Electing => {
  const electing = new Electing(self, null)
  looks(electing, place(3, self), declared(3, reign(5, self)))
  assert.strictEqual(electing.role, "host")
  return electing
}
/** Follows the other, under its reign 5. */
const peer = (): Electing => {
  const electing = new Electing(self, null)
  looks(electing, place(3, other), declared(3, reign(5, other)))
  assert.strictEqual(electing.role, "peer")
  return electing
}

describe("a node of a group", () => {
  it("hosts once what it noted is committed, and claims it until then", () => {
    const electing = new Electing(self, null)
    looks(electing, place(3, self), null)
    const next = electing.next(0)!
    electing.note(next, 0)
    assert.strictEqual(electing.role, "electing")
    assert.deepStrictEqual(electing.standing.claim, next.reign)
    looks(electing, place(3, self), { ...next, term: 3 })
    assert.deepStrictEqual(electing.standing, {
      role: "host",
      reign: next.reign,
      claim: null,
      cause: "start",
      over: []
    })
  })

  it("notes again what was not committed for a while, and at once in another term", () => {
    const electing = new Electing(self, null)
    looks(electing, place(3, self), null)
    electing.note(electing.next(0)!, 0)
    assert.isNull(electing.next(noteAgainMs - 1))
    assert.isNotNull(electing.next(noteAgainMs))
    looks(electing, place(4, self), null)
    assert.isNull(electing.standing.claim)
    assert.isNotNull(electing.next(1))
  })

  it("accepts nothing older than it has, and then is nobody's peer", () => {
    const electing = new Electing(self, reign(7, third))
    looks(electing, place(3, other), declared(3, reign(5, other)))
    assert.deepStrictEqual(electing.standing, {
      role: "electing",
      reign: reign(7, third),
      claim: null,
      cause: "start",
      over: []
    })
    looks(electing, place(4, self), declared(3, reign(5, other)))
    assert.strictEqual(electing.next(0)!.reign.epoch, 8)
  })

  it("hosts no more when another leads, or it is in no group", () => {
    const electing = host()
    looks(electing, place(4, other), declared(3, reign(5, self)))
    assert.strictEqual(electing.role, "electing")
    looks(electing, null, null)
    assert.strictEqual(electing.role, "electing")
  })

  it("says how its host was lost: closed links are crashes", () => {
    const electing = peer()
    electing.lost(third)
    looks(electing, place(4, self), declared(3, reign(5, other)))
    assert.strictEqual(electing.next(0)!.cause, "silence")
    electing.lost(other)
    assert.strictEqual(electing.next(0)!.cause, "crash")
  })

  it("names reigns that ended by consent, and only those", () => {
    const electing = new Electing(self, null)
    const over = [ref(4, other)]
    looks(electing, place(3, self), declared(3, reign(5, self), { cause: "crash", over }))
    assert.isEmpty(electing.standing.over)
    looks(electing, place(3, self), declared(3, reign(6, self), { cause: "heal", over }))
    assert.deepStrictEqual(electing.standing.over, over)
  })
})

describe("a leader that stood still", () => {
  it("does not host, and notes nothing, before it is assured", () => {
    const electing = host()
    const doubt = electing.distrust()!
    assert.strictEqual(electing.role, "electing")
    assert.isNull(electing.next(0))
    assert.isTrue(electing.assured(doubt))
    assert.strictEqual(electing.role, "host")
  })

  it("is assured by the answer to its newest question only", () => {
    const electing = host()
    const first = electing.distrust()!
    const second = electing.distrust()!
    assert.isFalse(electing.assured(first))
    assert.strictEqual(electing.role, "electing")
    assert.isTrue(electing.assured(second))
  })

  it("asks nobody where another leads, whose word ends a doubt", () => {
    assert.isNull(peer().distrust())
    const electing = host()
    const doubt = electing.distrust()!
    looks(electing, place(4, other), declared(3, reign(5, self)))
    assert.isFalse(electing.assured(doubt))
  })
})

describe("handing over", () => {
  it("is offered to voters, by a host", () => {
    assert.deepStrictEqual(host().offerable(other), reign(5, self))
    assert.isNull(host().offerable(third))
    assert.isNull(peer().offerable(other))
  })

  it("ends this node's hosting, until it is not taken in time: then it goes on above", () => {
    const electing = host()
    electing.offered(other, 500)
    assert.strictEqual(electing.role, "electing")
    assert.isNull(electing.next(0))
    electing.expire(499)
    assert.strictEqual(electing.role, "electing")
    electing.expire(500)
    const next = electing.next(500)!
    assert.strictEqual(next.reign.epoch, 6)
    assert.strictEqual(next.cause, "silence")
  })

  it("is over when the heir is lost", () => {
    const electing = host()
    electing.offered(other, 500)
    electing.lost(other)
    assert.strictEqual(electing.next(0)!.reign.epoch, 6)
  })

  it("heeds an offer of its host, and the answer of its heir, under the accepted reign", () => {
    const offer = { _tag: "offer", reign: ref(5, other) } as const
    assert.isTrue(peer().heeds(other, offer))
    assert.isFalse(peer().heeds(third, offer))
    assert.isFalse(peer().heeds(other, { ...offer, reign: ref(4, other) }))
    const taken = { _tag: "taken", reign: ref(5, self) } as const
    const electing = host()
    assert.isFalse(electing.heeds(other, taken))
    electing.offered(other, 500)
    assert.isTrue(electing.heeds(other, taken))
    assert.isFalse(electing.heeds(third, taken))
  })

  it("is by consent for the heir, if it takes the reign that it follows", () => {
    const electing = peer()
    assert.isFalse(electing.takeOver(ref(4, other)))
    assert.isTrue(electing.takeOver(ref(5, other)))
    looks(electing, place(4, self), declared(3, reign(5, other)))
    const next = electing.next(0)!
    assert.strictEqual(next.cause, "handover")
    assert.deepStrictEqual(next.over, [ref(5, other)])
    assert.isFalse(host().takeOver(ref(5, self)))
  })
})

describe("who joins", () => {
  it("may, where it has accepted nothing that this group's reign is not above", () => {
    assert.isTrue(host().mayJoin(null, false))
    assert.isTrue(host().mayJoin(ref(4, third), false))
    assert.isTrue(host().mayJoin(ref(5, self), false))
  })

  it("waits until this node reigns above what it has accepted", () => {
    const electing = host()
    assert.isFalse(electing.mayJoin(ref(9, third), false))
    const next = electing.next(0)!
    assert.strictEqual(next.reign.epoch, 10)
    assert.strictEqual(next.cause, "heal")
    looks(electing, place(3, self), { ...next, term: 3 })
    assert.isTrue(electing.mayJoin(ref(9, third), false))
  })

  it("waits until its reign is among those that have ended, where its host gave that up", () => {
    const electing = host()
    assert.isFalse(electing.mayJoin(ref(2, third), true))
    const before = electing.wants
    assert.isFalse(electing.mayJoin(ref(2, third), true))
    assert.strictEqual(electing.wants, before)
    const next = electing.next(0)!
    assert.deepInclude(next.over, ref(2, third))
    looks(electing, place(3, self), { ...next, term: 3 })
    assert.isTrue(electing.mayJoin(ref(2, third), true))
  })

  it("changes voters of a host only, by what a majority holds", () => {
    assert.isTrue(host().mayChange([self, other, third], new Set([self, other])))
    assert.isFalse(host().mayChange([self, other, third], new Set([self])))
    const electing = host()
    electing.distrust()
    assert.isFalse(electing.mayChange([self, other, third], new Set([self, other])))
  })
})
