/**
 * The table of links, the same over every transport: everything that `PeerLinks` promises but bytes on a wire. Which
 * connection becomes a link is in `LinkRules`.
 */
import { Effect, FiberId, FiberSet, Iterable } from "effect"
import { type Conversation, deliveryOf, type MessageOf } from "../../protocol/Conversation.ts"
import { protocolVersion } from "../../protocol/Discovery.ts"
import { bodyBytesMax, type Format } from "../../protocol/Frame.ts"
import type { HandshakeMessage, Introduction, RefusalReason } from "../../protocol/Handshake.ts"
import type { PeerId } from "../../protocol/Ids.ts"
import { Application } from "../../services/Application.ts"
import { BeatChannel } from "../../services/BeatChannel.ts"
import { ClientPort } from "../../services/ClientPort.ts"
import { ClusterConfig } from "../../services/ClusterConfig.ts"
import type { Place } from "../../services/Discovery.ts"
import { MessageQueues, type Offered, type Queues } from "../../services/MessageQueues.ts"
import { NodeIdentity } from "../../services/NodeIdentity.ts"
import type { DownReason, LinkChange, Links, Peer } from "../../services/PeerLinks.ts"
import { SharedPage } from "../../services/SharedPage.ts"
import { Subscribers } from "../queues/Subscribers.ts"
import { type DialOutcome, Link, type LinkEnd, type LinkOwner, type Wire } from "./Link.ts"
import {
  encodeMessage,
  handshakeTimeoutMs,
  type Incoming,
  type Refusal,
  type Role,
  type Stage
} from "./LinkProtocol.ts"
import { LinkRelay } from "./LinkRelay.ts"
import * as LinkRules from "./LinkRules.ts"

/** How long a peer that was given up is not linked again, in milliseconds. */
const putOffMs = 1_000
/** How long a connection stays whose place another one has taken, in milliseconds. */
const renewedMs = 1_000
/** The most connections that are not links yet. The oldest makes room for a new one. */
const pendingMax = 128
/** With so many bytes waiting for a peer, nothing is relayed to it. */
const relayBytesMax = 4 * 1024 * 1024
/** The most changes that wait for a subscriber; one that lags further fails. */
const changesMax = 16_384

/** Refusals of what has no business here; the others happen between nodes that are as they should be. */
const foreign: ReadonlySet<RefusalReason> = new Set(["version", "cluster", "game", "invalid"])

export interface MeshOptions {
  readonly place: Place
  readonly format: Format
  /** 128 bits in hex, never the same twice. */
  readonly nonce: () => string
}

/** Runs it in a fiber of this mesh's scope. */
type Fork = (effect: Effect.Effect<void>) => void

export class LinkMesh implements LinkOwner {
  private readonly links = new Map<PeerId, Link>()
  private readonly pending = new Set<Link>()
  private readonly putOff = new Map<PeerId, bigint>()
  private readonly subscribers = new Subscribers<LinkChange>(changesMax, "dying")
  /** Whose link is to be renewed: dialled as if there were none. */
  private readonly stale = new Set<PeerId>()
  private readonly renewals = new Subscribers<PeerId>(changesMax, "sliding")
  private readonly warned = new Set<string>()
  private readonly relay: LinkRelay
  private serial = 0
  private closed = false
  private readonly counters = { framesIn: 0, framesOut: 0, framesRejected: 0 }

  constructor(
    private readonly options: MeshOptions,
    private readonly me: Omit<Introduction, "nonce">,
    private readonly queues: Queues,
    private readonly nowNanos: () => bigint,
    private readonly fork: Fork,
    attach: (...args: Parameters<LinkMesh["begin"]>) => void
  ) {
    this.relay = new LinkRelay({
      peerId: me.peerId,
      sendDirectly: (to, message) => {
        const link = this.links.get(to)
        // What others send must not cost a slow reader its link.
        const takes = link !== undefined && link.via === null && link.outbox.bytes() < relayBytesMax
        return takes && this.send(to, "relay", message)
      },
      connected: (role, expected, via, wire) => attach(role, expected, wire, null, via),
      later: (run) => fork(Effect.sync(run))
    })
  }

  // ------------------------------------------------------------------------------------------------ for transports

