import { assert, describe, it } from "vitest"
import { initial } from "../../../src/core/raft/Configuration.ts"
import { fresh } from "../../../src/core/raft/Entry.ts"
import { a, b, c, Cluster, d, e } from "./Cluster.ts"

const three = [a, b, c]

describe("elections (Raft paper, 5.2)", () => {
  it("a voter that hears of no leader for one to two time-outs leads if the others want it", () => {
    const cluster = new Cluster(three)
    const { electionTicks } = cluster.options
    cluster.node(a).tick(electionTicks - 1)
    assert.strictEqual(cluster.node(a).raft.role, "follower")
    cluster.node(a).tick(electionTicks)
    assert.strictEqual(cluster.node(a).raft.role, "pre-candidate")
    cluster.deliver()
    assert.strictEqual(cluster.node(a).raft.role, "leader")
    for (const { raft } of cluster.nodes.values()) {
      assert.strictEqual(raft.leader, a)
      assert.strictEqual(raft.term, 1)
    }
  })

  it("time-outs differ by chance", () => {
    const cluster = new Cluster(three)
    const ticks = three.map((id) => {
      const node = cluster.node(id)
      let count = 0
      for (; node.raft.role === "follower"; count++) node.tick()
      return count
    })
    for (const count of ticks) assert.isTrue(count >= 10 && count < 20)
    assert.isAbove(new Set(ticks).size, 1)
  })

  it("a node alone leads as soon as its own vote is on disk", () => {
    const cluster = new Cluster([a])
    const node = cluster.node(a)
    node.syncs = false
    node.raft.campaign()
    node.settle()
    assert.strictEqual(node.raft.role, "candidate")
    node.sync()
    assert.strictEqual(node.raft.role, "leader")
    assert.strictEqual(node.raft.commit, 0, "what is not on its disk is not committed")
    node.sync()
    assert.strictEqual(node.raft.commit, 1)
  })

  it("whoever was not told of any cluster waits", () => {
    const cluster = new Cluster(three, {}, [d])
    cluster.node(d).tick(100)
    assert.strictEqual(cluster.node(d).raft.role, "follower")
    assert.deepEqual(cluster.sent, [])
  })

  it("a log that is behind wins no votes (5.4.1)", () => {
    const cluster = new Cluster(three)
    cluster.elect(a)
    cluster.node(a).propose("x")
    cluster.among(a, b)
    for (const id of [b, c]) cluster.node(id).raft.linkEnded(a)
    cluster.node(c).settle()
    cluster.among(b, c)
    assert.strictEqual(cluster.node(b).raft.role, "leader", "though the other asked first, and has the greater id")
  })

  it("votes for one in a term, also after a restart", () => {
    const cluster = new Cluster(three)
    const ask = (from: typeof a) => {
      const node = cluster.node(c)
      node.raft.receive(from, { _tag: "vote", term: 1, lastIndex: 0, lastTerm: 0, transfer: false })
      node.settle()
      const [answer] = cluster.pending("vote-answer", from)
      cluster.sent = []
      return answer!.granted
    }
    assert.isTrue(ask(a))
    assert.isFalse(ask(b))
    cluster.node(c).restart()
    assert.isFalse(ask(b))
    assert.isTrue(ask(a), "the same answer again")
  })
})

describe("pre-votes and loyalty (dissertation, 9.6, 4.2.3)", () => {
  it("a node that is cut off does not raise the term, and disturbs nobody when it is back", () => {
    const cluster = new Cluster(three)
    cluster.elect(a)
    const away = ({ from, to }: { readonly from: string; readonly to: string }) => from === c || to === c
    cluster.round(100, away)
    assert.strictEqual(cluster.node(c).raft.term, 1)
    assert.strictEqual(cluster.node(c).raft.role, "pre-candidate")
    cluster.round(30)
    for (const { raft } of cluster.nodes.values()) {
      assert.strictEqual(raft.term, 1)
      assert.strictEqual(raft.leader, a)
    }
  })

  it("who hears of a leader takes no part in another's election, whatever the term", () => {
    const cluster = new Cluster(three)
    cluster.elect(a)
    const { raft } = cluster.node(b)
    raft.receive(c, { _tag: "pre-vote", term: 9, lastIndex: 9, lastTerm: 9 })
    raft.receive(c, { _tag: "vote", term: 9, lastIndex: 9, lastTerm: 9, transfer: false })
    cluster.node(b).settle()
    assert.strictEqual(raft.term, 1)
    assert.deepEqual(cluster.sent, [])
  })

  it("of followers whose link to the leader ends at once, one leads, in the next term, without a tick", () => {
    const cluster = new Cluster([a, b, c, d, e])
    cluster.elect(a)
    for (const id of [b, c, d, e]) {
      cluster.node(id).raft.linkEnded(a)
      cluster.node(id).settle()
    }
    cluster.among(b, c, d, e)
    const leaders = [b, c, d, e].filter((id) => cluster.node(id).raft.role === "leader")
    assert.strictEqual(leaders.length, 1)
    assert.strictEqual(cluster.node(leaders[0]!).raft.term, 2)
  })

  it("who asked before the others had noticed is asked back", () => {
    const cluster = new Cluster(three)
    cluster.elect(a)
    cluster.node(c).raft.linkEnded(a)
    cluster.node(c).settle()
    cluster.among(b, c)
    assert.strictEqual(cluster.node(c).raft.role, "pre-candidate", "the other still believes in its leader")
    cluster.node(b).raft.linkEnded(a)
    cluster.node(b).settle()
    cluster.among(b, c)
    assert.strictEqual(cluster.node(c).raft.role, "leader")
  })
})

