/** What the storage and its thread say to each other: one request, one answer, one at a time. */
import { Packr } from "msgpackr"
import type { Stored } from "../../core/raft/Entry.ts"
import type { RaftStorageError, StoredWrite } from "../../services/RaftStorage.ts"

export type Request =
  | { readonly _tag: "load" }
  /** A list of writes, as `packed` makes it. */
  | { readonly _tag: "write"; readonly writes: Uint8Array }
  | { readonly _tag: "close" }

export type Answer =
  | { readonly _tag: "loaded"; readonly stored: Stored | null }
  | { readonly _tag: "written" }
  | { readonly _tag: "closed" }
  | { readonly _tag: "refused"; readonly reason: RaftStorageError["reason"]; readonly detail: string }
  /** The caller's mistake, or this program's. */
  | { readonly _tag: "broken"; readonly detail: string }

const packr = new Packr()

/** In memory of its own, to be handed over: a copy of each entry would take along all the memory that it is a part of. */
export const packed = (writes: ReadonlyArray<StoredWrite>): Uint8Array<ArrayBuffer> => {
  const plain = writes.map(({ entries, hardState, keepTo, snapshot }) => ({ entries, hardState, keepTo, snapshot }))
  return new Uint8Array(packr.pack(plain))
}

export const unpacked = (bytes: Uint8Array): ReadonlyArray<StoredWrite> => packr.unpack(bytes)
