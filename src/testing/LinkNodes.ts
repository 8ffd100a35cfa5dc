/** What the tests of links are made of: nodes over any transport, and peers that speak bytes of their own. */
import { Context, Deferred, Effect, ExecutionStrategy, Exit, FiberId, Layer, Scope, Stream } from "effect"
import * as NodeIdentityFixed from "../layers/identity/NodeIdentityFixed.ts"
import type { LinkNeeds } from "../layers/links/LinkPlace.ts"
import * as LinkProtocol from "../layers/links/LinkProtocol.ts"
import * as MessageQueuesBounded from "../layers/queues/MessageQueuesBounded.ts"
import { Subscribers } from "../layers/queues/Subscribers.ts"
import type { Conversation, MessageOf } from "../protocol/Conversation.ts"
import { type Announcement, protocolVersion } from "../protocol/Discovery.ts"
import { bodyBytesMax, FrameSplitter } from "../protocol/Frame.ts"
import type { HandshakeMessage, Introduction } from "../protocol/Handshake.ts"
import { PeerId } from "../protocol/Ids.ts"
import { Application } from "../services/Application.ts"
import type { BeatChannel } from "../services/BeatChannel.ts"
import { ClusterConfig } from "../services/ClusterConfig.ts"
import { Discovery, type DiscoveryService, type Place } from "../services/Discovery.ts"
import { MessageQueues, type Queues } from "../services/MessageQueues.ts"
import { type DownReason, type LinkChange, type LinkError, type Links, PeerLinks } from "../services/PeerLinks.ts"

/** The nth id in order. */
export const idOf = (n: number): PeerId => PeerId.make(`${n.toString(16).padStart(8, "0")}-0000-4000-8000-000000000000`)

export interface NodeOptions {
  readonly n: number
  readonly incarnation?: number
  readonly cluster?: string
  readonly game?: string
  readonly gameVersion?: number
  readonly format?: "msgpack" | "json"
  /** Places that it dials without knowing who is there. */
  readonly places?: ReadonlyArray<Place>
  /** Whether others hear of it, and it of them. Default: yes. */
  readonly heard?: boolean
}

export interface TestNode {
  readonly peerId: PeerId
  readonly links: Links
  readonly queues: Queues
  /** Everything that its links ever told. */
  readonly told: Array<LinkChange>
  /** Waits until something holds of what was told. */
  readonly until: <A>(look: (told: ReadonlyArray<LinkChange>) => A | undefined | false) => Effect.Effect<A>
  readonly stop: Effect.Effect<void>
}

/** The wire below the nodes. */
export interface Wiring {
  readonly links: (
    options: NodeOptions
  ) => Layer.Layer<PeerLinks | BeatChannel, LinkError, Exclude<LinkNeeds, BeatChannel>>
  /** Dials a node, and speaks bytes. */
  readonly dial: (place: Place) => Effect.Effect<RawConnection, never, Scope.Scope>
  /** Takes connections of nodes at a place of its own. */
  readonly listen: (n: number, take: (raw: RawConnection) => void) => Effect.Effect<Place, never, Scope.Scope>
  /** Waits for an effect, and makes time pass where nobody else does. */
  readonly drive: <A, E>(effect: Effect.Effect<A, E>) => Effect.Effect<A, E>
}

/** Something to wait for that callbacks change. */
export class Latched {
  private readonly waiting = new Set<Deferred.Deferred<void>>()

  changed(): void {
    for (const deferred of this.waiting) Deferred.unsafeDone(deferred, Exit.void)
    this.waiting.clear()
  }

  until<A>(look: () => A | null | undefined | false): Effect.Effect<A> {
    return Effect.suspend(() => {
      const found = look()
      if (found !== null && found !== undefined && found !== false) return Effect.succeed(found)
      const deferred = Deferred.unsafeMake<void>(FiberId.none)
      this.waiting.add(deferred)
      return Effect.zipRight(Deferred.await(deferred), this.until(look))
    })
  }
}

/** One end of a connection that speaks bytes, and reads messages. */
export class RawConnection {
  readonly received: Array<LinkProtocol.Incoming> = []
  ended: "closed" | "reset" | null = null
  private readonly splitter = new FrameSplitter(bodyBytesMax)
  private readonly news = new Latched()

  constructor(
    readonly write: (bytes: Uint8Array) => void,
    readonly close: () => void,
    readonly reset: () => void,
    readonly pause: () => void
  ) {}

  receive(chunk: Uint8Array): void {
    for (const body of this.splitter.push(chunk)) {
      const message = LinkProtocol.decodeMessage(body)
      if (typeof message !== "string") this.received.push(message)
    }
    this.news.changed()
  }

  end(how: "closed" | "reset"): void {
    this.ended ??= how
    this.news.changed()
  }

  say<C extends Conversation>(conversation: C, message: MessageOf<C>): void {
    this.write(LinkProtocol.encodeMessage(conversation, message, "msgpack"))
  }

  /** Waits until something holds of this connection. */
  until<A>(look: (raw: this) => A | null | undefined | false): Effect.Effect<A> {
    return this.news.until(() => look(this))
  }

  /** The next handshake message of a kind. */
  awaits<T extends HandshakeMessage["_tag"]>(tag: T): Effect.Effect<Extract<HandshakeMessage, { _tag: T }>> {
    return this.until((raw) => {
      const found = raw.received.find(({ conversation, message }) =>
        conversation === "handshake" && (message as HandshakeMessage)._tag === tag
      )
      return found?.message as Extract<HandshakeMessage, { _tag: T }> | undefined
    })
  }