describe("leaders", () => {
  it("one that misses a majority for a time-out leads no more (6.2)", () => {
    const cluster = new Cluster(three)
    const leader = cluster.elect(a)
    cluster.round(2 * cluster.options.electionTicks, () => true)
    assert.strictEqual(leader.raft.role, "follower")
    assert.strictEqual(leader.raft.propose(new Uint8Array(1))._tag, "refused")
  })

  it("one of an older term hears that it is over", () => {
    const cluster = new Cluster(three)
    cluster.elect(a)
    for (const id of [b, c]) cluster.node(id).tick(20)
    cluster.among(b, c)
    assert.isAbove(cluster.node(c).raft.term, 1)
    cluster.node(a).tick(2)
    cluster.deliver()
    assert.strictEqual(cluster.node(a).raft.role, "follower")
  })

  it("commits nothing of an older term by counting (5.4.2, figure 8)", () => {
    const cluster = new Cluster(three)
    const stored = fresh(initial(three))
    const old = { _tag: "empty", index: 1, term: 1 } as const
    const leader = cluster.seat(a, { ...stored, hardState: { term: 3, vote: null, commit: 0 }, entries: [old] })
    cluster.elect(a)
    assert.strictEqual(leader.raft.term, 4)
    // Both entries are everywhere by now, and the second took the first along.
    assert.strictEqual(leader.raft.commit, 2)

    const again = new Cluster(three)
    const lone = again.seat(a, { ...stored, hardState: { term: 3, vote: null, commit: 0 }, entries: [old] })
    lone.raft.campaign()
    lone.settle()
    again.deliver(({ message }) => message._tag === "append")
    assert.strictEqual(lone.raft.role, "leader")
    for (const id of [b, c]) lone.raft.receive(id, { _tag: "append-accepted", term: 4, match: 1 })
    assert.strictEqual(lone.raft.commit, 0, "a majority has the entry of term 1, and it may still be overwritten")
    lone.raft.receive(b, { _tag: "append-accepted", term: 4, match: 2 })
    assert.strictEqual(lone.raft.commit, 2)
  })
})

describe("transfer of leadership (3.10)", () => {
  it("waits until the other has everything, then goes at once", () => {
    const cluster = new Cluster(three)
    const leader = cluster.elect(a)
    leader.propose("x")
    assert.strictEqual(leader.raft.transfer(b)._tag, "accepted")
    leader.settle()
    assert.isEmpty(cluster.pending("time-out-now"))
    const refused = leader.raft.propose(new Uint8Array(1))
    assert.isTrue(refused._tag === "refused" && refused.reason === "transferring")
    cluster.deliver()
    assert.strictEqual(cluster.node(b).raft.role, "leader")
    assert.strictEqual(cluster.node(b).raft.term, 2)
    assert.deepEqual(cluster.node(c).applied, ["x"])
  })

  it("is given up after a time-out, and is for voters", () => {
    const cluster = new Cluster(three)
    const leader = cluster.elect(a)
    leader.raft.transfer(b)
    leader.settle()
    cluster.round(cluster.options.electionTicks, ({ from, to }) => from === b || to === b)
    assert.strictEqual(leader.raft.propose(new Uint8Array(1))._tag, "accepted")
    for (const id of [a, d]) assert.deepInclude(leader.raft.transfer(id), { _tag: "refused", reason: "not-voter" })
  })
})
