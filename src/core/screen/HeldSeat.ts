/**
 * A seat that a token holds, as whoever plays it sees it: asked for until it is there, asked for again when it is gone, given
 * up when the player cannot be heard. The node that serves the screen looks at the room's log, a screen at its views.
 */
import type { SeatId } from "../../protocol/Ids.ts"

/**
 * How the token stands in the room: its seat is `here`, kept for it (`away`), played by way of another node (`elsewhere`), or
 * there is none.
 */
export type Standing =
  | { readonly _tag: "here" | "away" | "elsewhere"; readonly seat: SeatId }
  | { readonly _tag: "missing" }

export interface HeldSeat {
  /** The seat that was told last; null before the first. */
  readonly seat: SeatId | null
  /** Whether the player can be heard. */
  readonly isPresent: boolean
  readonly missingSinceMs: number | null
  /** `left`: given up for good. `gone`: there is none for this player any more. */
  readonly end: "left" | "gone" | null
}

export const asked: HeldSeat = { seat: null, isPresent: true, missingSinceMs: null, end: null }

/** `ask`: for the seat. `quit`: say that its player is away. `tell`: `seat` is another one than before. */
export type Wanted = "ask" | "quit" | "tell" | null

type Looked = readonly [held: HeldSeat, wanted: Wanted]

/** Whoever has authority tells which seat it is. */
export const told = (held: HeldSeat, seat: SeatId): HeldSeat => ({ ...held, seat, missingSinceMs: null })

/**
 * Looks at how the token stands; to be called again and again. A seat that is not here is asked for when that has been so
 * for `patienceMs`. One that is played elsewhere, once it was here, is left there, though its player may have left.
 */
export const look = (held: HeldSeat, standing: Standing, nowMs: number, patienceMs: number): Looked => {
  if (held.end !== null) return [held, null]
  if (!held.isPresent) return [held, standing._tag === "here" ? "quit" : null]
  if (standing._tag === "here") {
    return [told(held, standing.seat), standing.seat === held.seat ? null : "tell"]
  }
  if (standing._tag === "elsewhere" && held.seat !== null) return [{ ...held, missingSinceMs: null }, null]
  const missingSinceMs = held.missingSinceMs ?? nowMs
  return nowMs - missingSinceMs < patienceMs
    ? [{ ...held, missingSinceMs }, null]
    : [{ ...held, missingSinceMs: null }, "ask"]
}

/** Whether the player can be heard, from now on. */
export const present = (held: HeldSeat, isPresent: boolean): Looked =>
  held.end !== null || held.isPresent === isPresent
    ? [held, null]
    : [{ ...held, isPresent }, isPresent ? "ask" : "quit"]

/**
 * There was no seat for the token when it was asked for. That ends it, unless the room has one by now: then the answer is to
 * a question of before.
 */
export const refused = (held: HeldSeat, standing: Standing): HeldSeat =>
  held.end === null && standing._tag === "missing" ? { ...held, end: "gone" } : held

/** Given up for good. */
export const left = (held: HeldSeat): HeldSeat => ({ ...held, end: held.end ?? "left" })