  /**
   * A connection that stands, from now on this mesh's. A dialer's says hello at once. `settled` is told once what became
   * of the handshake. `expire` must be called after `handshakeTimeoutMs`; `attach` of `make` does that.
   */
  begin(
    role: Role,
    expected: PeerId | null,
    wire: (end: LinkEnd) => Wire,
    settled: ((outcome: DialOutcome) => void) | null,
    via: PeerId | null = null
  ): Link {
    const me = { ...this.me, nonce: this.options.nonce() }
    const link = new Link(this, role, expected, this.queues.outbox(), ++this.serial, me, settled, via)
    link.wire = wire(link)
    if (this.closed) {
      this.drop(link, "this node is leaving", "destroy")
      return link
    }
    if (this.pending.size >= pendingMax) {
      const oldest = this.pending.values().next().value!
      this.counters.framesRejected += 1
      this.drop(oldest, "too many connections without a handshake", "destroy")
    }
    this.pending.add(link)
    if (role === "dialer") link.say(link.handshake.hello())
    return link
  }

  expire(link: Link): void {
    if (link.phase !== "pending") return
    if (link.via === null) this.counters.framesRejected += 1
    this.drop(link, "no handshake in time", "destroy")
  }

  /** Gives a connection up that is not a link yet. */
  abort(link: Link): void {
    if (link.phase === "pending") this.drop(link, "given up", "destroy")
  }

  // --------------------------------------------------------------------------------------------------- for dialers

  get peerId(): PeerId {
    return this.me.peerId
  }

  get place(): Place {
    return this.options.place
  }

  /** Directly, and for good: a relayed link is no reason not to dial, nor is one that is to be renewed. */
  linked(peerId: PeerId): boolean {
    return this.links.get(peerId)?.via === null && !this.stale.has(peerId)
  }

  readonly watchRenewals = (observer: (peerId: PeerId) => Effect.Effect<unknown>) =>
    this.renewals.watch(() => [], observer)

  beingDialledBy(peerId: PeerId): boolean {
    return Iterable.some(this.pending, ({ handshake }) => handshake.other?.peerId === peerId)
  }

  /** How long the peer is not to be dialled yet, in milliseconds; 0: dial. */
  putOffMs(peerId: PeerId): number {
    const until = this.putOff.get(peerId)
    return until === undefined ? 0 : Math.max(0, Math.ceil(Number(until - this.nowNanos()) / 1e6))
  }

  // ------------------------------------------------------------------------------------------------ the link's owner

  judge(link: Link, other: Introduction, stage: Stage): Refusal | null {
    const known = this.links.get(other.peerId)
    // A direct link takes a relayed one's place, and a fresh dial that of a link that is to be renewed.
    const yields = known !== undefined && link.via === null
      && (known.via !== null || (link.role === "dialer" && this.stale.has(other.peerId)))
    const existing = yields ? undefined : known
    return LinkRules.judge({
      me: this.me.peerId,
      role: link.role,
      stage,
      other,
      existing: existing?.peer ?? null,
      existingIsNewer: existing !== undefined && existing.upSerial > link.serial,
      links: this.links.size,
      putOff: link.via === null && this.putOffMs(other.peerId) > 0,
      dialling: this.dialling(other.peerId),
      dialled: this.beingDialledBy(other.peerId)
    })
  }

  encode(message: HandshakeMessage): Uint8Array {
    return encodeMessage("handshake", message, this.options.format)
  }

  sent(link: Link, offered: Offered): boolean {
    if (offered === "accepted") {
      this.counters.framesOut += 1
      return true
    }
    if (offered === "overflow") this.end(link, "slow", "its outbox is full")
    return false
  }

  up(link: Link, other: Introduction, say: HandshakeMessage | null): void {
    const before = this.links.get(other.peerId)
    if (before !== undefined) this.giveWay(before, link, other)
    this.pending.delete(link)
    const { address, beatPort, clientPort, incarnation, name, page, peerId, preempts } = other
    const peer: Peer = { peerId, incarnation, name, address, beatPort, clientPort, page, preempts, via: link.via }
    link.confirm(peer, ++this.serial)
    this.links.set(peerId, link)
    if (say !== null) link.say(say)
    this.fork(Effect.logDebug("link up", { peerId, name, remote: link.wire.remote, role: link.role }))
    this.subscribers.publish({ _tag: "up", peer })
    link.settle({ _tag: "up", peerId })
  }

  /** A link ends for another one. A dialer's old connection stays a moment, so that its end is not heard before the confirm. */
  private giveWay(before: Link, link: Link, other: Introduction): void {
    const renewed = before.peer!.incarnation === other.incarnation
    const dialled = renewed && before.role === "dialer" && link.role === "dialer" && before.via === null
    this.end(before, renewed ? "renewed" : "replaced", "linked anew", dialled ? "later" : "end")
  }

