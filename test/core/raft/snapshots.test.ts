import { assert, describe, it } from "vitest"
import { a, b, bytes, c, Cluster } from "./Cluster.ts"

const three = [a, b, c]

/** A cluster whose leader has compacted what the third never got. */
const compacted = () => {
  const cluster = new Cluster(three, { trailingEntries: 0 })
  const leader = cluster.elect(a)
  leader.propose("x", "y", "z")
  cluster.among(a, b)
  leader.raft.compact(leader.raft.commit, bytes("xyz"))
  leader.settle()
  return { cluster, leader }
}

describe("snapshots (Raft paper, section 7)", () => {
  it("stand for the entries that a follower lacks and the leader has no more", () => {
    const { cluster, leader } = compacted()
    const late = cluster.node(c)
    assert.isAbove(leader.raft.firstIndex, late.raft.lastIndex)
    cluster.round(4)
    assert.deepEqual(late.restored.map(({ data, index }) => [index, data]), [[4, bytes("xyz")]])
    assert.deepEqual(late.applied, [])
    leader.propose("more")
    cluster.deliver()
    assert.deepEqual(late.applied, ["more"])
    assert.deepEqual(late.raft.configuration.voters, three)
  })

  it("are given to the state machine, and told of, when they are on disk", () => {
    const { cluster } = compacted()
    const late = cluster.node(c)
    late.syncs = false
    cluster.round(4)
    assert.isEmpty(late.restored)
    late.sync()
    assert.strictEqual(late.restored.length, 1)
    assert.isNotEmpty(cluster.pending("append-accepted", a))
  })

  it("are sent again when nothing was heard of them for long, and when the owner says that one failed", () => {
    const { cluster, leader } = compacted()
    const lost = ({ message }: { readonly message: { readonly _tag: string } }) => message._tag === "snapshot"
    let sent = 0
    cluster.round(250, (one) => {
      if (lost(one)) sent++
      return lost(one)
    })
    assert.isTrue(sent >= 2 && sent <= 4, `${sent}`)
    leader.raft.snapshotFailed(c)
    leader.settle()
    cluster.round(4)
    assert.strictEqual(cluster.node(c).restored.length, 1)
  })

  it("a restart begins with the snapshot and goes on with the entries after it", () => {
    const { cluster, leader } = compacted()
    leader.propose("more")
    cluster.among(a, b)
    leader.applied.length = 0
    leader.restart()
    assert.deepEqual(leader.restored.map(({ data }) => data), [bytes("xyz")])
    cluster.round(40)
    assert.deepEqual(leader.applied, ["more"])
  })

  it("an old snapshot changes nothing", () => {
    const { cluster, leader } = compacted()
    cluster.round(4)
    const { snapshot } = leader.disk.stored
    leader.propose("more")
    cluster.deliver()
    const node = cluster.node(c)
    const { commit } = node.raft
    node.raft.receive(a, { _tag: "snapshot", term: 1, snapshot })
    node.settle()
    assert.strictEqual(node.raft.commit, commit)
    assert.strictEqual(node.restored.length, 1)
  })

  it("one of what a follower has committed, and compacted since, does not take it back", () => {
    const { cluster, leader } = compacted()
    cluster.round(4)
    const { snapshot: old } = leader.disk.stored
    leader.propose("more", "and more")
    cluster.deliver()
    const node = cluster.node(c)
    node.raft.compact(node.raft.commit, bytes("xyz more and more"))
    node.settle()
    const { commit, lastIndex } = node.raft
    assert.isAbove(node.raft.firstIndex, old.index + 1)
    node.raft.receive(a, { _tag: "snapshot", term: 1, snapshot: old })
    node.settle()
    assert.deepEqual([node.raft.commit, node.raft.lastIndex], [commit, lastIndex])
    assert.lengthOf(node.restored, 1)
    assert.deepEqual(node.disk.stored.snapshot.data, bytes("xyz more and more"))
    // Its leader is told how far it is, so that it goes on from there.
    assert.deepEqual(cluster.pending("append-accepted", a).at(-1)?.match, commit)
  })

  it("one of what a follower has in its log commits that, and drops nothing that comes after", () => {
    const cluster = new Cluster(three, { trailingEntries: 0 })
    const leader = cluster.elect(a)
    leader.propose("x", "y", "z")
    // The third has all of it, and does not know that any of it is committed.
    cluster.deliver(({ message, to }) =>
      to === c && (message._tag === "heartbeat" || (message._tag === "append" && message.entries.length === 0))
    )
    const node = cluster.node(c)
    assert.deepEqual([node.raft.commit, node.raft.lastIndex], [1, 4])
    leader.raft.compact(3, bytes("xy"))
    leader.settle()
    node.raft.receive(a, { _tag: "snapshot", term: 1, snapshot: leader.disk.stored.snapshot })
    node.settle()
    assert.deepEqual([node.raft.commit, node.raft.lastIndex], [3, 4])
    assert.isEmpty(node.restored)
    assert.deepEqual(node.applied, ["x", "y"])
  })

  it("some entries before it stay at hand for followers that are a little behind", () => {
    const cluster = new Cluster(three, { trailingEntries: 10 })
    const leader = cluster.elect(a)
    leader.propose("x", "y")
    cluster.among(a, b)
    leader.raft.compact(3, bytes("xy"))
    leader.settle()
    cluster.round(4)
    assert.isEmpty(cluster.node(c).restored)
    assert.deepEqual(cluster.node(c).applied, ["x", "y"])
  })

  it("nothing is compacted that was not applied", () => {
    const { leader } = compacted()
    assert.throws(() => leader.raft.compact(leader.raft.commit + 1, bytes("")))
  })
})
