/**
 * One screen's connection: what it is sent, and how much. Views are conflated: a screen that does not take them is spared
 * some, and gets a whole one when it is ready again; one that takes nothing is closed.
 */
import { TokenBucket } from "../../core/TokenBucket.ts"
import { encodeBody, withNumber } from "../../protocol/Frame.ts"
import type { SeatId } from "../../protocol/Ids.ts"
import type { NodeMessage } from "../../protocol/Session.ts"
import type { HeldSeat } from "../../services/GameClient.ts"
import type { ScreenEnd, ScreenSocket } from "../../services/Screens.ts"
import * as GatewayMetrics from "./GatewayMetrics.ts"
import type { RoomFeed, Watcher } from "./RoomFeed.ts"
import type { SeatAudit } from "./SeatAudit.ts"

/** With more than this under way, a screen is spared views. */
export const busyBytes = 64 * 1024
/** With more than this under way, or busy for so long, a screen is closed. */
export const slowBytes = 4 * 1024 * 1024
export const slowAfterMs = 10_000
/** A screen that answers no ping for so long is gone. */
export const silentAfterMs = 15_000
/** A screen that sends so many messages that no schema takes is closed. */
export const invalidMessagesMax = 32
/** Messages that a screen may send per second, and at once. */
export const messagesPerSecond = 240
export const messagesAtOnce = 480

/** For these a connection ends without sending what waits, or hearing the other end's word. */
export const atOnce: ReadonlySet<ScreenEnd> = new Set(["slow", "silent"])

export const encode = (message: NodeMessage): Uint8Array => encodeBody(message, "msgpack")

export interface Seating {
  readonly token: string
  readonly held: HeldSeat
  /** Another one may come for the same token (see GameClient). */
  readonly seat: SeatId
  readonly audit: SeatAudit
}

export class Screen implements Watcher {
  readonly allowance: TokenBucket
  room: string | null = null
  feed: RoomFeed | null = null
  /** What the screen calls its newest subscription; 0 before the first. */
  subscription = 0
  seating: Seating | null = null
  /** Whether the seat's player can be heard, as far as the seat's holder was told. */
  isPresent = true
  /** The token of the seat that it has or waits for. */
  token: string | null = null
  invalidMessages = 0
  heardAtMs: number

  /** The view that the screen holds when it has taken all that is under way, or null. */
  private base: number | null = null
  private busySinceMs: number | null = null
  private cluster: Uint8Array | null = null

  constructor(
    private readonly socket: ScreenSocket,
    private readonly now: () => number,
    /** Told that the seat's inputs were not applied as they were sent. */
    private readonly disputed: (screen: Screen, seating: Seating) => void
  ) {
    this.heardAtMs = now()
    this.allowance = new TokenBucket(messagesPerSecond, messagesAtOnce, now())
  }

  get isOpen(): boolean {
    return this.socket.isOpen()
  }

  /** Sends what must not be missed: small and rare. */
  send(body: Uint8Array): void {
    if (this.isOpen && !this.closeIfSlow()) this.socket.send(body)
  }

  /** Sends the newest picture of the cluster; an older one that still waits is dropped. */
  sendCluster(body: Uint8Array): void {
    this.cluster = body
    this.flush()
  }

  seat(seating: Seating): void {
    this.seating = seating
    this.isPresent = true
    this.audit()
  }

  viewed(): void {
    this.audit()
    this.flush()
  }

  private audit(): void {
    const { feed, seating } = this
    const newest = feed?.newest ?? null
    // After a split another player may have this number in the view: only what is this token's counts.
    if (seating === null || newest === null || seating.held.within(newest) !== seating.seat) return
    const acknowledged = newest.view.acks[seating.seat]
    if (acknowledged !== undefined && !seating.audit.viewed(acknowledged)) this.disputed(this, seating)
  }

  /** The screen lacks the base of what it was sent: the next view is whole. */
  resync(): void {
    this.base = null
    this.flush()
  }

  watch(feed: RoomFeed, room: string): void {
    this.feed = feed
    this.room = room
    feed.watchers.add(this)
    this.resync()
  }

  unwatch(): RoomFeed | null {
    const feed = this.feed
    feed?.watchers.delete(this)
    this.feed = null
    this.room = null
    this.base = null
    return feed
  }

  ping(): void {
    if (this.now() - this.heardAtMs > silentAfterMs) this.socket.end("silent")
    else if (this.isOpen && !this.closeIfSlow()) this.socket.ask()
  }

  end(why: ScreenEnd): void {
    this.socket.end(why)
  }

  /** Sends what waits, as far as the screen takes it. */
  private flush(): void {
    if (!this.isOpen || this.closeIfSlow()) return
    const busy = this.busySinceMs !== null
    if (this.cluster !== null && !busy) {
      this.socket.send(this.cluster)
      this.cluster = null
    }
    const feed = this.feed
    if (feed === null || feed.newest === null || feed.number === this.base) return
    if (busy) {
      GatewayMetrics.views.skipped.unsafeUpdate(1, [])
      return
    }
    const { sendNewest } = this.socket
    // A change is of no use to who may lack what it changes.
    const message = feed.message(sendNewest === null ? this.base : null)
    if (message === null) return
    const body = withNumber(message, "subscription", this.subscription)
    this.base = feed.number
    GatewayMetrics.views.sent.unsafeUpdate(1, [])
    if (sendNewest === null) this.socket.send(body)
    else sendNewest(body)
  }

  /** Bytes have left: what was held back may go now. */
  drained(): void {
    if (this.busySinceMs !== null && this.socket.bufferedBytes() <= busyBytes) this.flush()
  }

  private closeIfSlow(): boolean {
    const bytes = this.socket.bufferedBytes()
    const now = this.now()
    if (bytes <= busyBytes) this.busySinceMs = null
    else this.busySinceMs ??= now
    if (bytes <= slowBytes && (this.busySinceMs === null || now - this.busySinceMs < slowAfterMs)) return false
    GatewayMetrics.slow.unsafeUpdate(1, [])
    this.socket.end("slow")
    return true
  }
}
