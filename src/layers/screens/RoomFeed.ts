/**
 * The views of one room on their way to all screens that watch it. Each view is encoded at most twice, however many
 * screens there are: as a change of the view before, and as a whole for those that lack it.
 */
import { diff } from "../../core/Delta.ts"
import { encodeBody } from "../../protocol/Frame.ts"
import type { RoomView } from "../../protocol/View.ts"
import type { ShownView } from "../../services/GameClient.ts"
import * as GatewayMetrics from "./GatewayMetrics.ts"

/** Whoever wants each new view. */
export interface Watcher {
  readonly viewed: () => void
}

export class RoomFeed {
  readonly watchers = new Set<Watcher>()
  newest: ShownView | null = null

  private previous: RoomView | null = null
  private encodedDelta: Uint8Array | null = null
  private encodedSnapshot: Uint8Array | null = null

  /** `number`: the newest view's; 0 before the first of all. A feed that is opened again goes on from where it ended. */
  constructor(public number = 0) {}

  /** A newer view is there: tells all watchers. */
  show(shown: ShownView): void {
    this.previous = this.newest?.view ?? null
    this.newest = shown
    this.number++
    this.encodedDelta = null
    this.encodedSnapshot = null
    for (const watcher of this.watchers) watcher.viewed()
  }

  /**
   * The message that brings a screen from view `base` (null: from nothing) to the newest, or null before the first; but for
   * the subscription that it belongs to.
   */
  message(base: number | null): Uint8Array | null {
    if (this.newest === null) return null
    return (base !== null && base === this.number - 1 ? this.delta() : null) ?? this.snapshot(this.newest)
  }

  private delta(): Uint8Array | null {
    const { newest, number, previous } = this
    if (this.encodedDelta !== null || previous === null || newest === null) return this.encodedDelta
    try {
      const { epoch, view } = newest
      const patch = diff(previous, view)
      this.encodedDelta = encodeBody({ _tag: "delta", epoch, base: number - 1, number, patch }, "msgpack")
      GatewayMetrics.views.encoded.unsafeUpdate(1, [])
    } catch {
      // A view that no patch can describe goes out whole.
    }
    return this.encodedDelta
  }

  private snapshot({ epoch, view }: ShownView): Uint8Array {
    if (this.encodedSnapshot === null) {
      this.encodedSnapshot = encodeBody({ _tag: "snapshot", epoch, number: this.number, view }, "msgpack")
      GatewayMetrics.views.encoded.unsafeUpdate(1, [])
    }
    return this.encodedSnapshot
  }
}
