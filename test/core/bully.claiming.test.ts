/** Claims that meet one another, a live host, or a host that was away. */
import { assert, describe, it } from "vitest"
import {
  accepted,
  coordinator,
  election,
  follower,
  hostOf,
  refOf,
  refused,
  reignOf,
  Script,
  withdrawn
} from "./bully/Script.ts"
import { defaults } from "./bully/Simulation.ts"

const same = assert.deepStrictEqual

/** A node that has just claimed reign 1.`self`. */
const claimant = (self: number, peers: ReadonlyArray<number>): Script => {
  const node = new Script(self, { peers })
  node.timeout()
  if (node.phase === "electing") node.timeout()
  same(node.phase, "claiming")
  return node
}

describe("two candidates at once", () => {
  it("for one epoch: the higher refuses, the lower withdraws and follows", () => {
    const lower = claimant(2, [1, 3])
    const higher = claimant(3, [1, 2])
    same(higher.hears(2, coordinator(reignOf(1, 2))), ["2: refused 1.2 for old none"])
    same(lower.hears(3, refused(refOf(1, 2), null, false)), [])
    same(lower.hears(3, coordinator(reignOf(1, 3))), [
      "1: withdrawn 1.2",
      "3: withdrawn 1.2",
      "accepts 1.3",
      "3: accepted 1.3"
    ])
  })

  it("never follow each other", () => {
    const lower = claimant(2, [3])
    const higher = claimant(3, [2])
    lower.hears(3, coordinator(reignOf(1, 3)))
    higher.hears(2, coordinator(reignOf(1, 2)))
    same([lower.accepted, higher.phase], ["1.3", "claiming"])
  })

  it("for different epochs: the later goes on", () => {
    const node = claimant(3, [1, 2])
    same(node.hears(2, coordinator(reignOf(2, 2))), [
      "1: withdrawn 1.3",
      "2: withdrawn 1.3",
      "accepts 2.2",
      "2: accepted 2.2"
    ])
  })

  it("who has accepted the lower one's claim refuses the higher one's, who then claims above it", () => {
    const node = claimant(3, [1, 2])
    node.hears(2, accepted(refOf(1, 3)))
    same(node.hears(1, refused(refOf(1, 3), reignOf(1, 2), true)), [
      "accepts 2.3",
      "1: coordinator 2.3 (start over 1.2)",
      "2: coordinator 2.3 (start over 1.2)"
    ])
  })

  it("the refusal comes first: the claim waits for what the other candidate says itself", () => {
    const node = claimant(3, [1, 2])
    same(node.hears(1, refused(refOf(1, 3), reignOf(1, 2), true)), [])
    same(node.phase, "claiming")
    same(node.hears(2, accepted(refOf(1, 3))), [
      "accepts 2.3",
      "1: coordinator 2.3 (start over 1.2)",
      "2: coordinator 2.3 (start over 1.2)"
    ])
  })

  it("a follower of one of them asks it before it believes the other", () => {
    const node = follower(1, 2, [2, 3])
    same(node.hears(3, coordinator(reignOf(2, 3))), ["2: probe"])
    node.silentMs = 10
    same(node.timeout("probe"), ["3: refused 2.3 for live 1.2"])
  })

  it("a claim that is said again meanwhile gives the host no more time", () => {
    const node = follower(1, 2, [2, 3])
    node.hears(3, coordinator(reignOf(2, 3)))
    same(node.hears(3, coordinator(reignOf(2, 3))), [])
    node.silentMs = defaults.probeMs
    same(node.timeout("probe"), ["accepts 2.3", "3: accepted 2.3"])
  })

  it("a claim of a node that follows a newer reign by now was long on its way", () => {
    const node = follower(1, 2, [2, 3])
    node.beats(3, refOf(5, 4))
    same(node.hears(3, coordinator(reignOf(3, 3))), [])
    same(node.accepted, "1.2")
  })

  it("a second host in an accepted epoch is refused", () => {
    const node = follower(1, 2, [2, 3])
    same(node.hears(3, coordinator(reignOf(1, 3))), ["3: refused 1.3 for live 1.2"])
    same(node.accepted, "1.2")
  })
})

