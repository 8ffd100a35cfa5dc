import { assert, describe, it } from "vitest"
import { a, b, c, Cluster, type Node } from "./Cluster.ts"

const three = [a, b, c]
const ask = (node: Node, ...ids: ReadonlyArray<number>) => {
  for (const id of ids) assert.strictEqual(node.raft.read(id)._tag, "accepted")
  node.settle()
}

describe("linearizable reads (dissertation, 6.4)", () => {
  it("are answered when a majority has confirmed that their leader leads", () => {
    const cluster = new Cluster(three)
    const leader = cluster.elect(a)
    ask(leader, 1)
    assert.isEmpty(leader.reads)
    cluster.deliver(({ to }) => to === c)
    assert.deepEqual(leader.reads, [{ _tag: "ready", id: 1, index: 1 }])
  })

  it("any number asked meanwhile goes into one more round", () => {
    const cluster = new Cluster(three)
    const leader = cluster.elect(a)
    ask(leader, 1)
    ask(leader, 2)
    ask(leader, 3, 4)
    assert.strictEqual(cluster.pending("heartbeat", b).length, 1)
    let heartbeats = 0
    cluster.deliver(({ message, to }) => {
      if (to === b && message._tag === "heartbeat") heartbeats++
      return false
    })
    assert.deepEqual(leader.reads.map(({ id }) => id), [1, 2, 3, 4])
    assert.strictEqual(heartbeats, 2)
  })

  it("wait until a new leader knows what is committed", () => {
    const cluster = new Cluster(three)
    const leader = cluster.electUnheard(a)
    ask(leader, 1)
    cluster.round(1, ({ message }) => message._tag === "append")
    assert.isEmpty(leader.reads)
    cluster.round(3)
    assert.deepEqual(leader.reads, [{ _tag: "ready", id: 1, index: 1 }])
  })

  it("a leader that was replaced answers none, and says that they are lost", () => {
    const cluster = new Cluster(three)
    const leader = cluster.elect(a)
    for (const id of [b, c]) {
      cluster.node(id).raft.linkEnded(a)
      cluster.node(id).settle()
    }
    cluster.among(b, c)
    ask(leader, 1)
    assert.strictEqual(leader.raft.role, "leader")
    cluster.deliver()
    assert.deepEqual(leader.reads, [{ _tag: "lost", id: 1 }])
  })

  it("answers to heartbeats of before they were asked confirm nothing", () => {
    const cluster = new Cluster(three)
    const leader = cluster.elect(a)
    // Heartbeats that were answered, and whose answers are still on their way when the read is asked for.
    leader.tick(cluster.options.heartbeatTicks)
    const beats = cluster.sent.splice(0)
    for (const { message, to } of beats) {
      cluster.node(to).raft.receive(a, message)
      cluster.node(to).settle()
    }
    const answers = cluster.sent.splice(0)
    assert.lengthOf(answers.filter(({ message }) => message._tag === "heartbeat-answer"), 2)
    ask(leader, 1)
    const asked = cluster.sent.splice(0)
    cluster.sent = answers
    cluster.deliver()
    assert.isEmpty(leader.reads)
    cluster.sent = asked
    cluster.deliver()
    assert.deepEqual(leader.reads, [{ _tag: "ready", id: 1, index: 1 }])
    // The same, word for word, for a later one: this round is over.
    ask(leader, 2)
    const last = cluster.sent.splice(0)
    for (const { from, message } of answers) leader.raft.receive(from, message)
    leader.settle()
    assert.lengthOf(leader.reads, 1)
    cluster.sent = last
    cluster.deliver()
    assert.deepEqual(leader.reads.at(-1), { _tag: "ready", id: 2, index: 1 })
  })

  it("answers of an older term confirm nothing, whatever round they name", () => {
    const cluster = new Cluster(three)
    const leader = cluster.elect(a)
    for (const [from, to] of [[a, b], [b, a]] as const) {
      cluster.node(from).raft.transfer(to)
      cluster.node(from).settle()
      cluster.deliver()
    }
    assert.strictEqual(leader.raft.role, "leader")
    assert.isAbove(leader.raft.term, 1)
    ask(leader, 1)
    for (const from of [b, c]) leader.raft.receive(from, { _tag: "heartbeat-answer", term: 1, round: 99 })
    leader.settle()
    assert.isEmpty(leader.reads)
  })

  it("followers ask their leader", () => {
    const cluster = new Cluster(three)
    const leader = cluster.elect(a)
    leader.propose("x")
    cluster.among(a, b)
    ask(cluster.node(c), 7)
    cluster.round(2)
    assert.deepEqual(cluster.node(c).reads, [{ _tag: "ready", id: 7, index: 2 }])
  })

  it("a node alone needs nobody's word", () => {
    const cluster = new Cluster([a])
    const leader = cluster.elect(a)
    ask(leader, 1)
    assert.deepEqual(leader.reads, [{ _tag: "ready", id: 1, index: 1 }])
  })
})
