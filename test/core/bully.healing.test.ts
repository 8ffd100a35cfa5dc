/** Two hosts that find each other, a host that hands over, and a higher node that preempts. */
import { assert, describe, it } from "vitest"
import * as Weight from "../../src/core/bully/Weight.ts"
import {
  accepted,
  coordinator,
  follower,
  healOffer,
  healYield,
  hostOf,
  refOf,
  refused,
  reignOf,
  Script
} from "./bully/Script.ts"
import { defaults } from "./bully/Simulation.ts"

const same = assert.deepStrictEqual

/** A host of reign `epoch` with followers, which has just met the host of another reign. */
const hostMeeting = (self: number, followers: ReadonlyArray<number>, other: number): Script => {
  const node = hostOf(self, followers)
  node.up(other)
  return node
}

describe("which reign goes on", () => {
  const weigh = (reign: [number, number], seated: boolean, members: number, seq: number) => ({
    reign: refOf(...reign),
    weight: { seated, members, seq: seq as never }
  })
  const heavierFirst: ReadonlyArray<[string, ReturnType<typeof weigh>, ReturnType<typeof weigh>]> = [
    ["one with a seated player", weigh([1, 1], true, 1, 1), weigh([9, 9], false, 9, 9)],
    ["then more members", weigh([1, 1], true, 3, 1), weigh([9, 9], true, 2, 9)],
    ["then the higher seq", weigh([1, 1], true, 2, 8), weigh([9, 9], true, 2, 7)],
    ["then the higher epoch", weigh([3, 1], true, 2, 7), weigh([2, 9], true, 2, 7)],
    ["then the higher host", weigh([2, 3], true, 2, 7), weigh([2, 2], true, 2, 7)]
  ]
  for (const [what, heavier, lighter] of heavierFirst) {
    it(what, () => {
      assert.isAbove(Weight.compare(heavier, lighter), 0)
      assert.isBelow(Weight.compare(lighter, heavier), 0)
    })
  }
})