describe("a claimant that cannot see a live host", () => {
  it("is refused by who sees it, withdraws, and tries again later", () => {
    const sees = follower(2, 4, [1, 3, 4])
    sees.hears(3, coordinator(reignOf(2, 3)))
    same(sees.hears(4, { _tag: "probe-answer", nonce: 1 }), ["3: refused 2.3 for live 1.4"])
    const node = follower(3, 4, [1, 2, 4])
    node.silent(4)
    node.hears(1, accepted(refOf(2, 3)))
    same(node.hears(2, refused(refOf(2, 3), reignOf(1, 4), true)), [
      "reaches 4 by way of 2",
      "1: withdrawn 2.3",
      "2: withdrawn 2.3",
      "4: withdrawn 2.3"
    ])
    same(node.waits(), defaults.coordinatorMs)
    same(node.timeout(), ["1: coordinator 3.3 (silence)", "2: coordinator 3.3 (silence)"])
  })

  it("those that accepted wait, and get a newer reign from the host", () => {
    const node = follower(1, 4, [2, 3, 4])
    node.silent(4)
    node.hears(3, coordinator(reignOf(2, 3)))
    same(node.hears(3, withdrawn(refOf(2, 3))), [])
    same(node.phase, "waiting")
    // The host's own reign is older than what this node is bound to.
    same(node.hears(4, coordinator(reignOf(1, 4))), ["4: refused 1.4 for old 2.3"])
    const host = hostOf(4, [1, 2, 3])
    same(host.hears(1, refused(refOf(1, 4), reignOf(2, 3), false)), [
      "accepts 3.4",
      "1: coordinator 3.4 (heal over 1.4)",
      "2: coordinator 3.4 (heal over 1.4)",
      "3: coordinator 3.4 (heal over 1.4)"
    ])
    same(node.hears(4, coordinator(reignOf(3, 4), { cause: "heal", over: [refOf(1, 4)] })), [
      "accepts 3.4",
      "4: accepted 3.4",
      // It was suspected: let us see whether it is there for good.
      "4: probe"
    ])
  })

  it("the host goes above a claim of its own epoch too, though its id is the higher", () => {
    const host = hostOf(4, [1, 2])
    same(host.hears(1, refused(refOf(1, 4), reignOf(1, 3), false)), [
      "accepts 2.4",
      "1: coordinator 2.4 (heal over 1.4)",
      "2: coordinator 2.4 (heal over 1.4)"
    ])
  })

  it("whoever accepts a claim after it came to nothing is told so, whichever way that is heard", () => {
    const node = claimant(3, [1, 2])
    node.hears(2, refused(refOf(1, 3), reignOf(1, 4), true))
    same(node.phase, "waiting")
    same(node.hears(1, accepted(refOf(1, 3))), ["1: withdrawn 1.3"])
    same(node.beats(1, refOf(1, 3)), ["1: withdrawn 1.3"])
  })

  it("a claim that waits for the host's answer is believed when the host's link closes", () => {
    const node = follower(1, 4, [2, 3, 4])
    same(node.hears(3, coordinator(reignOf(2, 3))), ["4: probe"])
    same(node.down(4), ["accepts 2.3", "3: accepted 2.3"])
  })

  it("a claim that waits is forgotten with its claimant", () => {
    const node = follower(1, 4, [2, 3, 4])
    node.hears(3, coordinator(reignOf(2, 3)))
    node.down(3)
    same(node.down(4), [])
    same([node.phase, node.accepted], ["awaiting", "1.4"])
  })

  it("the refusal of the host itself is the host's word: it is followed where its reign is the newer", () => {
    const node = claimant(3, [1, 2])
    same(node.hears(1, refused(refOf(1, 3), reignOf(5, 1), true)), [
      "1: withdrawn 1.3",
      "2: withdrawn 1.3",
      "accepts 5.1",
      "1: accepted 5.1"
    ])
  })
})

describe("a claim that nobody refuses, and somebody does not answer", () => {
  it("is said again, to those only", () => {
    const node = claimant(3, [1, 2])
    node.hears(1, accepted(refOf(1, 3)))
    same(node.timeout("repeat"), ["2: coordinator 1.3 (start)"])
    same(node.timeout("repeat"), ["2: coordinator 1.3 (start)"])
  })

  it("begins without who is silent", () => {
    const node = claimant(3, [1, 2])
    node.hears(1, accepted(refOf(1, 3)))
    same(node.silent(2), ["accepts 1.3"])
  })

  it("gives who beats but does not answer up, after the time-out", () => {
    const node = claimant(3, [1, 2])
    node.hears(1, accepted(refOf(1, 3)))
    same(node.timeout(), ["abandons 2", "accepts 1.3"])
  })

  it("gives a host up that says nothing, and withdraws from who holds to it", () => {
    const node = claimant(3, [1, 2])
    node.hears(1, refused(refOf(1, 3), reignOf(1, 2), true))
    same(node.timeout(), ["abandons 2", "1: withdrawn 1.3", "2: withdrawn 1.3"])
  })

  it("asks who links up meanwhile, too", () => {
    const node = claimant(3, [1])
    same(node.up(2), ["2: coordinator 1.3 (start)"])
    same(node.hears(1, accepted(refOf(1, 3))), [])
    same(node.hears(2, accepted(refOf(1, 3))), ["accepts 1.3"])
  })

  it("an epoch that somebody has used already is gone above at once", () => {
    const node = claimant(3, [1])
    same(node.hears(1, refused(refOf(1, 3), reignOf(8, 2), false)), ["1: coordinator 9.3 (start)"])
  })
})

