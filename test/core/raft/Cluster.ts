/** Nodes on one desk: messages wait until they are delivered, disks sync at once unless told otherwise. */
import { initial } from "../../../src/core/raft/Configuration.ts"
import { type Entry, fresh, type Snapshot, type Stored } from "../../../src/core/raft/Entry.ts"
import type { Message, MessageOf } from "../../../src/core/raft/Message.ts"
import { defaults, type Options } from "../../../src/core/raft/Options.ts"
import type { Read, Write } from "../../../src/core/raft/Output.ts"
import { Raft } from "../../../src/core/raft/Raft.ts"
import * as Random from "../../../src/core/Random.ts"
import type { PeerId } from "../../../src/protocol/Ids.ts"
import { Disk } from "./simulation/Disk.ts"

export const [a, b, c, d, e] = ["a", "b", "c", "d", "e"] as ReadonlyArray<string> as [
  PeerId,
  PeerId,
  PeerId,
  PeerId,
  PeerId
]

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const textOf = (data: Uint8Array): string => new TextDecoder().decode(data)

export interface Sent {
  readonly from: PeerId
  readonly to: PeerId
  readonly message: Message
}

export class Node {
  raft: Raft
  disk: Disk
  /** While false, writes wait for `sync`. */
  syncs = true
  writes: Array<Write> = []
  /** What the state machine was given: commands as text. */
  readonly applied: Array<string> = []
  readonly entries: Array<Entry> = []
  readonly restored: Array<Snapshot> = []
  readonly reads: Array<Read> = []

  constructor(readonly id: PeerId, stored: Stored, private readonly cluster: Cluster) {
    this.disk = new Disk(stored)
    this.raft = this.make()
  }

  private make(): Raft {
    return new Raft(this.id, this.disk.stored, Random.make(this.id.charCodeAt(0)), this.cluster.options)
  }

  /** Starts again from what is on disk. */
  restart(): void {
    this.writes = []
    this.raft = this.make()
    this.settle()
  }

  sync(): void {
    const { writes } = this
    this.writes = []
    for (const write of writes) {
      this.disk.apply(write)
      for (const { message, to } of write.messages) this.cluster.sent.push({ from: this.id, to, message })
      this.raft.persisted(write.number)
    }
    if (writes.length > 0) this.settle()
  }

  settle(): void {
    const { committed, messages, more, reads, restore, write } = this.raft.take()
    for (const { message, to } of messages) this.cluster.sent.push({ from: this.id, to, message })
    if (restore !== null) this.restored.push(restore)
    this.entries.push(...committed)
    for (const entry of committed) if (entry._tag === "command") this.applied.push(textOf(entry.data))
    this.reads.push(...reads)
    if (write !== null) this.writes.push(write)
    if (this.syncs) this.sync()
    if (more) this.settle()
  }

  tick(times = 1): void {
    for (let i = 0; i < times; i++) this.raft.tick()
    this.settle()
  }

  propose(...texts: ReadonlyArray<string>): void {
    for (const text of texts) {
      const result = this.raft.propose(bytes(text))
      if (result._tag === "refused") throw new Error(`${text}: ${result.reason}`)
    }
    this.settle()
  }
}

export class Cluster {
  readonly nodes = new Map<PeerId, Node>()
  readonly options: Options
  sent: Array<Sent> = []

  constructor(voters: ReadonlyArray<PeerId>, options: Partial<Options> = {}, others: ReadonlyArray<PeerId> = []) {
    this.options = { ...defaults, ...options }
    const configuration = initial(voters)
    for (const id of [...voters, ...others]) {
      this.nodes.set(id, new Node(id, fresh(voters.includes(id) ? configuration : initial([])), this))
    }
  }

  /** Puts another log in a node's place. */
  seat(id: PeerId, stored: Stored): Node {
    const node = new Node(id, stored, this)
    this.nodes.set(id, node)
    return node
  }

  node(id: PeerId): Node {
    return this.nodes.get(id)!
  }

  /** Delivers all, and what comes of it, but for what `lost` takes out. */
  deliver(lost: (sent: Sent) => boolean = () => false): void {
    for (let rounds = 0; this.sent.length > 0; rounds++) {
      if (rounds > 10_000) throw new Error("there is always something more to send")
      const sent = this.sent.shift()!
      if (lost(sent)) continue
      const node = this.node(sent.to)
      node.raft.receive(sent.from, sent.message)
      node.settle()
    }
  }

  /** Nobody but these hear each other. */
  among(...ids: ReadonlyArray<PeerId>): void {
    this.deliver(({ from, to }) => !ids.includes(from) || !ids.includes(to))
  }

  /** A tick of all, and what comes of it. */
  round(times = 1, lost?: (sent: Sent) => boolean): void {
    for (let i = 0; i < times; i++) {
      for (const node of this.nodes.values()) node.tick()
      this.deliver(lost)
    }
  }

  elect(id: PeerId): Node {
    const node = this.node(id)
    node.raft.campaign()
    node.settle()
    this.deliver()
    return node
  }

  /** Leads, but none of its entries has arrived anywhere: it does not know what is committed. */
  electUnheard(id: PeerId): Node {
    const node = this.node(id)
    node.raft.campaign()
    node.settle()
    this.deliver(({ message }) => message._tag === "append")
    if (node.raft.role !== "leader") throw new Error(`${id} is ${node.raft.role}`)
    return node
  }

  /** What waits to be delivered, of one kind. */
  pending<Tag extends Message["_tag"]>(tag: Tag, to?: PeerId): ReadonlyArray<MessageOf<Tag>> {
    return this.sent.filter((sent) => sent.message._tag === tag && (to === undefined || sent.to === to))
      .map(({ message }) => message as MessageOf<Tag>)
  }
}
