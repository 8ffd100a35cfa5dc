/** With a quorum: nobody hosts, or is followed, without a majority of the members. */
import { assert, describe, it } from "vitest"
import { accepted, coordinator, follower, healOffer, hostOf, refOf, refused, reignOf, Script } from "./bully/Script.ts"
import { defaults } from "./bully/Simulation.ts"

const same = assert.deepStrictEqual
const quorum = true

/** A host with all of these as members and followers. */
const host = (self: number, peers: ReadonlyArray<number>): Script => hostOf(self, peers, { quorum })

describe("a claim", () => {
  it("needs a majority of the last reign's members", () => {
    const node = follower(3, 5, [1, 2, 4, 5], { quorum })
    node.down(4)
    node.down(5)
    same(node.phase, "claiming")
    node.hears(1, accepted(refOf(2, 3)))
    same(node.hears(2, accepted(refOf(2, 3))), ["accepts 2.3"])
    assert.isTrue(node.hosts)
  })

  it("without one comes to nothing, and is tried again", () => {
    const node = follower(4, 5, [1, 2, 3, 5], { quorum })
    for (const peer of [5, 3, 2]) node.silent(peer)
    same(node.phase, "claiming")
    assert.include(node.hears(1, accepted(refOf(2, 4))), "1: withdrawn 2.4")
    same([node.phase, node.waits()], ["waiting", defaults.coordinatorMs])
  })

  it("of two nodes, when one dies, the other waits", () => {
    const node = follower(1, 2, [2], { quorum })
    node.down(2)
    same([node.phase, node.hosts], ["waiting", false])
    node.timeout()
    same([node.phase, node.hosts], ["waiting", false])
    // Until it is back, or another in its place.
    node.up(2)
    same(node.hears(2, coordinator(reignOf(3, 2, [1, 2]), { after: refOf(1, 2) })), ["accepts 3.2", "2: accepted 3.2"])
  })

  it("founds a cluster with those only who have accepted it", () => {
    const node = new Script(3, { peers: [1, 2], quorum })
    node.timeout()
    node.hears(1, accepted(refOf(1, 3)))
    // 2 beats, and does not answer.
    same(node.timeout(), ["abandons 2", "1: coordinator 2.3 (start)"])
    same(node.hears(1, accepted(refOf(2, 3))), ["accepts 2.3"])
    same(node.state.accepted?.members, reignOf(0, 0, [1, 3]).members)
  })

  it("is made without asking higher nodes of another line, who never will for this one; then the hosts negotiate", () => {
    const stranger = { ...reignOf(9, 4, [4]), root: refOf(8, 4) }
    const node = new Script(2, { quorum, acceptedBefore: reignOf(3, 2, [2]), peers: [4] })
    same(node.hears(4, coordinator(stranger, { after: refOf(8, 4) })), ["4: refused 9.4 for old 3.2"])
    same(node.timeout().filter((said) => said.includes("election")), [])
    node.hears(4, refused(refOf(10, 2), stranger, true))
    assert.isTrue(node.hosts)
    node.weight = { seated: false, seq: 0 as never }
    const said = node.hears(4, coordinator(stranger, { after: refOf(8, 4) }))
    assert.isTrue(said.some((one) => one.startsWith("4: heal-offer 10.2")), said.join())
  })

  it("of another line is followed once a member is seen to have gone there", () => {
    const other = { ...reignOf(9, 4, [3, 4]), root: refOf(8, 4) }
    const node = new Script(2, { quorum, acceptedBefore: reignOf(3, 3, [2, 3]), peers: [3, 4] })
    same(node.hears(4, coordinator(other, { after: refOf(9, 4) })), ["4: refused 9.4 for old 3.3"])
    node.beats(3, refOf(9, 4))
    same(node.hears(4, coordinator(other, { after: refOf(9, 4) })).slice(0, 2), ["accepts 9.4", "4: accepted 9.4"])
  })

  it("the votes of strangers do not count", () => {
    const node = follower(2, 3, [1, 3], { quorum })
    node.down(1)
    node.up(9)
    node.down(3)
    node.down(9)
    node.up(8)
    node.timeout()
    // Members are 1, 2 and 3.
    node.hears(8, accepted(refOf(2, 2)))
    assert.isFalse(node.hosts)
  })

  it("keeps the members, those that are dead included", () => {
    const node = follower(3, 4, [1, 2, 4], { quorum })
    node.down(4)
    for (const peer of [1, 2]) node.hears(peer, accepted(refOf(2, 3)))
    same(node.state.accepted?.members, reignOf(0, 0, [1, 2, 3, 4]).members)
  })

  it("counted by members of an older reign than a voter has accepted is refused, and made anew", () => {
    const voter = follower(1, 3, [2, 3], { quorum })
    voter.hears(3, coordinator(reignOf(5, 3, [1, 3, 4]), { after: refOf(1, 3) }))
    voter.silent(3)
    same(voter.hears(2, coordinator(reignOf(6, 2, [1, 2, 3]), { after: refOf(1, 3) })), ["2: refused 6.2 for old 5.3"])
    const node = follower(2, 3, [1, 3], { quorum })
    node.down(3)
    same(node.hears(1, refused(refOf(2, 2), reignOf(5, 3, [1, 3, 4]), false)), ["1: coordinator 6.2 (crash)"])
    same(node.state.phase._tag === "claiming" && node.state.phase.reign.members, reignOf(0, 0, [1, 3, 4]).members)
    same(voter.hears(2, coordinator(reignOf(6, 2, [1, 3, 4]), { after: refOf(5, 3) })), [
      "accepts 6.2",
      "2: accepted 6.2"
    ])
  })

  it("a node that was never in the cluster does not lift the quorum", () => {
    const member = follower(1, 3, [2, 3], { quorum })
    member.down(3)
    member.down(2)
    member.up(9)
    same(member.hears(9, coordinator(reignOf(2, 9, [1, 9]), { after: null })), ["9: refused 2.9 for old 1.3"])
    const stranger = new Script(9, { quorum, peers: [1] })
    stranger.timeout()
    same(stranger.hears(1, refused(refOf(1, 9), reignOf(1, 3, [1, 2, 3]), false)), ["1: coordinator 2.9 (start)"])
    stranger.hears(1, accepted(refOf(2, 9)))
    assert.isFalse(stranger.hosts)
  })
})

