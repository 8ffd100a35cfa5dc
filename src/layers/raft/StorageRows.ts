/**
 * What a row of the database holds, and the sums that tell a damaged one.
 *
 * The sums are a chain: each entry's covers the one before it, so that the last vouches for the whole log, and no row of
 * an older log can stand among those of a newer one.
 */
import type { Entry, Snapshot } from "../../core/raft/Entry.ts"
import { crc32c } from "../../core/udp/Crc32c.ts"
import { PeerId } from "../../protocol/Ids.ts"
import { Configuration } from "../../protocol/Raft.ts"
import { guard } from "../../protocol/Validation.ts"

/** What SQLite gives for a column. */
export type Value = number | bigint | string | Uint8Array | null
export type Row = Readonly<Record<string, Value>>

const kinds = ["command", "empty", "configuration"] as const
const nothing = new Uint8Array(0)
const text = new TextEncoder()

/** A sum over numbers (whole, from 0) and bytes, in this order. */
export const sumOf = (numbers: ReadonlyArray<number>, bytes: Uint8Array): number => {
  const head = numbers.length * 8
  const all = new Uint8Array(head + bytes.length)
  const view = new DataView(all.buffer)
  numbers.forEach((number, i) => view.setFloat64(i * 8, number))
  all.set(bytes, head)
  return crc32c(all, all.length)
}

export const isPeerId = guard(PeerId)
const isConfiguration = guard(Configuration)

/** Whole, from 0. */
export const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

export const textOf = ({ autoLeave, learners, learnersNext, outgoing, voters }: Configuration): string =>
  JSON.stringify({ voters, outgoing, learners, learnersNext, autoLeave })

/** Null where it is none. */
export const configurationOf = (json: string): Configuration | null => {
  try {
    const value: unknown = JSON.parse(json)
    return isConfiguration(value) ? value : null
  } catch {
    return null
  }
}

/** `before`: the sum of the entry before, or of what stands in its place. */
export const columnsOf = (entry: Entry, before: number) => {
  const data = entry._tag === "command"
    ? entry.data
    : entry._tag === "empty"
    ? nothing
    : text.encode(textOf(entry.configuration))
  const kind = kinds.indexOf(entry._tag)
  return { kind, data, sum: sumOf([before, entry.index, entry.term, kind], data) }
}

/** The entry of a row, or null where the row is not what was written. */
export const entryOf = ({ data, id, kind, sum, term }: Row, before: number): Entry | null => {
  const isWhole = isCount(id) && isCount(term) && isCount(kind) && data instanceof Uint8Array &&
    sum === sumOf([before, id, term, kind], data)
  if (!isWhole) return null
  switch (kinds[kind]) {
    case "command":
      return { _tag: "command", index: id, term, data }
    case "empty":
      return { _tag: "empty", index: id, term }
    case "configuration": {
      const configuration = configurationOf(Buffer.from(data).toString())
      return configuration === null ? null : { _tag: "configuration", index: id, term, configuration }
    }
    default:
      return null
  }
}

export const sumOfSnapshot = ({ configuration, data, index, term }: Snapshot): number =>
  sumOf([index, term, crc32c(data, data.length)], text.encode(textOf(configuration)))

/** The snapshot of a row, or null where the row is not what was written. */
export const snapshotOf = ({ configuration: json, data, position, sum, term }: Row): Snapshot | null => {
  if (!isCount(position) || !isCount(term) || typeof json !== "string" || !(data instanceof Uint8Array)) return null
  const configuration = configurationOf(json)
  if (configuration === null) return null
  const snapshot: Snapshot = { index: position, term, configuration, data }
  return sum === sumOfSnapshot(snapshot) ? snapshot : null
}
