/** The commands of a replicated key-value store. Keys and values are any JSON. */
import { Schema } from "effect"

export type Json =
  | null
  | boolean
  | number
  | string
  | ReadonlyArray<Json>
  | { readonly [name: string]: Json }

/** Whether plain data is JSON: a number such as 1e999 parses to what JSON cannot write down again. */
const isJson = (value: unknown): value is Json => {
  switch (typeof value) {
    case "number":
      return Number.isFinite(value)
    case "object":
      return value === null || (Array.isArray(value) ? value : Object.values(value)).every(isJson)
    default:
      return typeof value === "string" || typeof value === "boolean"
  }
}

export const Json = Schema.Unknown.pipe(
  Schema.filter((value): value is Json => isJson(value), { message: () => "is missing, or not JSON" })
)

export const Write = Schema.TaggedStruct("write", { key: Json, value: Json })

/** Sets a key that has this value. `create`: one that has none, too. */
export const CompareAndSet = Schema.TaggedStruct("cas", { key: Json, from: Json, to: Json, create: Schema.Boolean })

export const Operation = Schema.Union(Write, CompareAndSet)
export type Operation = typeof Operation.Type

/** `full`: the store takes no more; `not-understood`: the command is none. But for `done` nothing has changed. */
export const Result = Schema.Literal("done", "no-such-key", "mismatch", "full", "not-understood")
export type Result = typeof Result.Type