describe("a host", () => {
  it("stops when its majority is gone, and goes on when it follows again", () => {
    const node = host(3, [1, 2])
    node.silent(1)
    assert.isTrue(node.hosts)
    node.silent(2)
    assert.isFalse(node.hosts)
    // It is there again, but may follow somebody else by now.
    node.recovered(2)
    assert.isFalse(node.hosts)
    node.hears(2, accepted(refOf(1, 3)))
    assert.isTrue(node.hosts)
  })

  it("without its majority gives way to any newer reign of its line, without a word", () => {
    const node = host(3, [1, 2])
    node.silent(1)
    node.silent(2)
    same(node.hears(2, coordinator({ ...reignOf(2, 2), root: refOf(1, 3) }, { after: refOf(1, 3) })), [
      "accepts 2.2",
      "2: accepted 2.2",
      "2: probe"
    ])
  })

  it("without its majority does not follow a reign of another line, however high its epoch", () => {
    const node = host(3, [1, 2])
    node.silent(1)
    node.silent(2)
    const stranger = { ...reignOf(9, 4), root: refOf(8, 4) }
    node.up(4)
    same(node.hears(4, coordinator(stranger, { after: refOf(8, 4) })), ["4: refused 9.4 for old 1.3"])
  })

  it("without its majority heals with nobody", () => {
    const node = host(3, [1, 2])
    node.silent(1)
    node.silent(2)
    same(node.hears(2, healOffer(refOf(2, 2), { members: 1 })), [])
  })

  it("never gives way to an older reign of the same cluster, however heavy that seems", () => {
    const node = follower(2, 3, [1, 3], { quorum })
    node.silent(3)
    node.hears(1, accepted(refOf(2, 2)))
    assert.isTrue(node.hosts)
    node.recovered(3)
    same(node.hears(3, healOffer(refOf(1, 3), { seated: true, members: 9, seq: 999 })), [
      "3: heal-offer 2.2 of 2, heavier than 1.3"
    ])
  })

  it("takes an offered reign back only by a majority, which may know of an heir", () => {
    const node = host(2, [1, 3])
    node.handOver(3)
    same(node.timeout(), ["1: coordinator 3.2 (silence)", "3: coordinator 3.2 (silence)"])
    assert.isFalse(node.hosts)
    node.hears(1, accepted(refOf(3, 2)))
    node.silent(3)
    assert.isTrue(node.hosts)
  })
})

