/**
 * Peer links over the network of a Maelstrom workbench. All are up from the beginning and stay so, since nothing tells of
 * an end. So they promise less than links do: messages may get lost, doubled, and overtake one another. That is enough
 * for Raft, which asks no more of its network (Raft paper, section 2), and for no other conversation.
 */
import { Effect, Layer } from "effect"
import { messageOf } from "../../src/layers/links/LinkProtocol.ts"
import { Subscribers } from "../../src/layers/queues/Subscribers.ts"
import type { Conversation, MessageOf } from "../../src/protocol/Conversation.ts"
import type { PeerId } from "../../src/protocol/Ids.ts"
import { toJson } from "../../src/protocol/PlainData.ts"
import { MessageQueues } from "../../src/services/MessageQueues.ts"
import { type LinkChange, type Links, type Peer, PeerLinks } from "../../src/services/PeerLinks.ts"
import { MaelstromNetwork, type PeerFrame } from "./MaelstromNetwork.ts"
import { peerIdOf } from "./PeerNames.ts"
import { peerType } from "./Protocol.ts"

const peerOf = (name: string): Peer => ({
  peerId: peerIdOf(name),
  incarnation: 0,
  name,
  address: name,
  beatPort: null,
  clientPort: null,
  page: null,
  preempts: false,
  via: null
})

const bodyOf = <C extends Conversation>(conversation: C, message: MessageOf<C>): string =>
  toJson({ type: peerType, frame: [conversation, message] })

const make = Effect.gen(function*() {
  const network = yield* MaelstromNetwork
  const queues = yield* MessageQueues
  const peers = network.nodes.filter((name) => name !== network.self).map(peerOf)
  const byId = new Map(peers.map((peer) => [peer.peerId, peer]))
  const byName = new Map(peers.map((peer) => [peer.name, peer]))
  const changes = new Subscribers<LinkChange>(peers.length, "dying")
  const up = (): ReadonlyArray<LinkChange> => peers.map((peer) => ({ _tag: "up", peer }))
  yield* Effect.addFinalizer(() => Effect.sync(() => changes.end()))

  const counters = { framesIn: 0, framesOut: 0, framesRejected: 0 }

  const send = (to: PeerId, body: string): boolean => {
    const peer = byId.get(to)
    if (peer === undefined || !network.send(peer.name, body)) return false
    counters.framesOut++
    return true
  }

  const reject = (name: string, detail: string) =>
    Effect.suspend(() => {
      counters.framesRejected++
      return Effect.logWarning("a node sent what is not understood", { node: name, detail })
    })

  const receive = ({ bytes, frame, src }: PeerFrame): Effect.Effect<void> => {
    const peer = byName.get(src)
    if (peer === undefined) return reject(src, "it is no other node of this cluster")
    const incoming = messageOf(frame)
    if (typeof incoming === "string") return reject(src, incoming)
    counters.framesIn++
    const { conversation, message } = incoming
    const offered = queues.offer(conversation, { from: peer.peerId, message }, bytes)
    return offered === "accepted"
      ? Effect.void
      : Effect.logDebug("a frame was dropped, since too many wait", { node: src })
  }
  yield* Effect.forkScoped(Effect.forever(
    Effect.flatMap(network.take, (frames) => Effect.forEach(frames, receive, { discard: true }))
  ))

  const links: Links = {
    place: { address: network.self, port: 0 },
    peers: Effect.succeed(peers),
    changes: changes.stream(up),
    watch: (observer) => changes.watch(up, observer),
    send: (to, conversation, message) => Effect.sync(() => send(to, bodyOf(conversation, message))),
    broadcast: (to, conversation, message) =>
      Effect.sync(() => {
        const body = bodyOf(conversation, message)
        for (const peer of to) send(peer, body)
      }),
    // There is no other way to a node, no connection to begin anew, and none to close.
    reach: () => Effect.void,
    renew: () => Effect.void,
    disconnect: () => Effect.void,
    reject: (peer, detail) => reject(byId.get(peer)?.name ?? peer, detail),
    counters: Effect.sync(() => ({ ...counters }))
  }
  return links
})

export const layer: Layer.Layer<PeerLinks, never, MaelstromNetwork | MessageQueues> = Layer.scoped(PeerLinks, make)