describe("two hosts", () => {
  it("tell each other, refuse each other, and the lower reign's says what it weighs", () => {
    const higher = hostMeeting(4, [1], 2)
    const lower = hostMeeting(2, [3], 4)
    same(higher.hears(2, coordinator(reignOf(1, 2))), ["2: refused 1.2 for live 1.4", "2: heal-offer 1.4 of 2"])
    same(lower.hears(4, refused(refOf(1, 2), reignOf(1, 4), true)), ["4: heal-offer 1.2 of 2"])
  })

  it("the higher reign's compares: it is heavier, the other gives way, it claims over both", () => {
    const higher = hostMeeting(4, [1], 2)
    const lower = hostMeeting(2, [3], 4)
    same(higher.hears(2, healOffer(refOf(1, 2), { members: 1 })), ["2: heal-offer 1.4 of 2, heavier than 1.2"])
    same(lower.hears(4, healOffer(refOf(1, 4), { members: 2 }, refOf(1, 2))), ["4: heal-yield 1.2 to 1.4"])
    assert.isFalse(lower.hosts)
    same(higher.hears(2, healYield(refOf(1, 2), refOf(1, 4))), [
      "accepts 2.4",
      "1: coordinator 2.4 (heal over 1.4 and 1.2)",
      "2: coordinator 2.4 (heal over 1.4 and 1.2)"
    ])
    const over = [refOf(1, 4), refOf(1, 2)]
    same(lower.hears(4, coordinator(reignOf(2, 4), { cause: "heal", over })), ["accepts 2.4", "4: accepted 2.4"])
    // A follower of the one that gave way does not ask it.
    same(follower(3, 2, [2, 4]).hears(4, coordinator(reignOf(2, 4), { cause: "heal", over })), [
      "accepts 2.4",
      "4: accepted 2.4"
    ])
  })

  it("the higher reign's compares: it is lighter, gives way, and the other claims over both", () => {
    const higher = hostMeeting(4, [], 2)
    const lower = hostMeeting(2, [3], 4)
    same(higher.hears(2, healOffer(refOf(1, 2), { members: 2 })), ["2: heal-yield 1.4 to 1.2"])
    same(lower.hears(4, healYield(refOf(1, 4), refOf(1, 2))), [
      "accepts 2.2",
      "3: coordinator 2.2 (heal over 1.2 and 1.4)",
      "4: coordinator 2.2 (heal over 1.2 and 1.4)"
    ])
  })

  it("that are equal but for the time that figures travel come to an end all the same", () => {
    // Each has ordered more since than the other can know; by its own figures, each is the heavier.
    const higher = hostMeeting(4, [], 2)
    const lower = hostMeeting(2, [], 4)
    higher.weight = { seated: true, seq: 110 as never }
    lower.weight = { seated: true, seq: 110 as never }
    same(lower.hears(4, healOffer(refOf(1, 4), { seated: true, seq: 100 })), ["4: heal-offer 1.2 of 1"])
    same(higher.hears(2, healOffer(refOf(1, 2), { seated: true, seq: 105 })), [
      "2: heal-offer 1.4 of 1, heavier than 1.2"
    ])
    same(lower.hears(4, healOffer(refOf(1, 4), { seated: true, seq: 105 }, refOf(1, 2))), ["4: heal-yield 1.2 to 1.4"])
  })

  it("weigh those that follow them only, not those that they merely see", () => {
    const node = hostMeeting(4, [1], 2)
    node.up(3)
    node.silent(1)
    same(node.hears(2, healOffer(refOf(1, 2), { members: 1, seq: 1 })), ["2: heal-yield 1.4 to 1.2"])
  })

  it("weigh those whose reign they have just ended, though these have not answered yet", () => {
    const node = hostMeeting(4, [1, 3], 2)
    node.hears(2, healYield(refOf(1, 2), refOf(1, 4)))
    node.up(5)
    same(node.accepted, "2.4")
    same(node.hears(5, healOffer(refOf(1, 5), { members: 3 })), ["5: heal-offer 2.4 of 3, heavier than 1.5"])
  })

  it("a host that has given way still hosts, to everybody else", () => {
    const node = hostMeeting(4, [], 2)
    node.up(3)
    node.hears(2, healOffer(refOf(1, 2), { seq: 9 }))
    same(node.hears(3, coordinator(reignOf(1, 3))), ["3: refused 1.3 for live 1.4"])
    // So that nobody takes its reign for one that came to nothing.
    same(hostMeeting(3, [1], 4).hears(4, refused(refOf(1, 3), reignOf(1, 4), true)), ["4: heal-offer 1.3 of 2"])
  })

  it("yields that cross: the higher reign takes it", () => {
    const higher = hostMeeting(4, [], 2)
    const lower = hostMeeting(2, [], 4)
    higher.hears(2, healOffer(refOf(1, 2), { seq: 9 }))
    lower.hears(4, healOffer(refOf(1, 4), { seq: 9 }, refOf(1, 2)))
    same([higher.phase, lower.phase], ["yielding", "yielding"])
    same(lower.hears(4, healYield(refOf(1, 4), refOf(1, 2))), [])
    same(higher.hears(2, healYield(refOf(1, 2), refOf(1, 4))), [
      "accepts 2.4",
      "2: coordinator 2.4 (heal over 1.4 and 1.2)"
    ])
  })

  it("who has given way to one does not take what another gives up to it", () => {
    const node = hostMeeting(4, [], 2)
    node.up(3)
    node.hears(2, healOffer(refOf(1, 2), { seq: 9 }))
    same(node.hears(3, healYield(refOf(1, 3), refOf(1, 4))), [])
  })

  it("who gave way goes on under a new reign when nobody takes it, or the other is gone", () => {
    for (const end of [(node: Script) => node.timeout(), (node: Script) => node.down(2)]) {
      const node = hostMeeting(4, [1], 2)
      node.hears(2, healOffer(refOf(1, 2), { members: 5 }))
      same(node.phase, "yielding")
      // Two epochs higher: the other may have claimed the next one.
      assert.include(end(node), "accepts 3.4")
    }
  })

  it("are told of each other by those in between", () => {
    const node = hostMeeting(2, [1], 4)
    node.up(3)
    same(node.hears(3, refused(refOf(1, 2), reignOf(1, 4), true)), ["4: heal-offer 1.2 of 2"])
  })

  it("who does not host negotiates about nothing", () => {
    same(follower(1, 2, [2, 4]).hears(4, healOffer(refOf(1, 4), { members: 9 })), [])
    same(follower(1, 2, [2, 4]).hears(4, healYield(refOf(1, 4), refOf(1, 2))), [])
  })

  it("who refuses is told again, but more rarely", () => {
    const node = hostMeeting(2, [], 4)
    node.hears(4, refused(refOf(1, 2), reignOf(1, 4), true))
    node.now += defaults.repeatMs
    same(node.timeout("repeat"), [])
    node.now += 10 * defaults.repeatMs
    same(node.timeout("repeat"), ["4: coordinator 1.2 (start)"])
  })
})

