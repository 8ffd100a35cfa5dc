/** Message queues in memory, bounded in messages, in bytes, and in what a single peer may fill. */
import { Effect, Layer, Record as Rec } from "effect"
import { type Conversation, conversations, type DeliveryClass } from "../../protocol/Conversation.ts"
import { bodyBytesMax } from "../../protocol/Frame.ts"
import type { PeerId } from "../../protocol/Ids.ts"
import { type Envelope, MessageQueues, type Offered, type Outbox, type Queues } from "../../services/MessageQueues.ts"
import { Inbox } from "./Inbox.ts"

export interface Bounds {
  /** The most messages that wait in one conversation, and of those the most from one peer. */
  readonly messages: number
  readonly messagesPerPeer: number
  /** The most bytes (as on the wire) that wait in one conversation from one peer. */
  readonly bytesPerPeer: number
}

export interface Options {
  readonly inward: Readonly<Record<DeliveryClass, Bounds>>
  readonly outward: {
    /** The most bytes that wait for one peer. */
    readonly bytes: number
    /** What control may take beyond that, so that bulk does not crowd it out. */
    readonly controlReserveBytes: number
    /** Above this many bytes, hints are dropped: they would be stale when they arrive. */
    readonly hintBytes: number
    readonly frames: number
    readonly controlReserveFrames: number
  }
}

const mebi = 1024 * 1024

export const defaults: Options = {
  inward: {
    control: { messages: 65_536, messagesPerPeer: 16_384, bytesPerPeer: 16 * mebi },
    replication: { messages: 65_536, messagesPerPeer: 16_384, bytesPerPeer: 16 * mebi },
    input: { messages: 8_192, messagesPerPeer: 1_024, bytesPerPeer: 4 * mebi },
    hint: { messages: 2_048, messagesPerPeer: 128, bytesPerPeer: mebi }
  },
  outward: {
    bytes: 8 * mebi,
    controlReserveBytes: bodyBytesMax + mebi,
    hintBytes: mebi / 4,
    frames: 32_768,
    controlReserveFrames: 4_096
  }
}

/** Whether a class may lose messages, or costs the link when it cannot keep them. */
const whenFull = (delivery: DeliveryClass): Offered =>
  delivery === "input" || delivery === "hint" ? "dropped" : "overflow"

interface Load {
  messages: number
  bytes: number
}

/** One conversation's queue. */
class Inward extends Inbox<Envelope> {
  private readonly loads = new Map<PeerId, Load>()
  private readonly full: Offered

  constructor(private readonly bounds: Bounds, delivery: DeliveryClass) {
    super(bounds.messages)
    this.full = whenFull(delivery)
  }

  /** As `offer`, but for what a single peer may fill. Whoever has nothing here may say one thing, however long. */
  admit(envelope: Envelope, bytes: number): Offered {
    const { bytesPerPeer, messagesPerPeer } = this.bounds
    let load = this.loads.get(envelope.from)
    const isOver = load !== undefined && (load.messages >= messagesPerPeer || load.bytes + bytes > bytesPerPeer)
    if (isOver || !this.offer(envelope)) return this.full
    if (load === undefined) this.loads.set(envelope.from, load = { messages: 0, bytes: 0 })
    load.messages += 1
    load.bytes += bytes
    return "accepted"
  }

  override drain(): ReadonlyArray<Envelope> {
    this.loads.clear()
    return super.drain()
  }
}

/** One peer's outbox. A single frame always fits into an empty one. */
class Outward implements Outbox {
  private frames: Array<Uint8Array> = []
  private readonly hints = new Set<Uint8Array>()
  private waiting = 0

  constructor(private readonly bounds: Options["outward"]) {}

  offer(frame: Uint8Array, delivery: DeliveryClass): Offered {
    const { bytes, controlReserveBytes, controlReserveFrames, frames, hintBytes } = this.bounds
    const control = delivery === "control"
    const bytesMax = control ? bytes + controlReserveBytes : delivery === "hint" ? hintBytes : bytes
    const framesMax = control ? frames + controlReserveFrames : frames
    if (this.frames.length > 0 && (this.waiting + frame.length > bytesMax || this.frames.length >= framesMax)) {
      return whenFull(delivery)
    }
    this.frames.push(frame)
    if (delivery === "hint") this.hints.add(frame)
    this.waiting += frame.length
    return "accepted"
  }

  takeAll(): ReadonlyArray<Uint8Array> {
    const frames = this.frames
    if (frames.length === 0) return frames
    this.frames = []
    this.hints.clear()
    this.waiting = 0
    return frames
  }

  takeHints(): ReadonlyArray<Uint8Array> {
    const { hints } = this
    if (hints.size === 0) return []
    const taken = Array.from(hints)
    this.frames = this.frames.filter((frame) => !hints.has(frame))
    for (const { length } of taken) this.waiting -= length
    hints.clear()
    return taken
  }

  bytes(): number {
    return this.waiting
  }
}

const make = (options: Options): Queues => {
  const inward = Rec.map(conversations, ({ delivery }) => new Inward(options.inward[delivery], delivery))
  return {
    offer: (conversation, envelope, bytes = 0) => inward[conversation].admit(envelope, bytes),
    take: <C extends Conversation>(conversation: C) =>
      inward[conversation].take as Effect.Effect<ReadonlyArray<Envelope<C>>>,
    drain: <C extends Conversation>(conversation: C) => inward[conversation].drain() as ReadonlyArray<Envelope<C>>,
    outbox: () => new Outward(options.outward),
    depths: Effect.sync(() => Rec.map(inward, ({ size }) => size))
  }
}

/** Queues with bounds of one's own. */
export const layerWith = (options: Partial<Options>): Layer.Layer<MessageQueues> =>
  Layer.sync(MessageQueues, () => make({ ...defaults, ...options }))

/** Queues with the bounds in `defaults`. */
export const layer: Layer.Layer<MessageQueues> = layerWith({})