  get over(): Effect.Effect<"closed" | "reset"> {
    return this.until((raw) => raw.ended)
  }
}

export const nonce = "0123456789abcdef0123456789abcdef"

export const introductionOf = (n: number, other: Partial<Introduction> = {}): Introduction => ({
  version: protocolVersion,
  cluster: "test",
  game: "none",
  gameVersion: 1,
  peerId: idOf(n),
  incarnation: 0,
  name: `raw-${n}`,
  address: "127.0.0.1",
  beatPort: null,
  clientPort: null,
  page: null,
  preempts: true,
  nonce,
  auth: "none",
  ...other
})

/** A raw peer's handshake as a dialer; it is up for itself when this returns. */
export const shake = Effect.fnUntraced(function*(raw: RawConnection, me: Introduction) {
  raw.say("handshake", { _tag: "hello", me })
  const welcome = yield* raw.awaits("welcome")
  raw.say("handshake", { _tag: "confirm", nonce: welcome.me.nonce, proof: null })
  return welcome.me
})

/** Nodes that find each other at once, over a wiring. */
export class World {
  private readonly subscribers = new Subscribers<Announcement>(1024, "sliding")
  private readonly announced = new Map<PeerId, Announcement>()

  constructor(readonly wiring: Wiring) {}

  /** Makes a node known to all others. */
  announce(peerId: PeerId, place: Place, kind: Announcement["kind"] = "announce"): void {
    const announcement: Announcement = {
      hostless: protocolVersion,
      kind,
      cluster: "test",
      game: "none",
      peerId,
      name: peerId.slice(0, 8),
      ...place,
      clientPort: null
    }
    if (kind === "bye") this.announced.delete(peerId)
    else this.announced.set(peerId, announcement)
    this.subscribers.publish(announcement)
  }

  private discovery({ heard = true, n, places = [] }: NodeOptions): DiscoveryService {
    return {
      announce: (place) =>
        heard
          ? Effect.asVoid(Effect.acquireRelease(
            Effect.sync(() => this.announce(idOf(n), place)),
            () => Effect.sync(() => this.announce(idOf(n), place, "bye"))
          ))
          : Effect.void,
      announcements: heard
        ? Stream.filter(this.subscribers.stream(() => this.announced.values()), ({ peerId }) => peerId !== idOf(n))
        : Stream.never,
      places: Stream.concat(Stream.fromIterable(places), Stream.never),
      otherGames: Effect.succeed([]),
      rejected: Effect.succeed(0)
    }
  }

  /** Starts a node; it stops with the scope, or before. */
  readonly node = (options: NodeOptions): Effect.Effect<TestNode, LinkError, Scope.Scope> =>
    Effect.gen(this, function*() {
      const { cluster = "test", game = "none", gameVersion = 1, incarnation = 0, n } = options
      const scope = yield* Scope.fork(yield* Effect.scope, ExecutionStrategy.sequential)
      const layer = this.wiring.links(options).pipe(
        Layer.provideMerge(Layer.mergeAll(
          MessageQueuesBounded.layer,
          NodeIdentityFixed.layer({ peerId: idOf(n), incarnation }),
          ClusterConfig.layer({ cluster }),
          Application.layer({ name: game, version: gameVersion }),
          Layer.succeed(Discovery, this.discovery(options))
        ))
      )
      const context = yield* Layer.buildWithScope(layer, scope)
      const links = Context.get(context, PeerLinks)
      const told: Array<LinkChange> = []
      const news = new Latched()
      const hear = (change: LinkChange) =>
        Effect.sync(() => {
          told.push(change)
          news.changed()
        })
      yield* Scope.extend(Effect.forkScoped(Stream.runForEach(links.changes, hear)), scope)
      return {
        peerId: idOf(n),
        links,
        queues: Context.get(context, MessageQueues),
        told,
        until: (look) => news.until(() => look(told)),
        stop: Scope.close(scope, Exit.void)
      }
    })
}

/** Waits until the node's links are to just these. */
export const linkedTo = (node: TestNode, ...peers: ReadonlyArray<number>): Effect.Effect<void> =>
  node.until((told) => {
    const linked = new Set<PeerId>()
    for (const change of told) {
      if (change._tag === "up") linked.add(change.peer.peerId)
      else linked.delete(change.peerId)
    }
    return linked.size === peers.length && peers.every((n) => linked.has(idOf(n)))
  })

/** Why the link to a peer went down, the first time. */
export const downOf = (node: TestNode, n: number): Effect.Effect<DownReason> =>
  node.until((told) =>
    told.flatMap((change) => change._tag === "down" && change.peerId === idOf(n) ? [change.reason] : [])[0]
  )

/** The next messages of a conversation, as many as asked for, in order. */
export const receive = <C extends Conversation>(node: TestNode, conversation: C, count: number) =>
  Effect.gen(function*() {
    const all: Array<{ readonly from: PeerId; readonly message: MessageOf<C> }> = []
    while (all.length < count) all.push(...yield* node.queues.take(conversation))
    return all
  })

/** Nodes 1 and 2, linked. */
export const pair = Effect.fnUntraced(function*(world: World, second: Partial<NodeOptions> = {}) {
  const [a, b] = [yield* world.node({ n: 1 }), yield* world.node({ n: 2, ...second })]
  yield* linkedTo(a, 2)
  yield* linkedTo(b, 1)
  return [a, b] as const
})
