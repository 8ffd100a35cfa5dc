/** Links between nodes in one process, that hand each message over as it is: what is left is what Raft itself costs. */
import { Effect, Layer, Stream } from "effect"
import type { Conversation, MessageOf } from "../../src/protocol/Conversation.ts"
import type { PeerId } from "../../src/protocol/Ids.ts"
import { MessageQueues, type Queues } from "../../src/services/MessageQueues.ts"
import { NodeIdentity } from "../../src/services/NodeIdentity.ts"
import { type LinkChange, type Links, type Peer, PeerLinks } from "../../src/services/PeerLinks.ts"

const peerOf = (peerId: PeerId): Peer => ({
  peerId,
  incarnation: 0,
  name: peerId,
  address: "here",
  beatPort: null,
  clientPort: null,
  page: null,
  preempts: false,
  via: null
})

export class Hub {
  private readonly queues = new Map<PeerId, Queues>()

  /** `all`: who is linked with each other, from the beginning to the end. */
  constructor(private readonly all: ReadonlyArray<PeerId>) {}

  readonly layer: Layer.Layer<PeerLinks, never, MessageQueues | NodeIdentity> = Layer.effect(
    PeerLinks,
    Effect.gen(this, function*() {
      const { peerId } = yield* NodeIdentity
      this.queues.set(peerId, yield* MessageQueues)
      return this.linksOf(peerId)
    })
  )

  private linksOf(self: PeerId): Links {
    const peers = this.all.filter((peer) => peer !== self).map(peerOf)
    const up = peers.map((peer): LinkChange => ({ _tag: "up", peer }))
    const counters = { framesIn: 0, framesOut: 0, framesRejected: 0 }
    const send = <C extends Conversation>(to: PeerId, conversation: C, message: MessageOf<C>): boolean => {
      const queues = this.queues.get(to)
      if (queues?.offer(conversation, { from: self, message }) !== "accepted") return false
      counters.framesOut++
      return true
    }
    return {
      place: { address: "here", port: 0 },
      peers: Effect.succeed(peers),
      changes: Stream.concat(Stream.fromIterable(up), Stream.never),
      watch: (observer) => Effect.forEach(up, observer, { discard: true }),
      send: (to, conversation, message) => Effect.sync(() => send(to, conversation, message)),
      broadcast: (to, conversation, message) =>
        Effect.sync(() => {
          for (const peer of to) send(peer, conversation, message)
        }),
      reach: () => Effect.void,
      renew: () => Effect.void,
      disconnect: () => Effect.void,
      reject: (_, detail) => Effect.dieMessage(detail),
      counters: Effect.sync(() => ({ ...counters }))
    }
  }
}