describe("a host that was stopped for a while", () => {
  it("asks everybody before it goes on", () => {
    const node = hostOf(3, [1, 2])
    same(node.stalled(), ["1: reign-query", "2: reign-query"])
    assert.isFalse(node.hosts)
    same(node.hears(1, { _tag: "reign-answer", nonce: 1, reign: reignOf(1, 3) }), [])
    assert.isFalse(node.hosts)
    same(node.hears(2, { _tag: "reign-answer", nonce: 1, reign: reignOf(1, 3) }), [])
    assert.isTrue(node.hosts)
  })

  it("learns of the newer reign, and follows it", () => {
    const node = hostOf(3, [1, 2])
    node.stalled()
    same(node.hears(1, { _tag: "reign-answer", nonce: 1, reign: reignOf(2, 2) }), ["accepts 2.2", "2: accepted 2.2"])
    same(node.phase, "following")
  })

  it("or hears COORDINATOR first, and follows that", () => {
    const node = hostOf(3, [1, 2])
    node.stalled()
    same(node.hears(2, coordinator(reignOf(2, 2))), ["accepts 2.2", "2: accepted 2.2"])
  })

  it("goes on repeating and preempting afterwards", () => {
    const node = hostOf(2, [1, 3])
    node.stalled()
    node.timeout("repeat")
    for (const peer of [1, 3]) node.hears(peer, { _tag: "reign-answer", nonce: 1, reign: reignOf(1, 2) })
    assert.isNotNull(node.waits("repeat"))
    assert.isNotNull(node.waits("preempt"))
  })

  it("does not wait for who is gone, nor for ever", () => {
    const node = hostOf(3, [1, 2])
    node.stalled()
    node.hears(1, { _tag: "reign-answer", nonce: 1, reign: reignOf(1, 3) })
    node.down(2)
    assert.isTrue(node.hosts)
    node.stalled()
    same(node.waits(), defaults.coordinatorMs)
    node.timeout()
    assert.isTrue(node.hosts)
  })

  it("an answer to an earlier question does not count", () => {
    const node = hostOf(3, [1])
    node.stalled()
    node.hears(1, { _tag: "reign-answer", nonce: 0, reign: reignOf(1, 3) })
    assert.isFalse(node.hosts)
  })

  it("alone has nobody to ask", () => {
    const node = hostOf(3, [])
    same(node.stalled(), [])
    assert.isTrue(node.hosts)
  })

  it("where the new host is out of sight, gives up and looks for one later", () => {
    const node = hostOf(3, [1])
    node.stalled()
    node.hears(1, { _tag: "reign-answer", nonce: 1, reign: reignOf(2, 2) })
    same(node.phase, "waiting")
    same(node.timeout(), ["1: coordinator 3.3 (start)"])
  })

  it("a claimant that was stopped does not begin what it claimed before", () => {
    const node = claimant(3, [1])
    same(node.stalled(), ["1: withdrawn 1.3"])
    same(node.hears(1, accepted(refOf(1, 3))), ["1: withdrawn 1.3"])
    same(node.phase, "waiting")
  })

  it("a follower that was stopped has nothing to ask", () => {
    const node = follower(1, 2, [2])
    same(node.stalled(), [])
    same(node.phase, "following")
  })
})

describe("what comes from a peer whose link is not up", () => {
  it("is ignored: it is said again over the next link", () => {
    const node = new Script(1)
    same(node.hears(2, coordinator(reignOf(1, 2))), [])
    same(node.hears(2, election), [])
    same(node.accepted, "none")
  })
})

it("a host says who it is to everybody that does not follow it, until they do", () => {
  const node = hostOf(3, [1])
  same(node.up(2), ["2: coordinator 1.3 (start)"])
  node.now += defaults.repeatMs
  same(node.timeout("repeat"), ["2: coordinator 1.3 (start)"])
  node.hears(2, accepted(refOf(1, 3)))
  same(node.timeout("repeat"), [])
  // It strays: its beats say so.
  node.now += defaults.repeatMs
  same(node.beats(2, refOf(1, 1)), ["2: coordinator 1.3 (start)"])
})

it("the stream to who beats and does not answer a host is renewed, again and again", () => {
  const node = hostOf(3, [1])
  node.up(2)
  const renewed: Array<number> = []
  for (let told = 2; told <= 20; told++) {
    node.now += defaults.repeatMs
    if (node.timeout("repeat").includes("renews 2")) renewed.push(told)
  }
  same(renewed, [10, 20])
})
