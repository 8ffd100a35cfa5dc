import { assert, describe, it } from "vitest"
import type { ChangeRequest } from "../../../src/core/raft/ConfigurationChange.ts"
import type { PeerId } from "../../../src/protocol/Ids.ts"
import { a, b, c, Cluster, d, e, type Node } from "./Cluster.ts"

const three = [a, b, c]
const simple = (_tag: "voter" | "learner" | "remove", node: PeerId): ChangeRequest => ({
  _tag: "simple",
  changes: [{ _tag, node }]
})
const joint = (autoLeave: boolean, ...voters: ReadonlyArray<PeerId>): ChangeRequest => ({
  _tag: "enter-joint",
  changes: [...voters.map((node) => ({ _tag: "voter", node }) as const), { _tag: "remove", node: a }],
  autoLeave
})
const change = (node: Node, request: ChangeRequest): string => {
  const result = node.raft.change(request)
  node.settle()
  return result._tag === "refused" ? result.reason : result._tag
}

describe("membership, one at a time (dissertation, 4.1)", () => {
  it("a newcomer is sent the log, and counts from the moment that its entry is in it", () => {
    const cluster = new Cluster(three, {}, [d])
    const leader = cluster.elect(a)
    leader.propose("x")
    cluster.deliver()
    assert.strictEqual(change(leader, simple("voter", d)), "accepted")
    assert.deepEqual(leader.raft.configuration.voters, [a, b, c, d])
    cluster.deliver(({ to }) => to === c || to === d)
    assert.strictEqual(leader.raft.commit, 2, "two of four are no majority")
    cluster.round(3)
    assert.strictEqual(leader.raft.commit, 3)
    assert.deepEqual(cluster.node(d).applied, ["x"])
    assert.deepEqual(cluster.node(d).raft.configuration.voters, [a, b, c, d])
  })

  it("one change at a time, and none before a new leader has committed an entry of its term", () => {
    const cluster = new Cluster(three)
    const leader = cluster.electUnheard(a)
    assert.strictEqual(change(leader, simple("voter", d)), "not-established")
    cluster.round(3)
    assert.strictEqual(change(leader, simple("voter", d)), "accepted")
    assert.strictEqual(change(leader, simple("voter", e)), "change-pending")
    cluster.deliver(({ to }) => to === d)
    assert.strictEqual(change(leader, simple("voter", e)), "accepted")
  })

  it("a configuration goes when its entry is overwritten", () => {
    const cluster = new Cluster(three)
    const leader = cluster.elect(a)
    change(leader, simple("remove", c))
    cluster.sent = []
    for (const id of [b, c]) {
      cluster.node(id).raft.linkEnded(a)
      cluster.node(id).settle()
    }
    cluster.among(b, c)
    assert.deepEqual(leader.raft.configuration.voters, [a, b])
    cluster.round(5)
    assert.deepEqual(leader.raft.configuration.voters, three)
  })

  it("a leader that is taken out leads until that is committed, and then another does at once (4.2.2)", () => {
    const cluster = new Cluster(three)
    const leader = cluster.elect(a)
    assert.strictEqual(change(leader, simple("remove", a)), "accepted")
    assert.strictEqual(leader.raft.role, "leader")
    cluster.deliver()
    assert.strictEqual(leader.raft.role, "follower")
    assert.strictEqual([b, c].filter((id) => cluster.node(id).raft.role === "leader").length, 1)
    cluster.round(100)
    assert.strictEqual(cluster.node(b).raft.term, 2, "and it disturbs nobody")
  })

  it("a node that its own log has taken out still leads if the others need that log (4.2.2)", () => {
    const cluster = new Cluster([a, b])
    const leader = cluster.elect(a)
    change(leader, simple("remove", a))
    cluster.sent = []
    leader.restart()
    cluster.node(b).tick(40)
    cluster.deliver()
    assert.notStrictEqual(cluster.node(b).raft.role, "leader")
    for (let i = 0; i < 40 && cluster.node(b).raft.configuration.voters.length > 1; i++) {
      leader.tick()
      cluster.deliver()
    }
    cluster.round(40)
    assert.strictEqual(cluster.node(b).raft.role, "leader")
    assert.deepEqual(cluster.node(b).raft.configuration.voters, [b])
  })
})

describe("learners (4.2.1)", () => {
  it("one has the log and no vote, until it is made a voter", () => {
    const cluster = new Cluster(three, {}, [d])
    const leader = cluster.elect(a)
    assert.strictEqual(change(leader, simple("learner", d)), "accepted")
    cluster.deliver()
    leader.propose("x")
    cluster.deliver()
    assert.deepEqual(cluster.node(d).applied, ["x"])
    cluster.node(d).tick(100)
    assert.strictEqual(cluster.node(d).raft.role, "follower")
    leader.propose("y")
    cluster.deliver(({ to }) => to === b || to === c)
    assert.deepEqual(leader.applied, ["x"], "a learner's disk does not count")
    cluster.round(4)
    assert.strictEqual(change(leader, simple("voter", d)), "accepted")
    cluster.round(4)
    assert.strictEqual(cluster.elect(d).raft.role, "pre-candidate", "it asks, but the leader is alive")
    assert.strictEqual(leader.raft.transfer(d)._tag, "accepted")
    leader.settle()
    cluster.deliver()
    assert.strictEqual(cluster.node(d).raft.role, "leader")
  })
})

describe("joint configurations (Raft paper, section 6)", () => {
  const enter = (autoLeave: boolean) => {
    const cluster = new Cluster(three, {}, [d, e])
    const leader = cluster.elect(a)
    assert.strictEqual(change(leader, joint(autoLeave, d, e)), "accepted")
    return { cluster, leader }
  }

  it("need the old majority and the new", () => {
    const { cluster, leader } = enter(false)
    cluster.deliver(({ to }) => to === d || to === e)
    assert.strictEqual(leader.raft.commit, 1, "all of the old, and two of the new four")
    cluster.round(4)
    assert.strictEqual(leader.raft.commit, 2)
    leader.propose("x")
    cluster.deliver(({ to }) => to === b || to === c)
    assert.deepEqual(leader.applied, [], "one of the old three")
  })

  it("are left by the leader itself, if they say so, and by whoever leads next", () => {
    const { cluster, leader } = enter(true)
    cluster.deliver(({ message }) => message._tag === "append" && message.entries.length === 0)
    cluster.round(30)
    for (const id of [b, c, d, e]) {
      const { configuration } = cluster.node(id).raft
      assert.deepEqual([configuration.voters, configuration.outgoing], [[b, c, d, e], []])
    }
    assert.strictEqual(leader.raft.role, "follower")
  })

  it("are left when the owner says so", () => {
    const { cluster, leader } = enter(false)
    cluster.round(4)
    assert.strictEqual(change(leader, simple("learner", a)), "joint")
    assert.deepEqual(leader.raft.configuration.outgoing, three)
    assert.strictEqual(change(leader, { _tag: "leave-joint" }), "accepted")
    cluster.round(4)
    assert.strictEqual(leader.raft.role, "follower")
    assert.deepEqual(cluster.node(e).raft.configuration.voters, [b, c, d, e])
  })
})
