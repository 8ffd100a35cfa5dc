/**
 * Which of the views that reach a screen it shows.
 *
 * Views come as snapshots and as deltas that name their base; some are missing, since a slow screen is spared some; and
 * after a move to another node they are numbered anew and may be a little older than what was already shown. Three rules:
 * - a delta whose base is not the one held is not applied: the screen asks for a snapshot (`resync`), once until it comes;
 * - what belongs to an older epoch than what is shown is never shown, nor what is older within the same epoch;
 * - a new epoch is the truth, whatever its clock: where that takes something back, `regressions` counts it.
 */
import type { Epoch } from "../../protocol/Ids.ts"
import type { RoomView } from "../../protocol/View.ts"
import { apply, isPatch } from "../Delta.ts"

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
  readonly epoch: Epoch
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

export interface Views {
  /** The newest view, or null before the first. */
  readonly shown: ReceivedView | null
  /** How often a new epoch took something back (`isSetBack`). */
  readonly regressions: number
  readonly base: { readonly number: number; readonly view: RoomView } | null
  readonly resyncAskedAtMs: number | null
  readonly reconnected: boolean
  readonly olderSinceMs: number | null
}

/** Before the first view of a room. */
export const none: Views = {
  shown: null,
  regressions: 0,
  base: null,
  resyncAskedAtMs: null,
  reconnected: false,
  olderSinceMs: null
}

/** Another connection: its numbers mean nothing here yet, and begin with a snapshot. What is shown stays. */
export const reconnect = (views: Views): Views => ({
  ...views,
  base: null,
  resyncAskedAtMs: null,
  reconnected: true,
  olderSinceMs: null
})

type Received = readonly [views: Views, reception: Reception]

/** `isView` checks what a patch has made of a base. */
export const receive = (
  views: Views,
  message: ViewMessage,
  nowMs: number,
  isView: (value: unknown) => value is RoomView
): Received => {
  const { base } = views
  if (base !== null && message.number <= base.number) return [views, "dropped"]
  if (message._tag === "snapshot") return take({ ...views, resyncAskedAtMs: null }, message, message.view, nowMs)
  if (base === null || base.number !== message.base) return resync(views, nowMs)
  const view = patched(base.view, message.patch)
  if (view === null || !isView(view)) return resync(views, nowMs)
  return take(views, message, view, nowMs)
}

const resync = (views: Views, nowMs: number): Received =>
  views.resyncAskedAtMs !== null && nowMs - views.resyncAskedAtMs < resyncAgainAfterMs
    ? [views, "dropped"]
    : [{ ...views, resyncAskedAtMs: nowMs }, "resync"]

const take = (before: Views, { epoch, number }: ViewMessage, view: RoomView, nowMs: number): Received => {
  const views = { ...before, base: { number, view } }
  const { shown } = before
  if (!isNewer(shown, epoch, view)) {
    if (!before.reconnected) return [views, "kept"]
    const olderSinceMs = before.olderSinceMs ?? nowMs
    if (nowMs - olderSinceMs < startedAnewAfterMs) return [{ ...views, olderSinceMs }, "kept"]
  }
  const regressed = shown !== null && epoch > shown.epoch && isSetBack(shown.view, view)
  return [{
    ...views,
    shown: { epoch: epoch as Epoch, view },
    regressions: before.regressions + (regressed ? 1 : 0),
    reconnected: false,
    olderSinceMs: null
  }, "shown"]
}

const isNewer = (shown: ReceivedView | null, epoch: number, view: RoomView): boolean => {
  if (shown === null || epoch > shown.epoch) return true
  return epoch === shown.epoch && view.seq > shown.view.seq && view.clock >= shown.view.clock
}

const patched = (base: RoomView, patch: unknown): unknown => {
  if (!isPatch(patch)) return null
  try {
    return apply<unknown>(base, patch)
  } catch {
    return null
  }
}
