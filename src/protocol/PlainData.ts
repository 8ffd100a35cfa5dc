/**
 * Looks over bytes before a parser does: what passes is plain data (no extension types, no binary), not nested deeper
 * than any message of ours, with no length that the bytes do not hold. So a parser neither runs out of stack nor
 * allocates for what is only promised.
 */

/** The deepest nesting of arrays and objects in a body. */
export const depthMax = 64

/** A body or length that is not as it must be. The stream behind it cannot be trusted any more. */
export class FrameError extends Error {
  readonly _tag = "FrameError"
}

/** Values still to come per level; not re-entrant, and need not be. */
const left = new Float64Array(depthMax + 2)

/** Throws `FrameError` unless the bytes are exactly one MessagePack value of plain data. */
export const checkMsgpack = (bytes: Uint8Array): void => {
  const end = bytes.length
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
    const token = bytes[at++]!
    if (token < 0x80 || token >= 0xe0) continue
    let children = -1
    let skip = 0
    if (token < 0x90) children = (token & 0x0f) * 2
    else if (token < 0xa0) children = token & 0x0f
    else if (token < 0xc0) skip = token & 0x1f
    else {
      switch (token) {
        case 0xc0: // null
        case 0xc2: // false
        case 0xc3: // true
          break
        case 0xcc: // uint8
        case 0xd0: // int8
          skip = 1
          break
        case 0xcd: // uint16
        case 0xd1: // int16
          skip = 2
          break
        case 0xca: // float32
        case 0xce: // uint32
        case 0xd2: // int32
          skip = 4
          break
        case 0xcb: // float64
        case 0xcf: // uint64
        case 0xd3: // int64
          skip = 8
          break
        case 0xd9: // str8
          skip = 1 + bigEndian(bytes, at, 1)
          break
        case 0xda: // str16
          skip = 2 + bigEndian(bytes, at, 2)
          break
        case 0xdb: // str32
          skip = 4 + bigEndian(bytes, at, 4)
          break
        case 0xdc: // array16
          children = bigEndian(bytes, at, 2)
          at += 2
          break
        case 0xdd: // array32
          children = bigEndian(bytes, at, 4)
          at += 4
          break
        case 0xde: // map16
          children = bigEndian(bytes, at, 2) * 2
          at += 2
          break
        case 0xdf: // map32
          children = bigEndian(bytes, at, 4) * 2
          at += 4
          break
        default: // binary, extensions, never used
          throw new FrameError(`type ${token} is not taken`)
      }
    }
    if (children >= 0) {
      if (children > end - at) throw new FrameError("more promised than there is")
      depth += 1
      if (depth > depthMax) throw new FrameError("nested too deep")
      left[depth] = children
    } else {
      at += skip
      if (at > end) throw new FrameError("cut short")
    }
  }
}

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

/** What the bytes lack counts as 0: the check of the whole comes after. */
const bigEndian = (bytes: Uint8Array, at: number, width: 1 | 2 | 4): number => {
  let value = 0
  for (let i = 0; i < width; i++) value = value * 256 + (bytes[at + i] ?? 0)
  return value
}
