/** The row that says what the others must add up to. Written with every commit. */
import type { HardState } from "../../core/raft/Entry.ts"
import { isCount, isPeerId, type Row, sumOf, type Value } from "./StorageRows.ts"

/** In the order of the table's columns. */
const counts = [
  /** Commits so far, in all lives. */
  "writes",
  /** Of the hard state. */
  "term",
  "commitIndex",
  /** Of the snapshot; zeros where there is none. */
  "snapshotIndex",
  "snapshotTerm",
  "snapshotSum",
  /** What the first entry's sum goes on from. */
  "baseSum",
  "lastIndex",
  "lastSum"
] as const

/** The columns, as `valuesOf` gives them. */
export const columns = [...counts, "vote", "sum"] as const

export interface State extends Readonly<Record<(typeof counts)[number], number>> {
  readonly vote: HardState["vote"]
}

export const empty: State = {
  writes: 0,
  term: 0,
  commitIndex: 0,
  snapshotIndex: 0,
  snapshotTerm: 0,
  snapshotSum: 0,
  baseSum: 0,
  lastIndex: 0,
  lastSum: 0,
  vote: null
}

const text = new TextEncoder()

const numbersOf = (state: State): ReadonlyArray<number> => counts.map((name) => state[name])

export const sumOfState = (state: State): number => sumOf(numbersOf(state), text.encode(state.vote ?? ""))

export const valuesOf = (state: State): Array<Value> => [...numbersOf(state), state.vote, sumOfState(state)]

/** The state of a row, or null where the row is not what was written or makes no sense. */
export const stateOf = ({ id: _, sum, ...row }: Row): State | null => {
  const { vote } = row
  if (!counts.every((name) => isCount(row[name])) || !(vote === null || isPeerId(vote))) return null
  const state = row as unknown as State
  const isSane = state.lastIndex >= state.snapshotIndex && (vote === null || state.term > 0)
  return isSane && sum === sumOfState(state) ? state : null
}
