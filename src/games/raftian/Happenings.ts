/**
 * What has happened, newest last, for those who tell it: a header says it in words, a scene shows it, each by number once.
 * The list is bounded; numbers grow by one and never restart, so that whoever missed some knows how many.
 */
import type { SeatId } from "../../protocol/Ids.ts"
import { raftianRules } from "./Board.ts"

export type RaftianEvent =
  /** `hp` is what the hit left. */
  | { readonly kind: "hit"; readonly by: SeatId; readonly on: SeatId; readonly damage: number; readonly hp: number }
  /** The target was out of the game already when the attack was committed. */
  | { readonly kind: "missed"; readonly by: SeatId; readonly on: SeatId }
  | { readonly kind: "fell"; readonly by: SeatId; readonly on: SeatId }
  | { readonly kind: "joined" | "away" | "back" | "left" | "won" | "again"; readonly by: SeatId }

export type RaftianHappening = RaftianEvent & { readonly number: number }

/** How a player is told of, also when it has left. */
export interface RaftianPerson {
  readonly name: string
  readonly color: string
}

export interface Told {
  readonly happenings: ReadonlyArray<RaftianHappening>
  /** The number of the last happening. */
  readonly happened: number
}

export const tell = <State extends Told>(state: State, event: RaftianEvent): State => {
  const happened = state.happened + 1
  const happenings = [...state.happenings, { ...event, number: happened }].slice(-raftianRules.happeningsMax)
  return { ...state, happened, happenings }
}

/** Of whom the happenings tell. */
export const toldOf = (happenings: ReadonlyArray<RaftianHappening>): ReadonlySet<number> => {
  const seats = new Set<number>()
  for (const happening of happenings) {
    seats.add(happening.by)
    if ("on" in happening) seats.add(happening.on)
  }
  return seats
}
