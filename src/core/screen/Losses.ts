/**
 * Sees to it that whatever is taken back on a screen is told: by the node that has lost it, or else by the screen itself,
 * since a node that was on the other side of a split has nothing to tell of.
 */

/** How long a node's word is waited for, and how much sooner than the view it may come, in milliseconds. */
export const lossToldWithinMs = 500

export interface Losses {
  /** What was shown before, and is taken back without a word so far; when the screen tells it itself. */
  readonly owed: { readonly clock: number; readonly atMs: number } | null
  /** When something was told that no view has taken back yet. Each word stands for one setback that follows. */
  readonly aheadAtMs: number
}

/** Of a room that is shown from now on. */
export const none: Losses = { owed: null, aheadAtMs: -Infinity }

/** A node has told of a loss. */
export const told = ({ aheadAtMs, owed }: Losses, nowMs: number): Losses => ({
  owed: null,
  aheadAtMs: owed === null ? nowMs : aheadAtMs
})

/** A view takes back what another with this clock has shown. */
export const setBack = ({ aheadAtMs, owed }: Losses, clock: number, nowMs: number): Losses => ({
  owed: owed ?? (aheadAtMs >= nowMs - lossToldWithinMs ? null : { clock, atMs: nowMs + lossToldWithinMs }),
  aheadAtMs: -Infinity
})

/** What the screen has to tell now: the clock that was shown before; null for nothing. */
export const due = (losses: Losses, nowMs: number): readonly [losses: Losses, clock: number | null] =>
  losses.owed === null || nowMs < losses.owed.atMs
    ? [losses, null]
    : [{ ...losses, owed: null }, losses.owed.clock]