describe("a handover", () => {
  it("is offered with the cuts, and the host orders nothing from then on", () => {
    const host = hostOf(2, [1, 3])
    same(host.handOver(3), ["3: hand-over 1.2"])
    assert.isFalse(host.hosts)
    same(host.waits(), defaults.handoverMs)
    const heir = follower(3, 2, [1, 2])
    same(heir.hears(2, { _tag: "hand-over", reign: refOf(1, 2), to: heir.state.self, cuts: [] }), ["offered 1.2"])
  })

  it("is taken: the heir begins at once, and all that followed the old host follow without asking it", () => {
    const heir = follower(3, 2, [1, 2])
    same(heir.takeOver(refOf(1, 2)), [
      "accepts 2.3",
      "1: coordinator 2.3 (handover over 1.2)",
      "2: coordinator 2.3 (handover over 1.2)"
    ])
    assert.isTrue(heir.hosts)
    const claim = coordinator(reignOf(2, 3), { cause: "handover", over: [refOf(1, 2)] })
    const host = hostOf(2, [1, 3])
    host.handOver(3)
    for (const node of [host, follower(1, 2, [2, 3])]) {
      same(node.hears(3, claim), ["accepts 2.3", "3: accepted 2.3"])
    }
  })

  it("is not taken: the host goes on under a higher reign than the heir could have claimed", () => {
    const host = hostOf(2, [1, 3])
    host.handOver(3)
    same(host.timeout(), [
      "accepts 3.2",
      "1: coordinator 3.2 (silence over 1.2)",
      "3: coordinator 3.2 (silence over 1.2)"
    ])
    assert.isTrue(host.hosts)
  })

  it("the heir dies: the host goes on at once", () => {
    const host = hostOf(2, [1, 3])
    host.handOver(3)
    same(host.down(3), ["accepts 3.2", "1: coordinator 3.2 (silence over 1.2)"])
  })

  it("the heir is too late: it does not take what was taken back", () => {
    const heir = follower(3, 2, [1, 2])
    heir.hears(2, coordinator(reignOf(3, 2), { cause: "handover", over: [refOf(1, 2)] }))
    same(heir.takeOver(refOf(1, 2)), [])
    same(heir.phase, "following")
  })

  it("to a peer that is gone is none: the host goes on as it is", () => {
    const host = hostOf(2, [1, 3])
    host.down(3)
    same(host.handOver(3), [])
    assert.isTrue(host.hosts)
  })

  it("from somebody else than the host, or of an older reign, is not one", () => {
    const node = follower(3, 2, [1, 2])
    same(node.hears(1, { _tag: "hand-over", reign: refOf(1, 2), to: node.state.self, cuts: [] }), [])
    same(node.hears(2, { _tag: "hand-over", reign: refOf(0, 2), to: node.state.self, cuts: [] }), [])
  })

  it("a host that was stopped after it had offered goes on under a new reign only", () => {
    const host = hostOf(2, [1, 3])
    host.handOver(3)
    host.stalled()
    for (const peer of [1, 3]) host.hears(peer, { _tag: "reign-answer", nonce: 1, reign: reignOf(1, 2) })
    same(host.accepted, "3.2")
  })

  it("the host still answers for itself to who doubts it", () => {
    const host = hostOf(2, [1, 3])
    host.handOver(3)
    same(host.hears(1, { _tag: "probe", nonce: 5 }), ["1: probe-answer"])
  })
})

describe("preemption", () => {
  /** A host of 2 that a node 3 has just joined. */
  const joined = (options: { readonly preempt?: boolean; readonly preempts?: boolean } = {}): Script => {
    const host = hostOf(2, [1], options)
    host.now += 60_000
    host.up(3)
    host.hears(3, accepted(refOf(1, 2)))
    return host
  }

  it("no sooner than 2 s after the higher node joined", () => {
    const host = joined()
    same(host.waits("preempt"), defaults.preemptAfterMs)
    same(host.timeout("preempt"), ["wishes 3"])
  })

  it("is wished again until it happens", () => {
    const host = joined()
    host.timeout("preempt")
    same(host.timeout("preempt"), ["wishes 3"])
  })

  it("the highest first", () => {
    const host = joined()
    host.up(5)
    host.up(4)
    host.now += defaults.preemptAfterMs
    same(host.timeout("preempt"), ["wishes 5"])
  })

  it("a node that was out of sight waits anew", () => {
    const host = joined()
    host.now += defaults.preemptAfterMs - 1
    host.silent(3)
    host.recovered(3)
    same(host.waits("preempt"), defaults.preemptAfterMs)
  })

  it("never by a lower node, never with --no-preempt on either side", () => {
    same(hostOf(2, [1]).waits("preempt"), null)
    same(joined({ preempt: false }).waits("preempt"), null)
    same(joined({ preempts: false }).waits("preempt"), null)
  })

  it("without it a joiner leaves the host in place, however high it is", () => {
    const node = new Script(9, { preempt: false })
    node.up(2)
    node.hears(2, coordinator(reignOf(1, 2)))
    same([node.phase, node.waits(), node.waits("preempt")], ["following", null, null])
  })
})
