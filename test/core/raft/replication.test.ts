import { assert, describe, it } from "vitest"
import { initial } from "../../../src/core/raft/Configuration.ts"
import { type Entry, fresh } from "../../../src/core/raft/Entry.ts"
import { a, b, bytes, c, Cluster } from "./Cluster.ts"

const three = [a, b, c]
const texts = (count: number) => Array.from({ length: count }, (_, at) => `x${at}`)

describe("replication (Raft paper, 5.3)", () => {
  it("what is proposed is applied by all, in order, and exactly once", () => {
    const cluster = new Cluster(three)
    const leader = cluster.elect(b)
    leader.propose("x", "y")
    cluster.deliver()
    leader.propose("z")
    cluster.deliver()
    cluster.round(4)
    for (const { applied } of cluster.nodes.values()) assert.deepEqual(applied, ["x", "y", "z"])
  })

  it("followers hear that an entry is committed without waiting for a heartbeat", () => {
    const cluster = new Cluster(three)
    cluster.elect(a).propose("x")
    cluster.deliver()
    assert.deepEqual(cluster.node(c).applied, ["x"])
  })

  it("what is proposed between two outputs goes in one append", () => {
    const cluster = new Cluster(three)
    const leader = cluster.elect(a)
    leader.propose("x", "y", "z")
    assert.deepEqual(cluster.pending("append", b).map(({ entries }) => entries.length), [3])
  })

  it("appends follow each other without waiting for answers, up to the window", () => {
    const cluster = new Cluster(three, { appendEntriesMax: 2, inFlightMessagesMax: 3 })
    const leader = cluster.elect(a)
    leader.propose(...texts(20))
    assert.deepEqual(cluster.pending("append", b).map(({ entries }) => entries.length), [2, 2, 2])
    cluster.deliver()
    assert.strictEqual(cluster.node(b).applied.length, 20)
  })

  it("appends and what is in flight are bounded in bytes too, but for one large entry", () => {
    const cluster = new Cluster(three, { appendBytesMax: 100, inFlightBytesMax: 150 })
    const leader = cluster.elect(a)
    leader.propose(..."12345".split("").map((one) => one.repeat(30)))
    assert.deepEqual(cluster.pending("append", b).map(({ entries }) => entries.length), [2, 2])
    cluster.deliver()
    leader.propose("6".repeat(500))
    cluster.deliver()
    assert.strictEqual(cluster.node(c).applied.length, 6)
  })

  it("a follower whose link ended and came back replicates again, though it lacks nothing and nothing is proposed", () => {
    const cluster = new Cluster(three)
    const { raft } = cluster.elect(a)
    cluster.deliver()
    raft.linkEnded(c)
    assert.strictEqual(raft.followers.get(c)!.mode, "probe")
    cluster.round(4)
    assert.strictEqual(raft.followers.get(c)!.mode, "replicate")
  })

  it("what was lost is sent again when the follower next answers a heartbeat", () => {
    const cluster = new Cluster(three, { appendEntriesMax: 1, inFlightMessagesMax: 2 })
    const leader = cluster.elect(a)
    leader.propose(...texts(4))
    cluster.deliver(({ message, to }) => to === c && message._tag === "append")
    assert.deepEqual(cluster.node(c).applied, [])
    assert.strictEqual(leader.raft.commit, 5)
    cluster.round(2 * cluster.options.heartbeatTicks)
    assert.strictEqual(cluster.node(c).applied.length, 4)
  })

  it("finds where the logs part in a step for each term, not for each entry", () => {
    const cluster = new Cluster(three)
    const long = (terms: ReadonlyArray<number>): ReadonlyArray<Entry> =>
      terms.map((term, at) => ({ _tag: "empty", index: at + 1, term }))
    const stored = fresh(initial(three))
    const ours = [1, 1, 1, ...Array.from({ length: 40 }, () => 4)]
    const theirs = [1, 1, 1, ...Array.from({ length: 60 }, () => 2), ...Array.from({ length: 60 }, () => 3)]
    const leader = cluster.seat(a, { ...stored, hardState: { term: 4, vote: null, commit: 0 }, entries: long(ours) })
    cluster.seat(b, { ...stored, hardState: { term: 3, vote: null, commit: 0 }, entries: long(theirs) })
    leader.raft.campaign()
    leader.settle()
    let probes = 0
    cluster.deliver(({ message, to }) => {
      if (to === b && message._tag === "append") probes++
      return false
    })
    cluster.round(2)
    assert.strictEqual(cluster.node(b).raft.lastIndex, leader.raft.lastIndex)
    assert.strictEqual(cluster.node(b).raft.commit, leader.raft.commit)
    assert.isBelow(probes, 8)
  })

  it("a late append drops nothing that came after it", () => {
    const cluster = new Cluster(three)
    const leader = cluster.elect(a)
    leader.propose("x")
    const late = cluster.sent.find(({ message, to }) => to === b && message._tag === "append")!
    leader.propose("y")
    cluster.deliver()
    const { lastIndex } = cluster.node(b).raft
    cluster.sent.push(late)
    cluster.deliver()
    assert.strictEqual(cluster.node(b).raft.lastIndex, lastIndex)
  })
})

