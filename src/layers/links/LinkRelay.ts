/**
 * Links by way of a third node, for two that cannot reach each other. A relayed link is a link like any other, with a
 * handshake of its own, but for its wire: that wraps frames for a node that both are linked with directly. One hop only.
 */
import { Schema } from "effect"
import { frameOf, lengthBytes } from "../../protocol/Frame.ts"
import type { PeerId } from "../../protocol/Ids.ts"
import { bodyReader } from "../../protocol/Reading.ts"
import type { RelayMessage } from "../../protocol/Relay.ts"
import type { Link, LinkEnd, Wire } from "./Link.ts"

/** The most relayed connections that end at a node; the oldest makes room. */
const relayedMax = 64

const readHello = bodyReader(
  Schema.Tuple(Schema.Literal("handshake"), Schema.Struct({ _tag: Schema.Literal("hello") }))
)

/** What a relay needs of its mesh. */
export interface RelayOwner {
  readonly peerId: PeerId
  /** To a peer whose link is no relayed one; false where there is none, or too much waits for it. */
  readonly sendDirectly: (to: PeerId, message: RelayMessage) => boolean
  /** A connection that stands: it becomes a link, or comes to nothing. */
  readonly connected: (role: Link["role"], expected: PeerId | null, via: PeerId, wire: (end: LinkEnd) => Wire) => void
  /** Soon, but not within what happens now. */
  readonly later: (run: () => void) => void
}

interface Connection {
  readonly via: PeerId
  readonly other: PeerId
  readonly dialer: PeerId
  readonly channel: number
  end: LinkEnd | null
}

/** Synchronous; owned by its mesh. */
export class LinkRelay {
  private readonly connections = new Map<string, Connection>()
  private channels = 0

  constructor(private readonly owner: RelayOwner) {}

  /** Begins a connection to `other` by way of `via`. One that is on its way already stays. */
  dial(other: PeerId, via: PeerId): void {
    for (const connection of this.connections.values()) if (connection.other === other) return
    this.open({ via, other, dialer: this.owner.peerId, channel: ++this.channels, end: null })
  }

  /** What came over the direct link with `through`: for this node, or to be carried on. */
  take(through: PeerId, message: RelayMessage): void {
    if (message.to === this.owner.peerId) return this.deliver(through, message)
    // Nobody else is spoken for.
    if (message.from !== through || this.owner.sendDirectly(message.to, message)) return
    if (message._tag === "closed") return
    const { channel, dialer, from, to } = message
    const detail = "there is no way on from here"
    this.owner.sendDirectly(through, { _tag: "closed", from: to, to: from, dialer, channel, detail })
  }

  /** The direct link with a peer is down, and so is all that it carried. */
  gone(peer: PeerId): void {
    for (const [key, connection] of Array.from(this.connections)) {
      if (connection.via === peer) this.close(key, connection, "the node between is gone")
    }
  }

  private deliver(through: PeerId, message: RelayMessage): void {
    const key = keyOf(message.from, message.dialer, message.channel)
    const known = this.connections.get(key)
    if (known !== undefined && known.via !== through) return
    if (message._tag === "closed") {
      if (known !== undefined) this.close(key, known, message.detail)
      return
    }
    // A connection begins with its dialer's first frame; any other is late, of one that is over here already.
    if (known === undefined && (message.dialer !== message.from || readHello(message.frame) === null)) return
    const { channel, dialer, from: other } = message
    const connection = known ?? this.open({ via: through, other, dialer, channel, end: null })
    connection.end?.receive(frameOf(message.frame))
  }

  private open(connection: Connection): Connection {
    if (this.connections.size >= relayedMax) {
      const [key, oldest] = this.connections.entries().next().value!
      this.close(key, oldest, "too many relayed connections")
    }
    const { channel, dialer, other, via } = connection
    this.connections.set(keyOf(other, dialer, channel), connection)
    const dialled = dialer === this.owner.peerId
    this.owner.connected(dialled ? "dialer" : "acceptor", dialled ? other : null, via, (end) => {
      connection.end = end
      return this.wire(connection, end)
    })
    return connection
  }

  private wire(connection: Connection, end: LinkEnd): Wire {
    const { channel, dialer, other, via } = connection
    const key = keyOf(other, dialer, channel)
    const ends = { from: this.owner.peerId, to: other, dialer, channel }
    const flush = (): void => {
      for (const frame of end.outbox.takeAll()) {
        const sent = this.owner.sendDirectly(via, { _tag: "carry", ...ends, frame: frame.subarray(lengthBytes) })
        if (!sent) return this.owner.later(() => this.close(key, connection, "the node between is gone"))
      }
    }
    const over = (): void => {
      if (!this.connections.delete(key)) return
      this.owner.sendDirectly(via, { _tag: "closed", ...ends, detail: "closed by the other side" })
    }
    return {
      remote: `${other} by way of ${via}`,
      wake: flush,
      end: () => {
        if (this.connections.has(key)) flush()
        over()
      },
      destroy: over
    }
  }

  private close(key: string, connection: Connection, detail: string): void {
    if (!this.connections.delete(key)) return
    connection.end?.ended("reset", detail)
  }
}

const keyOf = (other: PeerId, dialer: PeerId, channel: number): string => `${other}/${dialer}/${channel}`
