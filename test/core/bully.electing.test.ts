/** Who becomes host when there is none: starts, crashes, and every time-out on the way. */
import { assert, describe, it } from "vitest"
import {
  accepted,
  coordinator,
  election,
  follower,
  hostOf,
  ok,
  refOf,
  refused,
  reignOf,
  Script
} from "./bully/Script.ts"
import { defaults } from "./bully/Simulation.ts"

const same = assert.deepStrictEqual

describe("a start", () => {
  it("alone: listens, then hosts", () => {
    const node = new Script(1)
    same(node.waits(), defaults.listenMs)
    same(node.timeout(), ["accepts 1.1"])
    assert.isTrue(node.hosts)
    same(node.waits(), null)
  })

  it("with lower nodes: the highest claims, and begins when all have answered", () => {
    const node = new Script(3, { peers: [1, 2] })
    same(node.timeout(), ["1: coordinator 1.3 (start)", "2: coordinator 1.3 (start)"])
    same(node.hears(1, accepted(refOf(1, 3))), [])
    same(node.phase, "claiming")
    same(node.hears(2, accepted(refOf(1, 3))), ["accepts 1.3"])
    assert.isTrue(node.hosts)
  })

  it("with higher nodes: asks all of them, and nobody else", () => {
    const node = new Script(2, { peers: [1, 3, 4] })
    same(node.timeout(), ["3: election", "4: election"])
    same(node.waits(), defaults.okMs)
  })

  it("where a host is: follows it at once, and never asks", () => {
    const node = new Script(2)
    node.up(1)
    same(node.hears(1, coordinator(reignOf(7, 1))), ["accepts 7.1", "1: accepted 7.1"])
    same(node.phase, "following")
    same(node.waits(), null)
  })

  it("an epoch that was accepted before is not used again", () => {
    const node = new Script(1, { acceptedBefore: reignOf(6, 1) })
    same(node.timeout(), ["accepts 7.1"])
  })
})

describe("no OK", () => {
  it("in time: claims by itself", () => {
    const node = new Script(2, { peers: [1, 3] })
    node.timeout()
    same(node.timeout(), ["1: coordinator 1.2 (start)", "3: coordinator 1.2 (start)"])
  })

  it("from the last higher node, since that died: claims without waiting", () => {
    const node = new Script(2, { peers: [1, 3] })
    node.timeout()
    same(node.down(3), ["1: coordinator 1.2 (start)"])
  })

  it("comes from a lower node: it does not count", () => {
    const node = new Script(2, { peers: [1, 3] })
    node.timeout()
    node.hears(1, ok)
    same(node.phase, "electing")
  })
})

describe("OK, then silence", () => {
  const waiting = (): Script => {
    const node = new Script(2, { peers: [1, 3] })
    node.timeout()
    node.hears(3, ok)
    return node
  }

  it("starts again after the second time-out", () => {
    const node = waiting()
    same(node.phase, "awaiting")
    same(node.waits(), defaults.coordinatorMs)
    same(node.timeout(), ["3: election"])
    same(node.phase, "electing")
  })

  it("until the higher node dies: claims", () => {
    same(waiting().down(3), ["1: coordinator 1.2 (start)"])
  })

  it("a late COORDINATOR is accepted in either phase, and after the node gave up", () => {
    const electing = waiting()
    electing.timeout()
    for (const node of [waiting(), electing]) {
      same(node.hears(3, coordinator(reignOf(1, 3))), ["accepts 1.3", "3: accepted 1.3"])
      same(node.phase, "following")
      same(node.waits(), null)
    }
    const claiming = waiting()
    claiming.timeout()
    claiming.timeout()
    same(claiming.phase, "claiming")
    same(claiming.hears(3, coordinator(reignOf(2, 3))), [
      "1: withdrawn 1.2",
      "3: withdrawn 1.2",
      "accepts 2.3",
      "3: accepted 2.3"
    ])
  })

  it("a repeated COORDINATOR is answered again, and changes nothing", () => {
    const node = waiting()
    node.hears(3, coordinator(reignOf(1, 3)))
    same(node.hears(3, coordinator(reignOf(1, 3))), ["3: accepted 1.3"])
    same(node.phase, "following")
  })

  it("a COORDINATOR that somebody else passes on is none", () => {
    const node = waiting()
    same(node.hears(1, coordinator(reignOf(1, 3))), [])
    same(node.phase, "awaiting")
  })
})