describe("bounds", () => {
  const reasonOf = (result: { readonly _tag: string; readonly reason?: string }) => result.reason ?? result._tag

  it("beyond so much that is not committed nothing is taken, until something is", () => {
    const cluster = new Cluster(three, { uncommittedBytesMax: 200, commandBytesMax: 100 })
    const { raft } = cluster.elect(a)
    const large = new Uint8Array(70)
    assert.deepEqual(
      [1, 2, 3].map(() => reasonOf(raft.propose(large))),
      ["accepted", "accepted", "uncommitted-full"]
    )
    assert.strictEqual(reasonOf(raft.propose(new Uint8Array(101))), "too-large")
    cluster.node(a).settle()
    cluster.deliver()
    assert.strictEqual(reasonOf(raft.propose(large)), "accepted")
  })

  it("a log that its owner does not compact is full", () => {
    const cluster = new Cluster([a], { logEntriesMax: 10, trailingEntries: 0 })
    const leader = cluster.elect(a)
    for (let i = 0; i < 9; i++) leader.propose("x")
    assert.strictEqual(reasonOf(leader.raft.propose(bytes("x"))), "log-full")
    leader.raft.compact(5, bytes("state"))
    assert.strictEqual(reasonOf(leader.raft.propose(bytes("x"))), "accepted")
  })

  it("no more reads wait than allowed", () => {
    const cluster = new Cluster(three, { readsMax: 2 })
    const { raft } = cluster.elect(a)
    assert.deepEqual([1, 2, 3].map((id) => reasonOf(raft.read(id))), ["accepted", "accepted", "too-many-reads"])
  })
})

describe("nothing is told before it is on disk (Raft paper, figure 2)", () => {
  it("a follower's word waits for its write, and the leader's entries do not wait for its own (10.2.1)", () => {
    const cluster = new Cluster(three)
    const leader = cluster.elect(a)
    const [follower, other] = [cluster.node(b), cluster.node(c)]
    for (const node of [leader, follower, other]) node.syncs = false
    leader.propose("x")
    assert.strictEqual(cluster.pending("append", b).length, 1)
    cluster.deliver()
    assert.strictEqual(leader.raft.commit, 1)
    assert.strictEqual(follower.writes.length, 1)
    follower.sync()
    cluster.deliver()
    assert.strictEqual(leader.raft.commit, 1, "one disk of three, as long as its own has not synced")
    other.sync()
    cluster.deliver()
    assert.strictEqual(leader.raft.commit, 2, "two disks, none of them its own")
    assert.deepEqual(leader.applied, [], "it applies only what is on its own")
    leader.sync()
    assert.deepEqual(leader.applied, ["x"])
  })

  it("several writes may be under way, and be finished together", () => {
    const cluster = new Cluster(three)
    const leader = cluster.elect(a)
    const follower = cluster.node(b)
    follower.syncs = false
    leader.propose("x")
    cluster.deliver(({ to }) => to === c)
    leader.propose("y")
    cluster.deliver(({ to }) => to === c)
    assert.strictEqual(follower.writes.length, 2)
    assert.strictEqual(leader.raft.commit, 1)
    follower.sync()
    cluster.deliver(({ to }) => to === c)
    assert.strictEqual(leader.raft.commit, 3)
  })

  it("an answer without anything to write waits for the writes before it", () => {
    const cluster = new Cluster(three)
    const leader = cluster.elect(a)
    leader.propose("x")
    const again = [...cluster.sent]
    const follower = cluster.node(b)
    follower.syncs = false
    cluster.deliver(({ to }) => to === c)
    cluster.sent.push(...again)
    cluster.deliver(({ to }) => to === c)
    assert.deepEqual(follower.writes.map(({ hardState }) => hardState === null), [false, true])
    assert.isEmpty(cluster.sent)
  })

  it("a vote waits for its write, and so does a candidate's own", () => {
    const cluster = new Cluster(three)
    const [candidate, voter] = [cluster.node(a), cluster.node(b)]
    candidate.syncs = false
    voter.syncs = false
    candidate.raft.campaign()
    candidate.settle()
    cluster.deliver()
    assert.strictEqual(candidate.raft.role, "candidate")
    assert.isEmpty(cluster.pending("vote"), "its term is not on disk")
    candidate.sync()
    cluster.deliver(({ to }) => to === c)
    assert.strictEqual(voter.writes[0]?.hardState?.vote, a)
    assert.strictEqual(candidate.raft.role, "candidate")
    voter.sync()
    cluster.deliver(({ to }) => to === c)
    assert.strictEqual(candidate.raft.role, "leader")
  })

  it("a write under way that is cut off before it is finished counts no more", () => {
    const cluster = new Cluster(three)
    const follower = cluster.node(b)
    follower.syncs = false
    const append = (term: number, indexes: ReadonlyArray<number>, commit: number) => {
      follower.raft.receive(term === 1 ? a : c, {
        _tag: "append",
        term,
        prevIndex: 0,
        prevTerm: 0,
        entries: indexes.map((index) => ({ _tag: "empty", index, term })),
        commit
      })
      follower.settle()
    }
    append(1, [1, 2, 3], 0)
    append(2, [1], 1)
    const [first] = follower.writes
    follower.raft.persisted(first!.number)
    follower.settle()
    assert.isEmpty(follower.entries, "the entry of term 2 is not on disk")
    follower.sync()
    assert.deepEqual(follower.entries.map(({ index, term }) => [index, term]), [[1, 2]])
    assert.strictEqual(follower.disk.stored.entries.length, 1)
  })
})
