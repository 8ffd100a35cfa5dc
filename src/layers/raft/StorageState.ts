/** The row that says what the others must add up to. Written with every commit. */
import type { HardState } from "../../core/raft/Entry.ts"
import { isCount, isPeerId, type Row, sumOf, type Value } from "./StorageRows.ts"

export interface State {
  /** Commits so far, in all lives. */
  readonly writes: number
  readonly hardState: HardState
  /** Of the snapshot; zeros where there is none. */
  readonly snapshotIndex: number
  readonly snapshotTerm: number
  readonly snapshotSum: number
  /** What the first entry's sum goes on from. */
  readonly baseSum: number
  readonly lastIndex: number
  readonly lastSum: number
}

export const empty: State = {
  writes: 0,
  hardState: { term: 0, vote: null, commit: 0 },
  snapshotIndex: 0,
  snapshotTerm: 0,
  snapshotSum: 0,
  baseSum: 0,
  lastIndex: 0,
  lastSum: 0
}

const text = new TextEncoder()

const numbersOf = (state: State): ReadonlyArray<number> => [
  state.writes,
  state.hardState.term,
  state.hardState.commit,
  state.snapshotIndex,
  state.snapshotTerm,
  state.snapshotSum,
  state.baseSum,
  state.lastIndex,
  state.lastSum
]

export const sumOfState = (state: State): number => sumOf(numbersOf(state), text.encode(state.hardState.vote ?? ""))

/** In the order of the table's columns. */
export const valuesOf = (state: State): Array<Value> => [
  ...numbersOf(state),
  state.hardState.vote,
  sumOfState(state)
]

/** The columns, as `valuesOf` gives them. */
export const columns = [
  "writes",
  "term",
  "commitIndex",
  "snapshotIndex",
  "snapshotTerm",
  "snapshotSum",
  "baseSum",
  "lastIndex",
  "lastSum",
  "vote",
  "sum"
] as const

/** The state of a row, or null where the row is not what was written or makes no sense. */
export const stateOf = (row: Row): State | null => {
  const numbers = columns.slice(0, 9).map((name) => row[name])
  const vote = row["vote"]
  if (!numbers.every(isCount) || !(vote === null || isPeerId(vote))) return null
  const [writes, term, commit, snapshotIndex, snapshotTerm, snapshotSum, baseSum, lastIndex, lastSum] = numbers as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number
  ]
  const hardState = { term, vote, commit }
  const state: State = { writes, hardState, snapshotIndex, snapshotTerm, snapshotSum, baseSum, lastIndex, lastSum }
  const isSane = lastIndex >= snapshotIndex && (vote === null || term > 0)
  return isSane && row["sum"] === sumOfState(state) ? state : null
}