describe("being asked", () => {
  it("a host tells its reign", () => {
    same(hostOf(3, [1, 2]).hears(1, election), ["1: coordinator 1.3 (start)"])
  })

  it("a node without a host says OK to lower ones only", () => {
    const node = new Script(2, { peers: [1, 3] })
    same(node.hears(1, election), ["1: ok"])
    same(node.hears(3, election), [])
  })

  it("a follower says OK and looks whether its host is there", () => {
    const node = follower(2, 3, [1, 3])
    same(node.hears(1, election), ["1: ok", "3: probe"])
    same(node.waits("probe"), defaults.probeMs)
  })

  it("the host answers: all stays as it is", () => {
    const node = follower(2, 3, [1, 3])
    node.hears(1, election)
    same(node.hears(3, { _tag: "probe-answer", nonce: 1 }), ["1: hosted 1.3"])
    same(node.waits("probe"), null)
  })

  it("who asked reaches a host that it cannot see by way of who sees it, and goes on waiting", () => {
    const node = new Script(1, { peers: [2] })
    node.timeout()
    node.hears(2, ok)
    const hosted = { _tag: "hosted", reign: refOf(1, 3) } as const
    same(node.hears(2, hosted), ["reaches 3 by way of 2"])
    same(node.phase, "awaiting")
    node.up(3)
    // Live, and yet it has not been heard: its stream may be stuck.
    same(node.hears(2, hosted), ["renews 3"])
    same(node.hears(3, coordinator(reignOf(1, 3))), ["accepts 1.3", "3: accepted 1.3"])
  })

  it("a host that died in the meantime is told to nobody", () => {
    const node = follower(2, 3, [1, 3])
    node.hears(1, election)
    node.down(3)
    same(node.hears(3, { _tag: "probe-answer", nonce: 1 }), [])
  })

  it("the host does not answer and is not heard: it is given up", () => {
    const node = follower(3, 2, [1, 2])
    node.hears(1, election)
    node.silentMs = defaults.probeMs
    same(node.timeout("probe"), ["1: coordinator 2.3 (silence)", "2: coordinator 2.3 (silence)"])
  })

  it("the host does not answer but beats: all stays as it is", () => {
    const node = follower(2, 3, [1, 3])
    node.hears(1, election)
    node.silentMs = defaults.probeMs - 1
    same(node.timeout("probe"), [])
    same(node.phase, "following")
  })

  it("by its own host, which has given its reign up: looks for another", () => {
    const node = follower(2, 1, [1, 3])
    node.hears(1, election)
    same(node.phase, "awaiting")
    same(node.timeout(), ["3: election"])
    // It does not go back to that reign when it hears of its host again.
    node.silent(1)
    same(node.recovered(1), [])
    same(node.phase, "electing")
  })
})

describe("the host's process dies", () => {
  it("the highest that is left claims without waiting, by all that are left", () => {
    const node = follower(3, 4, [1, 2, 4])
    same(node.down(4), ["1: coordinator 2.3 (crash)", "2: coordinator 2.3 (crash)"])
    node.hears(1, accepted(refOf(2, 3)))
    same(node.hears(2, accepted(refOf(2, 3))), ["accepts 2.3"])
    assert.isTrue(node.hosts)
  })

  it("one that dies as well meanwhile is not waited for", () => {
    const node = follower(3, 4, [1, 2, 4])
    node.down(4)
    node.hears(1, accepted(refOf(2, 3)))
    same(node.down(2), ["accepts 2.3"])
  })

  it("a lower node leaves the next one a head start, and follows its claim", () => {
    const node = follower(2, 4, [1, 3, 4])
    same(node.down(4), [])
    same(node.phase, "awaiting")
    same(node.waits(), defaults.headStartMs)
    same(node.hears(3, coordinator(reignOf(2, 3))), ["accepts 2.3", "3: accepted 2.3"])
  })

  it("a lower node asks when that does not claim", () => {
    const node = follower(2, 4, [1, 3, 4])
    node.down(4)
    same(node.timeout(), ["3: election"])
  })

  it("its silence is another cause than its crash", () => {
    const node = follower(3, 4, [1, 4])
    same(node.silent(4), ["1: coordinator 2.3 (silence)"])
  })

  it("a peer's death is nothing to a follower", () => {
    const node = follower(2, 4, [1, 3, 4])
    same(node.down(3), [])
    same(node.phase, "following")
  })
})

describe("a host that comes back into sight", () => {
  it("is followed again by a node that had looked for another", () => {
    const node = follower(2, 4, [1, 3, 4])
    node.silent(4)
    same(node.phase, "awaiting")
    same(node.recovered(4), ["accepts 1.4", "4: accepted 1.4"])
    same(node.phase, "following")
  })

  it("is followed again by a node that was refused for its sake", () => {
    const node = follower(3, 4, [1, 4])
    node.silent(4)
    node.hears(1, refused(refOf(2, 3), reignOf(1, 4), true))
    same(node.phase, "waiting")
    same(node.recovered(4), ["accepts 1.4", "4: accepted 1.4"])
  })

  it("while a claim against it runs: the claim stands until it answers, then the node is back", () => {
    const node = follower(3, 4, [1, 4])
    node.silent(4)
    same(node.recovered(4), ["4: coordinator 2.3 (silence)"])
    same(node.hears(4, refused(refOf(2, 3), reignOf(1, 4), true)), [
      "1: withdrawn 2.3",
      "4: withdrawn 2.3",
      "accepts 1.4",
      "4: accepted 1.4"
    ])
  })

  it("but follows somebody else by now: it is not", () => {
    const node = follower(2, 3, [1, 3, 4])
    node.silent(3)
    node.beats(3, refOf(2, 4))
    same(node.recovered(3), [])
    same(node.phase, "awaiting")
  })

  it("that speaks before it is heard is believed for a moment, then looked for", () => {
    const node = new Script(1, { peers: [2] })
    node.silent(2)
    same(node.hears(2, coordinator(reignOf(3, 2))), ["accepts 3.2", "2: accepted 3.2", "2: probe"])
    node.silentMs = 500
    node.timeout("probe")
    assert.notStrictEqual(node.phase, "following")
  })
})

describe("what a follower learns of its host by beats", () => {
  it("asks it whom it follows, and follows that one too", () => {
    const node = follower(1, 2, [2, 3])
    same(node.beats(2, refOf(2, 3)), ["2: reign-query"])
    same(node.hears(2, { _tag: "reign-answer", nonce: 1, reign: reignOf(2, 3) }), ["accepts 2.3", "3: accepted 2.3"])
  })

  it("does not stay with it where it cannot see the new host", () => {
    const node = follower(1, 2, [2])
    node.beats(2, refOf(2, 3))
    node.hears(2, { _tag: "reign-answer", nonce: 1, reign: reignOf(2, 3) })
    same(node.phase, "waiting")
  })
})
