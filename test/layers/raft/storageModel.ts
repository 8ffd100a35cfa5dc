/** What a storage has to give back; and histories of writes to try it with. Without Effect: children load it too. */
import { initial } from "../../../src/core/raft/Configuration.ts"
import type { Entry, Snapshot, Stored } from "../../../src/core/raft/Entry.ts"
import type { PeerId } from "../../../src/protocol/Ids.ts"
import type { StoredWrite } from "../../../src/services/RaftStorage.ts"

/** A node's id of a small number. */
export const idOf = (n: number): PeerId => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}` as PeerId

const noSnapshot: Snapshot = { index: 0, term: 0, configuration: initial([]), data: new Uint8Array(0) }
const nothing: Stored = { hardState: { term: 0, vote: null, commit: 0 }, snapshot: noSnapshot, entries: [] }

/** What is there after one more write. */
export const applied = (stored: Stored | null, write: StoredWrite): Stored => {
  const before = stored ?? nothing
  const snapshot = write.snapshot ?? before.snapshot
  const kept = before.entries.filter(({ index }) => index > snapshot.index && index <= write.keepTo)
  return { hardState: write.hardState ?? before.hardState, snapshot, entries: [...kept, ...write.entries] }
}

/** After each number of groups of writes, from none on. */
export const statesOf = (groups: ReadonlyArray<ReadonlyArray<StoredWrite>>): ReadonlyArray<Stored | null> => {
  const states: Array<Stored | null> = [null]
  for (const group of groups) states.push(group.reduce(applied, states[states.length - 1]!))
  return states
}

export const lastIndexOf = (stored: Stored | null): number =>
  stored === null ? 0 : stored.entries[stored.entries.length - 1]?.index ?? stored.snapshot.index

/** Bytes that tell where they belong, part of a larger memory as those of a frame are. */
export const bytesOf = (length: number, seed: number): Uint8Array =>
  Uint8Array.from({ length: length + 7 }, (_, i) => i * 31 + seed * 17).subarray(5, 5 + length)

const entryOf = (index: number, term: number, choice: number): Entry => {
  if (choice % 7 === 0) return { _tag: "empty", index, term }
  if (choice % 11 === 0) return { _tag: "configuration", index, term, configuration: initial([1, 2, choice].map(idOf)) }
  return { _tag: "command", index, term, data: bytesOf(choice % 13 === 0 ? 9_000 : choice % 90, index + term) }
}

/** The write that a number stands for: entries, a new term with a vote, a cut-off end, or a snapshot. */
export const writeOf = (stored: Stored | null, choice: number): StoredWrite => {
  const { hardState, snapshot } = stored ?? nothing
  const last = lastIndexOf(stored)
  const term = Math.max(1, hardState.term)
  const some = (from: number, term: number) =>
    Array.from({ length: 1 + choice % 4 }, (_, i) => entryOf(from + 1 + i, term, choice + i))
  switch (choice % 5) {
    case 0: {
      const vote = choice % 3 === 0 ? null : idOf(1 + choice % 9)
      const hardState = { term: term + 1, vote, commit: snapshot.index }
      return { hardState, snapshot: null, keepTo: last, entries: [] }
    }
    case 1: {
      const keepTo = Math.max(snapshot.index, last - choice % 6)
      const hardState = { term: term + 1, vote: idOf(3), commit: snapshot.index }
      return { hardState, snapshot: null, keepTo, entries: some(keepTo, term + 1) }
    }
    case 2: {
      // Often one of this node's own state; sometimes a leader's, past all that is here.
      const index = choice % 4 === 0 ? last + 3 : Math.min(last, snapshot.index + choice % 8)
      const configuration = initial([1, 2, 3].map(idOf))
      const data = bytesOf(choice % 3 === 0 ? 20_000 : choice % 50, index)
      const hardState = { term, vote: stored?.hardState.vote ?? null, commit: index }
      const isNew = index > snapshot.index || index === 0
      const next: Snapshot | null = isNew ? { index, term, configuration, data } : null
      return { hardState, snapshot: next, keepTo: Math.max(last, index), entries: [] }
    }
    default: {
      const now = { term, vote: stored?.hardState.vote ?? null, commit: snapshot.index }
      return { hardState: now, snapshot: null, keepTo: last, entries: some(last, term) }
    }
  }
}

/** Groups of writes, each of which follows on those before. */
export const historyOf = (
  choices: ReadonlyArray<ReadonlyArray<number>>
): ReadonlyArray<ReadonlyArray<StoredWrite>> => {
  let stored: Stored | null = null
  return choices.map((group) =>
    group.map((choice) => {
      const write = writeOf(stored, choice)
      stored = applied(stored, write)
      return write
    })
  )
}

/** One that has everything in it. */
export const someHistory = (groups: number): ReadonlyArray<ReadonlyArray<StoredWrite>> =>
  historyOf(Array.from({ length: groups }, (_, i) => Array.from({ length: 1 + i % 3 }, (_, k) => 4 + i * 29 + k * 7)))
