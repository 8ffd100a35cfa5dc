/**
 * A store of values by key, both any JSON, as a plain state machine: what it holds depends on nothing but the operations
 * and their order. Values are equal when their JSON says the same, whatever the order of names.
 */
import type { Json, Operation, Result } from "../../protocol/KeyValue.ts"
import { canonical } from "./CanonicalJson.ts"

/** The most characters of all keys and values, so that a snapshot keeps below its bound: three bytes each, at most. */
export const charactersMax = 16 * 1024 * 1024

/** What stands around an entry in a snapshot. */
const entryCharacters = "[,],".length

export class Store {
  /** By the canonical text of the key, that of the value. */
  private values = new Map<string, string>()
  private characters = 0

  /** `max`: characters; see `charactersMax`. */
  constructor(private readonly max: number = charactersMax) {}

  /** Undefined: there is no such key. */
  read(key: Json): Json | undefined {
    const value = this.values.get(canonical(key))
    return value === undefined ? undefined : JSON.parse(value) as Json
  }

  apply(operation: Operation): Result {
    const key = canonical(operation.key)
    if (operation._tag === "write") return this.set(key, canonical(operation.value))
    const present = this.values.get(key)
    if (present === undefined ? !operation.create : present !== canonical(operation.from)) {
      return present === undefined ? "no-such-key" : "mismatch"
    }
    return this.set(key, canonical(operation.to))
  }

  /** All that it holds, as JSON: a list of pairs. */
  snapshot(): string {
    return `[${Array.from(this.values, ([key, value]) => `[${key},${value}]`).join(",")}]`
  }

  /** Holds what that one held, and nothing else. Throws on a text that is no snapshot, and holds what it held then. */
  restore(snapshot: string): void {
    const values = new Map<string, string>()
    let characters = 0
    for (const [key, value] of JSON.parse(snapshot) as ReadonlyArray<readonly [Json, Json]>) {
      const entry = [canonical(key), canonical(value)] as const
      values.set(...entry)
      characters += sizeOf(...entry)
    }
    this.values = values
    this.characters = characters
  }

  private set(key: string, value: string): Result {
    const present = this.values.get(key)
    const characters = this.characters + sizeOf(key, value) - (present === undefined ? 0 : sizeOf(key, present))
    if (characters > this.max) return "full"
    this.characters = characters
    this.values.set(key, value)
    return "done"
  }
}

const sizeOf = (key: string, value: string): number => key.length + value.length + entryCharacters
