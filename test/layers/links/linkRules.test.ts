import { assert, describe, it } from "@effect/vitest"
import {
  compareIntroductions,
  InvalidGauge,
  invalidMax,
  invalidWindowMs
} from "../../../src/layers/links/LinkProtocol.ts"
import { judge, type Situation } from "../../../src/layers/links/LinkRules.ts"
import { protocolVersion } from "../../../src/protocol/Discovery.ts"
import { membersMax } from "../../../src/protocol/Reign.ts"
import type { Peer } from "../../../src/services/PeerLinks.ts"
import { idOf, introductionOf } from "../../../src/testing/LinkNodes.ts"

const peer = (n: number, other: Partial<Peer> = {}): Peer => {
  const { address, beatPort, clientPort, incarnation, name, page, peerId, preempts } = introductionOf(n)
  return { address, beatPort, clientPort, incarnation, name, page, peerId, preempts, via: null, ...other }
}

const base = {
  existing: null,
  existingIsNewer: false,
  links: 0,
  putOff: false,
  dialling: false,
  dialled: false
}
/** The low node (1) dials the high one (2), or the other way round; seen from either side. */
const low = { ...base, me: idOf(1), other: introductionOf(2) }
const high = { ...base, me: idOf(2), other: introductionOf(1) }
const reason = (situation: Situation) => judge(situation)?.reason ?? null

describe("which connection becomes the link", () => {
  for (const dialer of ["low", "high"] as const) {
    const [from, to] = dialer === "low" ? [low, high] : [high, low]
    it(`the ${dialer} node's, where it is the only one`, () => {
      assert.isNull(reason({ ...to, role: "acceptor", stage: "hello" }))
      assert.isNull(reason({ ...from, role: "dialer", stage: "welcome" }))
      assert.isNull(reason({ ...to, role: "acceptor", stage: "confirm" }))
    })
    it(`not the ${dialer} node's second`, () => {
      const existing = peer(dialer === "low" ? 2 : 1)
      assert.strictEqual(reason({ ...from, role: "dialer", stage: "welcome", existing }), "duplicate")
    })
    it(`the ${dialer} node's, over a link that only the acceptor believes in`, () => {
      const existing = peer(dialer === "low" ? 1 : 2)
      assert.isNull(reason({ ...to, role: "acceptor", stage: "hello", existing }))
      assert.isNull(reason({ ...to, role: "acceptor", stage: "confirm", existing }))
    })
  }

  it("the low node's, when both dial at once", () => {
    // The high node's hello comes while the low one's is under way.
    assert.strictEqual(reason({ ...low, role: "acceptor", stage: "hello", dialling: true }), "direction")
    assert.isNull(reason({ ...high, role: "acceptor", stage: "hello", dialling: true }))
    // Both have welcomed each other.
    assert.strictEqual(reason({ ...high, role: "dialer", stage: "welcome", dialled: true }), "direction")
    assert.isNull(reason({ ...low, role: "dialer", stage: "welcome", dialled: true }))
    // Both have confirmed: each side keeps the low one's.
    const newer = { existingIsNewer: true, role: "acceptor", stage: "confirm" } as const
    assert.strictEqual(reason({ ...low, ...newer, existing: peer(2) }), "duplicate")
    assert.isNull(reason({ ...high, ...newer, existing: peer(1) }))
  })

  it("a later start's, but not an earlier one's, nor another machine's with the same id", () => {
    const hello = { ...high, role: "acceptor", stage: "hello" } as const
    const at = (incarnation: number, address = "127.0.0.1") => introductionOf(1, { incarnation, address })
    const existing = peer(1, { incarnation: 5 })
    assert.isNull(reason({ ...hello, existing, other: at(6, "127.0.0.9") }))
    assert.isNull(reason({ ...hello, existing, other: at(5) }))
    assert.strictEqual(reason({ ...hello, existing, other: at(4) }), "duplicate")
    assert.strictEqual(reason({ ...hello, existing, other: at(5, "127.0.0.9") }), "duplicate")
    const welcome = { ...low, role: "dialer", stage: "welcome", existing: peer(2, { incarnation: 5 }) } as const
    assert.isNull(reason({ ...welcome, other: introductionOf(2, { incarnation: 6 }) }))
    assert.strictEqual(reason({ ...welcome, other: introductionOf(2, { incarnation: 5 }) }), "duplicate")
  })

  it("none, where there are as many members as may be; but a member's own anew", () => {
    const hello = { ...high, role: "acceptor", stage: "hello", links: membersMax - 1 } as const
    assert.strictEqual(reason(hello), "full")
    assert.isNull(reason({ ...hello, existing: peer(1) }))
    assert.isNull(reason({ ...hello, links: membersMax - 2 }))
  })

  it("none, for a while after the peer was given up", () => {
    for (const stage of ["hello", "welcome", "confirm"] as const) {
      const role = stage === "welcome" ? "dialer" : "acceptor"
      assert.strictEqual(reason({ ...high, role, stage, putOff: true }), "later")
    }
  })
})

describe("introductions", () => {
  const me = introductionOf(1)
  it("that differ in what must be equal are refused with that as the reason, the version first", () => {
    const wrong = { version: protocolVersion + 1, cluster: "x", game: "x", gameVersion: 2, peerId: idOf(1) }
    const { gameVersion, cluster, game, peerId } = wrong
    const reasons = [wrong, { peerId, game, cluster }, { peerId, game }, { peerId, gameVersion }, { peerId }]
      .map((other) => compareIntroductions(me, introductionOf(2, other))?.reason)
    assert.deepStrictEqual(reasons, ["version", "cluster", "game", "game", "self"])
    assert.isNull(compareIntroductions(me, introductionOf(2)))
  })
})

describe("invalid messages", () => {
  const atMs = (ms: number) => BigInt(ms) * 1_000_000n
  it("are one too many only when they come within the window", () => {
    const fast = new InvalidGauge()
    const results = Array.from({ length: invalidMax + 1 }, (_, i) => fast.count(atMs(i)))
    assert.deepStrictEqual(results, [...Array.from({ length: invalidMax }, () => false), true])
    const slow = new InvalidGauge()
    const step = Math.ceil(invalidWindowMs / invalidMax) + 1
    for (let i = 0; i < 1_000; i++) assert.isFalse(slow.count(atMs(i * step)))
  })
})
