/**
 * Which of the views that reach a screen it shows.
 *
 * Views come as snapshots and as deltas that name their base; some are missing, since a slow screen is spared some; and
 * after a move to another node they are numbered anew and may be a little older than what was already shown. Three rules:
 * - a delta whose base is not the one held is not applied: the screen asks for a snapshot (`resync`), once until it comes;
 * - what belongs to an older epoch than what is shown is never shown, nor what is older within the same epoch;
 * - a new epoch is the truth, whatever its clock: where that takes something back, `regressions` counts it.
 */
import type { RoomView } from "../protocol/View.ts"
import { apply, isPatch } from "./Delta.ts"

/** A message that carries a view, as far as it matters here. */
export type ViewMessage =
  | { readonly _tag: "snapshot"; readonly epoch: number; readonly number: number; readonly view: RoomView }
  | {
    readonly _tag: "delta"
    readonly epoch: number
    readonly base: number
    readonly number: number
    readonly patch: unknown
  }

/** `shown`: there is a newer view. `kept`: taken as a base, but older than what is shown. `dropped`: of no use. */
export type Reception = "shown" | "kept" | "dropped" | "resync"

export interface ReceivedView {
  readonly epoch: number
  readonly view: RoomView
}

/**
 * After a reconnection: how long views older than the one shown are kept back, before they are taken for those of a
 * cluster that was started anew.
 */
export const startedAnewAfterMs = 1500

/** A resync is asked for again after so long without a snapshot. */
export const resyncAgainAfterMs = 500

/** Whether a view takes back what the one before has shown: the clock, or what was acknowledged to a player. */
export const isSetBack = (before: RoomView, view: RoomView): boolean => {
  if (view.clock < before.clock) return true
  for (const seat in view.acks) {
    const known = before.acks[seat]
    const same = view.seats[seat]?.profile.name === before.seats[seat]?.profile.name
    if (same && known !== undefined && view.acks[seat]![0] < known[0]) return true
  }
  return false
}

export class ViewReceiver {
  /** The newest view, or null before the first. */
  shown: ReceivedView | null = null
  /** How often a new epoch took something back (`isSetBack`). */
  regressions = 0

  private base: { readonly number: number; readonly epoch: number; readonly view: RoomView } | null = null
  private resyncAskedAtMs: number | null = null
  private reconnected = false
  private olderSinceMs: number | null = null

  /** `isView` checks what a patch has made of a base. */
  constructor(private readonly isView: (value: unknown) => value is RoomView) {}

  /** Another connection: its numbers mean nothing here yet, and begin with a snapshot. What is shown stays. */
  reconnect(): void {
    this.base = null
    this.resyncAskedAtMs = null
    this.reconnected = true
    this.olderSinceMs = null
  }

  receive(message: ViewMessage, nowMs: number): Reception {
    if (this.base !== null && message.number <= this.base.number) return "dropped"
    if (message._tag === "snapshot") {
      this.resyncAskedAtMs = null
      return this.take(message.epoch, message.number, message.view, nowMs)
    }
    if (this.base === null || this.base.number !== message.base) return this.resync(nowMs)
    const view = patched(this.base.view, message.patch)
    if (view === null || !this.isView(view)) return this.resync(nowMs)
    return this.take(message.epoch, message.number, view, nowMs)
  }

  private resync(nowMs: number): Reception {
    if (this.resyncAskedAtMs !== null && nowMs - this.resyncAskedAtMs < resyncAgainAfterMs) return "dropped"
    this.resyncAskedAtMs = nowMs
    return "resync"
  }

  private take(epoch: number, number: number, view: RoomView, nowMs: number): Reception {
    this.base = { number, epoch, view }
    if (!this.mayShow(epoch, view, nowMs)) return "kept"
    if (this.shown !== null && epoch > this.shown.epoch && isSetBack(this.shown.view, view)) this.regressions++
    this.shown = { epoch, view }
    this.reconnected = false
    this.olderSinceMs = null
    return "shown"
  }

  private mayShow(epoch: number, view: RoomView, nowMs: number): boolean {
    if (this.shown === null || epoch > this.shown.epoch) return true
    if (epoch === this.shown.epoch && view.seq > this.shown.view.seq && view.clock >= this.shown.view.clock) return true
    if (!this.reconnected) return false
    this.olderSinceMs ??= nowMs
    return nowMs - this.olderSinceMs >= startedAnewAfterMs
  }
}

const patched = (base: RoomView, patch: unknown): unknown => {
  if (!isPatch(patch)) return null
  try {
    return apply<unknown>(base, patch)
  } catch {
    return null
  }
}