  refused(link: Link, refusal: Refusal, ours: boolean): void {
    if (ours) {
      if (foreign.has(refusal.reason)) this.counters.framesRejected += 1
      link.say({ _tag: "refused", reason: refusal.reason, detail: refusal.detail.slice(0, 256) })
    }
    this.tell(link, refusal, ours)
    if (link.phase === "up") return this.end(link, "closed", `refused: ${refusal.reason}`)
    link.settle({ _tag: "refused", peerId: link.handshake.other?.peerId ?? null, refusal })
    this.drop(link, refusal.detail, "end")
  }

  message(link: Link, incoming: Incoming, bytes: number): void {
    this.counters.framesIn += 1
    const from = link.peer!.peerId
    if (incoming.conversation === "relay") {
      return link.via === null
        ? this.relay.take(from, incoming.message)
        : this.invalid(link, "to be relayed more than once")
    }
    const offered = this.queues.offer(incoming.conversation, { from, message: incoming.message }, bytes)
    if (offered === "overflow") this.end(link, "abandoned", `it sends more ${incoming.conversation} than is handled`)
  }

  invalid(link: Link, detail: string): void {
    if (link.phase === "pending") return this.refused(link, { reason: "invalid", detail }, true)
    this.counters.framesRejected += 1
    this.fork(Effect.logDebug("invalid message", { peerId: link.peer?.peerId, remote: link.wire.remote, detail }))
    if (link.gauge.count(this.nowNanos())) this.end(link, "invalid", detail)
  }

  broken(link: Link, detail: string): void {
    this.counters.framesRejected += 1
    if (link.phase === "up") return this.end(link, "invalid", detail)
    this.fork(Effect.logDebug("no hostless stream", { remote: link.wire.remote, detail }))
    this.drop(link, detail, "destroy")
  }

  over(link: Link, reason: DownReason, detail: string): void {
    if (link.phase === "up") return this.end(link, reason, detail, "destroy")
    // A relayed one ends whenever the way does.
    if (link.role === "acceptor" && link.via === null) this.counters.framesRejected += 1
    this.drop(link, detail, "destroy")
  }

  // ---------------------------------------------------------------------------------------------------- the service

  readonly service = (): Links => ({
    place: this.options.place,
    peers: Effect.sync(() => Array.from(this.links.values(), (link) => link.peer!)),
    changes: this.subscribers.stream(() => this.ups()),
    watch: (observer) => this.subscribers.watch(() => this.ups(), observer),
    send: (to, conversation, message) => Effect.sync(() => this.send(to, conversation, message)),
    broadcast: (to, conversation, message) => Effect.sync(() => this.broadcast(to, conversation, message)),
    reach: (peerId, via) =>
      Effect.sync(() => {
        if (this.links.get(via)?.via !== null) return
        const link = this.links.get(peerId)
        if (link !== undefined) this.end(link, "abandoned", `to be reached by way of ${via}`)
        this.relay.dial(peerId, via)
      }),
    renew: (peerId) =>
      this.ifLinked(peerId, ({ role, via }) => {
        if (via !== null || role !== "dialer" || this.stale.has(peerId)) return
        this.stale.add(peerId)
        this.renewals.publish(peerId)
      }),
    disconnect: (peerId, reason) => this.ifLinked(peerId, (link) => this.end(link, reason, "disconnected here")),
    reject: (peerId, detail) => this.ifLinked(peerId, (link) => this.invalid(link, detail)),
    counters: Effect.sync(() => ({ ...this.counters }))
  })

  private ifLinked(peerId: PeerId, act: (link: Link) => void): Effect.Effect<void> {
    return Effect.sync(() => {
      const link = this.links.get(peerId)
      if (link !== undefined) act(link)
    })
  }

  private *ups(): Generator<LinkChange> {
    for (const link of this.links.values()) yield { _tag: "up", peer: link.peer! }
  }

  private send<C extends Conversation>(to: PeerId, conversation: C, message: MessageOf<C>): boolean {
    const link = this.links.get(to)
    if (link === undefined) return false
    const frame = this.frame(conversation, message)
    return frame !== null && link.send(frame, deliveryOf(conversation))
  }

  private broadcast<C extends Conversation>(to: Iterable<PeerId>, conversation: C, message: MessageOf<C>): void {
    let frame: Uint8Array | null = null
    for (const peerId of to) {
      const link = this.links.get(peerId)
      if (link === undefined) continue
      frame ??= this.frame(conversation, message)
      if (frame === null) return
      link.send(frame, deliveryOf(conversation))
    }
  }

  /** Null for what no peer would take. */
  private frame<C extends Conversation>(conversation: C, message: MessageOf<C>): Uint8Array | null {
    const frame = encodeMessage(conversation, message, this.options.format)
    if (frame.length <= bodyBytesMax) return frame
    this.fork(
      Effect.logError("message too large to send", { conversation, bytes: frame.length, bytesMax: bodyBytesMax })
    )
    return null
  }

