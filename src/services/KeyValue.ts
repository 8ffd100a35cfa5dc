/** A key-value store that is one for all its nodes. */
import { Context, Data, type Effect } from "effect"
import type { Json } from "../protocol/KeyValue.ts"
import type { RaftLogError } from "./RaftLog.ts"

/**
 * Nothing has changed: the key has no value (`no-such-key`), or another one than was expected (`mismatch`); or the store
 * holds all that it may (`full`), and takes nothing that is larger than what it is to replace.
 */
export class KeyValueError extends Data.TaggedError("KeyValueError")<{
  readonly reason: "no-such-key" | "mismatch" | "full"
  readonly detail: string
}> {}

/**
 * Linearizable (Herlihy & Wing): each call takes effect at one moment between its beginning and its end, or, failed with
 * `unknown-outcome` or `stopped`, at any time or never. Reads may fail with any `RaftLogError`, and change nothing.
 */
export interface KeyValueService {
  readonly read: (key: Json) => Effect.Effect<Json, KeyValueError | RaftLogError>
  /** Key and value together have at most the bytes of a command of `RaftLog`. */
  readonly write: (key: Json, value: Json) => Effect.Effect<void, KeyValueError | RaftLogError>
  /** Sets a key that has the value `from`; with `create` one that has none, too. */
  readonly compareAndSet: (
    key: Json,
    from: Json,
    to: Json,
    options: { readonly create: boolean }
  ) => Effect.Effect<void, KeyValueError | RaftLogError>
}

export class KeyValue extends Context.Tag("hostless/KeyValue")<KeyValue, KeyValueService>() {}
