/**
 * What may travel: null, booleans, numbers, strings, bytes, arrays, and records with strings as keys (`__proto__` is none:
 * to JavaScript it is no ordinary key). MessagePack has all of these; JSON has a form for bytes that people can read.
 *
 * The checks look over what has come before a parser does: what passes is plain data, not nested deeper than any message
 * of ours, with no length that there are not the bytes for. So a parser neither runs out of stack nor allocates for what is
 * only promised.
 */
import { Schema } from "effect"

/** The deepest nesting of arrays and records in a body; in JSON bytes count as a record. */
export const depthMax = 64

/** A body or length that is not as it must be. The stream behind it cannot be trusted any more. */
export class FrameError extends Error {
  readonly _tag = "FrameError"
}

/** Bytes as a part of a message. Whoever gets them may keep them: they are no view of what they came in. */
export const bytesUpTo = (bytesMax: number) =>
  Schema.Uint8ArrayFromSelf.pipe(
    Schema.filter(({ length }) => length <= bytesMax, { message: () => `at most ${bytesMax} bytes` })
  )

// --- MessagePack -----------------------------------------------------------------------------------------------------

const scalar = 0
const string = 1
const bytes = 2
const array = 3
const record = 4
/** Extensions, and what is never used. */
const refused = 5

/** By first byte: of which kind a value is, and the width of the scalar or the length that follows. */
const kinds = new Uint8Array(256)
const widths = new Uint8Array(256)
const set = (from: number, kind: number, ...following: ReadonlyArray<number>): void =>
  following.forEach((width, i) => {
    kinds[from + i] = kind
    widths[from + i] = width
  })
kinds.fill(record, 0x80, 0x90).fill(array, 0x90, 0xa0).fill(string, 0xa0, 0xc0)
set(0xc1, refused, 0)
set(0xc4, bytes, 1, 2, 4)
set(0xc7, refused, 0, 0, 0)
set(0xca, scalar, 4, 8, 1, 2, 4, 8, 1, 2, 4, 8)
set(0xd4, refused, 0, 0, 0, 0, 0)
set(0xd9, string, 1, 2, 4)
set(0xdc, array, 2, 4)
set(0xde, record, 2, 4)

/** Values still to come per level, and whether that is a record; not re-entrant, and need not be. */
const left = new Float64Array(depthMax + 2)
const records = new Uint8Array(depthMax + 2)

/** Throws `FrameError` unless the bytes are exactly one MessagePack value of plain data. */
export const checkMsgpack = (body: Uint8Array): void => {
  const end = body.length
  let at = 0
  let depth = 0
  left[0] = 1
  for (;;) {
    while (left[depth] === 0) {
      if (depth === 0) {
        if (at !== end) throw new FrameError("bytes after the value")
        return
      }
      depth -= 1
    }
    left[depth]! -= 1
    if (at >= end) throw new FrameError("cut short")
    const token = body[at++]!
    const kind = kinds[token]!
    const width = widths[token]!
    const isKey = records[depth] === 1 && (left[depth]! & 1) === 1
    if (isKey && kind !== string) throw new FrameError("a key that is no string")
    if (kind === scalar) at += width
    else if (kind === refused) throw new FrameError(`type ${token} is not taken`)
    else {
      const length = width === 0 ? token & (kind === string ? 0x1f : 0x0f) : bigEndian(body, at, width)
      at += width
      if (kind === string || kind === bytes) {
        if (isKey && length === proto.length && proto.every((byte, i) => body[at + i] === byte)) refuseProto()
        at += length
      } else {
        const children = kind === record ? length * 2 : length
        if (children > end - at) throw new FrameError("more promised than there is")
        depth += 1
        if (depth > depthMax) throw new FrameError("nested too deep")
        left[depth] = children
        records[depth] = kind === record ? 1 : 0
      }
    }
    if (at > end) throw new FrameError("cut short")
  }
}

const proto = new TextEncoder().encode("__proto__")

const refuseProto = (): never => {
  throw new FrameError("__proto__ is no key of plain data")
}

/** What the bytes lack counts as 0: the check of the whole comes after. */
const bigEndian = (bytes: Uint8Array, at: number, width: number): number => {
  let value = 0
  for (let i = 0; i < width; i++) value = value * 256 + (bytes[at + i] ?? 0)
  return value
}

// --- JSON ------------------------------------------------------------------------------------------------------------

const quote = 0x22
const backslash = 0x5c

/** Throws `FrameError` where JSON is nested too deep; whether it is JSON at all is its parser's to say. */
export const checkJson = (bytes: Uint8Array): void => {
  let depth = 0
  let inString = false
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!
    if (inString) {
      if (byte === backslash) at += 1
      else if (byte === quote) inString = false
    } else if (byte === quote) inString = true
    else if (byte === 0x5b || byte === 0x7b) {
      depth += 1
      if (depth > depthMax) throw new FrameError("nested too deep")
    } else if (byte === 0x5d || byte === 0x7d) depth -= 1
  }
}

/**
 * Plain data as JSON. Bytes are `{"$bytes":"00ff"}`, in hex. So that no record is taken for bytes, one whose only key is
 * `$bytes`, after any number of further `$`, gets one more of them: `{"$bytes":1}` is written `{"$$bytes":1}`.
 */
export const toJson = (value: unknown): string => JSON.stringify(value, written)

/** The value of JSON that `toJson` has written, or that has neither bytes nor such records. Throws where it is neither. */
export const fromJson = (text: string): unknown => read(JSON.parse(text))

const bytesKey = "$bytes"

/** The key of a record that has no other and could stand for bytes. */
const onlyKeyOf = (value: object): string | null => {
  let only: string | null = null
  for (const key in value) {
    if (only !== null || !key.endsWith(bytesKey)) return null
    only = key
  }
  if (only === null) return null
  for (let at = 0; at < only.length - bytesKey.length; at++) if (only[at] !== "$") return null
  return only
}

/** As `JSON.stringify` calls it. The holder has bytes as they are, also those that would write themselves (`Buffer`). */
function written(this: unknown, name: string, given: unknown): unknown {
  if (typeof given !== "object" || given === null) return given
  const value = (this as { readonly [name: string]: object })[name]!
  if (value instanceof Uint8Array) return { [bytesKey]: Array.from(value, hexOf).join("") }
  if (Array.isArray(value)) return value
  const key = onlyKeyOf(value)
  return key === null ? given : { [`$${key}`]: (value as { readonly [key: string]: unknown })[key] }
}

/** In place, where the value is no other. */
const read = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null) return value
  const entries = value as { [key: string]: unknown }
  for (const key in entries) {
    if (key === "__proto__") refuseProto()
    const inner = entries[key]
    if (typeof inner === "object") entries[key] = read(inner)
  }
  const key = Array.isArray(value) ? null : onlyKeyOf(value)
  if (key === null) return value
  return key === bytesKey ? fromHex(entries[key]) : { [key.slice(1)]: entries[key] }
}

const hexOf = (byte: number): string => byte.toString(16).padStart(2, "0")

const fromHex = (text: unknown): Uint8Array => {
  if (typeof text !== "string" || text.length % 2 !== 0 || /[^0-9a-f]/.test(text)) {
    throw new FrameError("bytes that are no hex")
  }
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16))
}
