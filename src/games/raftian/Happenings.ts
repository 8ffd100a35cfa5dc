/**
 * What has happened, newest last, for those who tell it: a header says it in words, a scene shows it, each by number once.
 * The list is bounded; numbers grow by one and never restart, so that whoever missed some knows how many.
 */
import { raftianRules } from "./Board.ts"
import type { RaftianEvent, RaftianState } from "./Schemas.ts"

export const tell = (state: RaftianState, event: RaftianEvent): RaftianState => {
  const happened = state.happened + 1
  const happenings = [...state.happenings, { ...event, number: happened }].slice(-raftianRules.happeningsMax)
  return { ...state, happened, happenings }
}
