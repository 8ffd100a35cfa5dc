/**
 * Bytes on a stream: a 4-byte big-endian length, then that many bytes of body. A body's first byte says how the rest is
 * written: 0 MessagePack, 1 JSON (for people who debug); 2 is reserved for sealed bodies. Each frame says its own, so
 * nodes that write either understand one another. Datagrams and WebSocket messages are bodies without the length.
 */
import { Packr } from "msgpackr"
import { checkJson, checkMsgpack, FrameError, fromJson, toJson } from "./PlainData.ts"

export { depthMax, FrameError } from "./PlainData.ts"

export type Format = "msgpack" | "json"

/** The longest body on an established link: a snapshot of a large state must fit. */
export const bodyBytesMax = 4 * 1024 * 1024
/** The longest body before the handshake is over, and from a screen. */
export const strangerBodyBytesMax = 16 * 1024
export const lengthBytes = 4

const formatMsgpack = 0
const formatJson = 1

const packr = new Packr({
  useRecords: false,
  variableMapSize: true,
  int64AsType: "number",
  encodeUndefinedAsNil: true,
  copyBuffers: true
})
const utf8 = new TextEncoder()
const fromUtf8 = new TextDecoder("utf-8", { fatal: true })

/**
 * The body of a value: plain data, at most `depthMax` deep. Throws only on values that no wire takes (functions,
 * cycles); what is not plain data otherwise (dates, maps) is refused by whoever decodes it.
 */
export const encodeBody = (value: unknown, format: Format): Uint8Array => {
  const payload = format === "json" ? utf8.encode(toJson(value)) : packr.pack(value)
  const body = new Uint8Array(payload.length + 1)
  body[0] = format === "json" ? formatJson : formatMsgpack
  body.set(payload, 1)
  return body
}

/**
 * The value of a body: plain data of unknown shape, at most `depthMax` deep, to be validated by a schema. Throws
 * `FrameError`, whatever the bytes.
 */
export const decodeBody = (body: Uint8Array): unknown => {
  if (body.length < 2) throw new FrameError("empty body")
  // No `Buffer`, whose bytes would be buffers again.
  const payload = new Uint8Array(body.buffer, body.byteOffset + 1, body.length - 1)
  try {
    switch (body[0]) {
      case formatMsgpack:
        checkMsgpack(payload)
        return packr.unpack(payload)
      case formatJson:
        checkJson(payload)
        return fromJson(fromUtf8.decode(payload))
    }
  } catch (cause) {
    if (cause instanceof FrameError) throw cause
    throw new FrameError("malformed body", { cause })
  }
  throw new FrameError(`unknown format ${body[0]}`)
}

/**
 * The same body with a number in front of its fields, and nothing else encoded anew: what many are sent is encoded once,
 * and told to each by a number of its own. `body`: MessagePack, of an object with less than 15 fields and none of this
 * name, which is ASCII and shorter than 32 characters. `value`: 0 to 2³² − 1.
 */
export const withNumber = (body: Uint8Array, name: string, value: number): Uint8Array => {
  const fields = body[1]! & 0x0f
  if (body[0] !== formatMsgpack || body[1]! >> 4 !== 0x8 || fields === 15) throw new FrameError("no object's body")
  const numbered = new Uint8Array(body.length + name.length + 6)
  numbered[1] = 0x80 | (fields + 1)
  numbered[2] = 0xa0 | name.length
  utf8.encodeInto(name, numbered.subarray(3))
  const at = 3 + name.length
  numbered[at] = 0xce
  new DataView(numbered.buffer).setUint32(at + 1, value)
  numbered.set(body.subarray(2), at + 5)
  return numbered
}

export const frameOf = (body: Uint8Array): Uint8Array => {
  const frame = new Uint8Array(lengthBytes + body.length)
  new DataView(frame.buffer).setUint32(0, body.length)
  frame.set(body, lengthBytes)
  return frame
}

/** A whole frame: length and body. */
export const encodeFrame = (value: unknown, format: Format): Uint8Array => {
  const payload = format === "json" ? utf8.encode(toJson(value)) : packr.pack(value)
  const length = payload.length + 1
  const frame = new Uint8Array(lengthBytes + length)
  frame[0] = length >>> 24
  frame[1] = length >>> 16
  frame[2] = length >>> 8
  frame[3] = length
  frame[4] = format === "json" ? formatJson : formatMsgpack
  frame.set(payload, lengthBytes + 1)
  return frame
}

/**
 * Cuts a stream into bodies. A length is checked against the maximum before anything is kept for it; at most one
 * incomplete frame is held, in a buffer that grows with what has arrived, not with what is promised. After a
 * `FrameError` the splitter is of no more use.
 */
export class FrameSplitter {
  private pending = nothing
  private pendingBytes = 0

  constructor(private max: number) {}

  /** For when a stranger has become a peer. Holds for all frames after the one that is being handed over. */
  allow(max: number): void {
    this.max = max
  }

  /** All bodies that are complete with this chunk, in order. Bodies are views of the chunks, valid until they change. */
  push(chunk: Uint8Array): ReadonlyArray<Uint8Array> {
    const bodies: Array<Uint8Array> = []
    this.feed(chunk, (body) => {
      bodies.push(body)
      return true
    })
    return bodies
  }

  /**
   * Hands over each body that is complete with this chunk, in order, as long as `each` returns true. The length of the
   * next frame is looked at only after that, so that `allow` counts at once. Bodies are views as in `push`.
   */
  feed(chunk: Uint8Array, each: (body: Uint8Array) => boolean): void {
    let bytes = chunk
    if (this.pendingBytes > 0) {
      this.keep(chunk)
      if (this.pendingBytes < lengthBytes) return
      if (this.pendingBytes < lengthBytes + this.lengthAt(this.pending, 0)) return
      bytes = this.pending.subarray(0, this.pendingBytes)
      this.pending = nothing
      this.pendingBytes = 0
    }
    let at = 0
    while (bytes.length - at >= lengthBytes) {
      const length = this.lengthAt(bytes, at)
      const from = at + lengthBytes
      if (bytes.length - from < length) break
      at = from + length
      if (!each(bytes.subarray(from, at))) return
    }
    if (at < bytes.length) this.keep(at === 0 ? bytes : bytes.subarray(at))
  }

  /** Copied, so that one late byte does not keep a whole chunk alive, nor many small chunks a buffer each. */
  private keep(bytes: Uint8Array): void {
    const length = this.pendingBytes + bytes.length
    if (length > this.pending.length) {
      const grown = new Uint8Array(Math.max(length, this.pending.length * 2, 64))
      grown.set(this.pending.subarray(0, this.pendingBytes))
      this.pending = grown
    }
    this.pending.set(bytes, this.pendingBytes)
    this.pendingBytes = length
  }

  private lengthAt(bytes: Uint8Array, at: number): number {
    const length = ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
    if (length < 2) throw new FrameError(`length ${length} is too short`)
    if (length > this.max) throw new FrameError(`length ${length} is over ${this.max}`)
    return length
  }
}

const nothing = new Uint8Array(0)
