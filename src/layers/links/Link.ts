/** One connection on its way to being a link, being one, or over. Synchronous; owned by its mesh. */
import { type DeliveryClass, deliveryOf } from "../../protocol/Conversation.ts"
import { bodyBytesMax, FrameError, FrameSplitter, strangerBodyBytesMax } from "../../protocol/Frame.ts"
import type { HandshakeMessage, Introduction } from "../../protocol/Handshake.ts"
import type { PeerId } from "../../protocol/Ids.ts"
import type { Offered, Outbox } from "../../services/MessageQueues.ts"
import type { DownReason, Peer } from "../../services/PeerLinks.ts"
import { decodeMessage, Handshake, type Incoming, InvalidGauge, type Refusal, type Role } from "./LinkProtocol.ts"

/** What a transport does for a link. */
export interface Wire {
  /** The other end, for logs. */
  readonly remote: string
  /** Something waits in the outbox. Never sends more than the transport takes now; the rest waits there. */
  readonly wake: () => void
  /** Sends what waits, for a moment at most, then closes. */
  readonly end: () => void
  /** Closes now. */
  readonly destroy: () => void
}

/** What a transport is given of a link. */
export interface LinkEnd {
  /** What is to be sent. The wire is its only taker. */
  readonly outbox: Outbox
  /** Bytes that came, in order, cut anyhow. */
  readonly receive: (chunk: Uint8Array) => void
  /** The body of a frame of the class `hint` that came by itself, before or after whatever else. */
  readonly receiveHint: (body: Uint8Array) => void
  /** Nothing will come any more. Only the first call counts. */
  readonly ended: (reason: "closed" | "reset" | "abandoned", detail: string) => void
}

/** What became of a dialled connection. `peerId`: whom it led to, as far as it came to that. */
export type DialOutcome =
  | { readonly _tag: "up"; readonly peerId: PeerId }
  | { readonly _tag: "refused"; readonly peerId: PeerId | null; readonly refusal: Refusal }
  | { readonly _tag: "failed"; readonly detail: string }

/** What a link asks of its mesh, or tells it. */
export interface LinkOwner {
  readonly judge: (link: Link, other: Introduction, stage: "hello" | "welcome" | "confirm") => Refusal | null
  readonly encode: (message: HandshakeMessage) => Uint8Array
  readonly sent: (link: Link, offered: Offered) => boolean
  readonly up: (link: Link, other: Introduction, say: HandshakeMessage | null) => void
  /** The handshake ended without a link. `ours`: the refusal is this node's. */
  readonly refused: (link: Link, refusal: Refusal, ours: boolean) => void
  readonly message: (link: Link, incoming: Incoming, bytes: number) => void
  readonly invalid: (link: Link, detail: string) => void
  /** The stream cannot be followed any more. */
  readonly broken: (link: Link, detail: string) => void
  readonly over: (link: Link, reason: DownReason, detail: string) => void
}

export class Link implements LinkEnd {
  phase: "pending" | "up" | "over" = "pending"
  /** Set as soon as the link is up. */
  peer: Peer | null = null
  /** When the link came up, in the mesh's own count of events. */
  upSerial = 0
  readonly gauge = new InvalidGauge()
  readonly handshake: Handshake
  private readonly splitter = new FrameSplitter(strangerBodyBytesMax)
  /** The transport's side; there from before the first event on. */
  wire!: Wire

  /** `expected`: by a dialer. `serial`: when it began. `settled`: told once what the handshake led to. */
  constructor(
    private readonly owner: LinkOwner,
    readonly role: Role,
    readonly expected: PeerId | null,
    readonly outbox: Outbox,
    readonly serial: number,
    me: Introduction,
    private settled: ((outcome: DialOutcome) => void) | null,
    /** Who carries it, if it is a relayed one. */
    readonly via: PeerId | null
  ) {
    this.handshake = new Handshake(role, me, (other, stage) => owner.judge(this, other, stage))
  }

  /** Hands a frame to the wire. What the outbox did with it goes to the owner. */
  send(frame: Uint8Array, delivery: DeliveryClass): boolean {
    const offered = this.outbox.offer(frame, delivery)
    if (offered === "accepted") this.wire.wake()
    return this.owner.sent(this, offered)
  }

  say(message: HandshakeMessage): void {
    this.send(this.owner.encode(message), "control")
  }

  settle(outcome: DialOutcome): void {
    const settled = this.settled
    this.settled = null
    settled?.(outcome)
  }

  /** The other side is known and both directions work: larger frames may come from here on. */
  confirm(peer: Peer, serial: number): void {
    this.phase = "up"
    this.peer = peer
    this.upSerial = serial
    this.splitter.allow(bodyBytesMax)
  }

  receive(chunk: Uint8Array): void {
    if (this.phase === "over") return
    try {
      this.splitter.feed(chunk, this.body)
    } catch (error) {
      if (!(error instanceof FrameError)) throw error
      this.owner.broken(this, error.message)
    }
  }

  /** It may have overtaken what makes the link one: it is dropped before that. */
  receiveHint(body: Uint8Array): void {
    if (this.phase !== "up") return
    let incoming: Incoming | string
    try {
      incoming = decodeMessage(body)
    } catch (error) {
      if (!(error instanceof FrameError)) throw error
      incoming = error.message
    }
    if (typeof incoming === "string") this.owner.invalid(this, incoming)
    else if (deliveryOf(incoming.conversation) === "hint") this.owner.message(this, incoming, body.length)
    else this.owner.invalid(this, `${incoming.conversation} out of turn`)
  }

  ended(reason: "closed" | "reset" | "abandoned", detail: string): void {
    if (this.phase !== "over") this.owner.over(this, reason, detail)
  }

  private readonly body = (body: Uint8Array): boolean => {
    const incoming = decodeMessage(body)
    if (typeof incoming === "string") this.owner.invalid(this, incoming)
    else if (incoming.conversation === "handshake") this.shake(incoming.message)
    else if (this.phase === "up") this.owner.message(this, incoming, body.length)
    else this.owner.refused(this, { reason: "invalid", detail: `${incoming.conversation} before the handshake` }, true)
    return (this.phase as string) !== "over"
  }

  private shake(message: HandshakeMessage): void {
    if (this.phase === "up" && message._tag !== "goodbye" && message._tag !== "refused") {
      return this.owner.invalid(this, `${message._tag} on an established link`)
    }
    const step = this.handshake.receive(message)
    switch (step._tag) {
      case "go-on":
        return this.say(step.say)
      case "up":
        return this.owner.up(this, step.other, step.say)
      case "refuse":
      case "refused":
        return this.owner.refused(this, step.refusal, step._tag === "refuse")
      case "goodbye":
        return this.owner.over(this, step.reason === "left" ? "left" : "closed", `goodbye: ${step.reason}`)
    }
  }
}