  /** Says goodbye to all, and takes no link from here on. */
  close(): void {
    this.closed = true
    for (const link of Array.from(this.pending)) this.drop(link, "this node is leaving", "destroy")
    for (const link of Array.from(this.links.values())) this.end(link, "left", "this node is leaving")
    this.subscribers.end()
  }

  private dialling(peerId: PeerId): boolean {
    return Iterable.some(this.pending, ({ expected, role }) => role === "dialer" && expected === peerId)
  }

  /** A link that was up goes down. */
  private end(link: Link, reason: DownReason, detail: string, how: "end" | "destroy" | "later" = "end"): void {
    if (link.phase !== "up") return
    const { peerId } = link.peer!
    link.phase = "over"
    if (this.links.get(peerId) === link) this.links.delete(peerId)
    this.stale.delete(peerId)
    if (reason === "abandoned" || reason === "invalid" || reason === "slow") this.hold(peerId)
    this.subscribers.publish({ _tag: "down", peerId, reason })
    if (link.via === null) this.relay.gone(peerId)
    if (how === "destroy" || reason === "slow") link.wire.destroy()
    else if (how === "later") this.fork(Effect.delay(Effect.sync(() => link.wire.destroy()), renewedMs))
    else {
      link.outbox.offer(this.encode({ _tag: "goodbye", reason }), "control")
      link.wire.end()
    }
    this.fork(Effect.logDebug("link down", { peerId, reason, detail }))
  }

  /** A connection that never was a link goes. */
  private drop(link: Link, detail: string, how: "end" | "destroy"): void {
    if (link.phase === "over") return
    link.phase = "over"
    this.pending.delete(link)
    link.wire[how]()
    link.settle({ _tag: "failed", detail })
  }

  private hold(peerId: PeerId): void {
    const now = this.nowNanos()
    for (const [id, until] of this.putOff) if (until <= now) this.putOff.delete(id)
    this.putOff.set(peerId, now + BigInt(putOffMs) * 1_000_000n)
  }

  /** Refusals that a person may have to do something about are told once, aloud. */
  private tell(link: Link, refusal: Refusal, ours: boolean): void {
    const note = { remote: link.wire.remote, reason: refusal.reason, detail: refusal.detail, by: ours ? "us" : "them" }
    const aloud = refusal.reason === "version" || refusal.reason === "game" || refusal.reason === "full" ||
      // The acceptor's: two nodes with one id. The dialer's only says that both had dialled.
      (refusal.reason === "duplicate" && ours === (link.role === "acceptor"))
    const key = `${refusal.reason} ${refusal.detail}`
    if (!aloud || this.warned.has(key) || this.warned.size >= 256) {
      return this.fork(Effect.logDebug("link refused", note))
    }
    this.warned.add(key)
    this.fork(Effect.logWarning("link refused", note))
  }
}

/** A mesh whose connections time out, in scope. */
export interface ManagedMesh {
  readonly mesh: LinkMesh
  /** `LinkMesh.begin`, with the time-out. */
  readonly attach: LinkMesh["begin"]
}

/** The mesh of this node. When the scope closes, all peers are told that it left. */
export const make = Effect.fnUntraced(function*(options: MeshOptions) {
  const identity = yield* NodeIdentity
  const config = yield* ClusterConfig
  const application = yield* Application
  const clock = yield* Effect.clock
  const me: Omit<Introduction, "nonce"> = {
    version: protocolVersion,
    cluster: config.cluster,
    game: application.name,
    gameVersion: application.version,
    peerId: identity.peerId,
    incarnation: identity.incarnation,
    name: identity.name,
    address: options.place.address,
    beatPort: (yield* BeatChannel).port,
    clientPort: yield* ClientPort,
    page: yield* SharedPage,
    preempts: config.preempt,
    auth: "none"
  }
  const run = yield* FiberSet.makeRuntime<never>()
  const nowNanos = () => clock.unsafeCurrentTimeNanos()
  const attach: ManagedMesh["attach"] = (role, expected, wire, settled, via) => {
    const timer = run(Effect.delay(Effect.sync(() => mesh.expire(link)), handshakeTimeoutMs))
    const onSettled = (outcome: DialOutcome) => {
      timer.unsafeInterruptAsFork(FiberId.none)
      settled?.(outcome)
    }
    const link: Link = mesh.begin(role, expected, wire, onSettled, via)
    return link
  }
  const mesh = new LinkMesh(options, me, yield* MessageQueues, nowNanos, (effect) => run(effect), attach)
  yield* Effect.addFinalizer(() => Effect.sync(() => mesh.close()))
  return { mesh, attach }
})