describe("an heir", () => {
  it("begins when a majority has accepted it", () => {
    const node = follower(3, 2, [1, 2], { quorum })
    same(node.takeOver(refOf(1, 2)), [
      "1: coordinator 2.3 (handover over 1.2)",
      "2: coordinator 2.3 (handover over 1.2)"
    ])
    assert.isFalse(node.hosts)
    // The third need not be waited for.
    same(node.hears(2, accepted(refOf(2, 3))), ["accepts 2.3"])
    assert.isTrue(node.hosts)
  })
})

describe("members", () => {
  it("join one at a time, and only once a majority follows the last change", () => {
    const node = host(3, [1, 2])
    for (const peer of [4, 5]) {
      node.up(peer)
      node.hears(peer, accepted(refOf(1, 3)))
    }
    assert.include(node.timeout("repeat"), "1: coordinator 2.3 (handover over 1.3)")
    const first = node.state.phase._tag === "claiming" ? node.state.phase.reign.members : []
    same(first, reignOf(0, 0, [1, 2, 3, 4]).members)
    // A majority of four is three.
    same(node.hears(4, accepted(refOf(2, 3))), [])
    same(node.hears(1, accepted(refOf(2, 3))), ["accepts 2.3"])
    node.hears(5, accepted(refOf(2, 3)))
    node.timeout("repeat")
    const second = node.state.phase._tag === "claiming" ? node.state.phase.reign.members : []
    same(second, reignOf(0, 0, [1, 2, 3, 4, 5]).members)
  })

  it("leave only when they say so", () => {
    const node = host(5, [1, 2, 3, 4])
    node.down(1)
    same(node.timeout("repeat"), [])
    node.down(2, true)
    node.timeout("repeat")
    const members = node.state.phase._tag === "claiming" ? node.state.phase.reign.members : []
    same(members, reignOf(0, 0, [1, 3, 4, 5]).members)
  })

  it("leave though that leaves no majority: the last one goes on alone", () => {
    const node = host(2, [1])
    same(node.down(1, true), ["accepts 2.2"])
    same([node.hosts, node.state.accepted?.members], [true, reignOf(0, 0, [2]).members])
    // Not so when they die.
    const other = host(2, [1])
    other.down(1)
    assert.isFalse(other.hosts)
  })

  it("that left and came back are members still", () => {
    const node = host(5, [1, 2, 3, 4])
    node.stalled()
    node.down(2, true)
    node.up(2)
    for (const peer of [1, 2, 3, 4]) node.hears(peer, { _tag: "reign-answer", nonce: 1, reign: reignOf(1, 5) })
    same(node.phase, "hosting")
    assert.notInclude(node.timeout("repeat").join(), "handover")
  })

  it("a host that says goodbye is taken out by the next one", () => {
    const node = follower(3, 4, [1, 2, 4], { quorum })
    node.down(4, true)
    for (const peer of [1, 2]) node.hears(peer, accepted(refOf(2, 3)))
    node.timeout("repeat")
    const members = node.state.phase._tag === "claiming" ? node.state.phase.reign.members : []
    same(members, reignOf(0, 0, [1, 2, 3]).members)
  })
})
