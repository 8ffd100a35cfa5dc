/**
 * Bytes on a stream: a 4-byte big-endian length, then that many bytes of body. A body's first byte says how the rest is
 * written: 0 MessagePack, 1 JSON (for people who debug); 2 is reserved for sealed bodies. Each frame says its own, so
 * nodes that write either understand one another. Datagrams and WebSocket messages are bodies without the length.
 */
import { Packr } from "msgpackr"

export type Format = "msgpack" | "json"

/** The longest body on an established link: a snapshot of a large state must fit. */
export const bodyBytesMax = 4 * 1024 * 1024
/** The longest body before the handshake is over, and from a screen. */
export const strangerBodyBytesMax = 16 * 1024
export const lengthBytes = 4

const formatMsgpack = 0
const formatJson = 1

/** A body or length that is not as it must be. The stream behind it cannot be trusted any more. */
export class FrameError extends Error {
  readonly _tag = "FrameError"
}

const packr = new Packr({ useRecords: false, variableMapSize: true, int64AsType: "number" })
const utf8 = new TextEncoder()
const fromUtf8 = new TextDecoder("utf-8", { fatal: true })

/** The body of a value. Throws only on values that no wire takes (functions, cycles). */
export const encodeBody = (value: unknown, format: Format): Uint8Array => {
  const payload = format === "json" ? utf8.encode(JSON.stringify(value)) : packr.pack(value)
  const body = new Uint8Array(payload.length + 1)
  body[0] = format === "json" ? formatJson : formatMsgpack
  body.set(payload, 1)
  return body
}

/** The value of a body: plain data of unknown shape, to be validated by a schema. Throws `FrameError`. */
export const decodeBody = (body: Uint8Array): unknown => {
  if (body.length < 2) throw new FrameError("empty body")
  try {
    switch (body[0]) {
      case formatMsgpack:
        return packr.unpack(body.subarray(1))
      case formatJson:
        return JSON.parse(fromUtf8.decode(body.subarray(1)))
    }
  } catch (cause) {
    throw new FrameError("malformed body", { cause })
  }
  throw new FrameError(`unknown format ${body[0]}`)
}

/** A whole frame: length and body. */
export const encodeFrame = (value: unknown, format: Format): Uint8Array => {
  const payload = format === "json" ? utf8.encode(JSON.stringify(value)) : packr.pack(value)
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
 * incomplete frame is held. After a `FrameError` the splitter is of no more use.
 */
export class FrameSplitter {
  private pending: Array<Uint8Array> = []
  private pendingBytes = 0

  constructor(private max: number) {}

  /** For when a stranger has become a peer. */
  allow(max: number): void {
    this.max = max
  }

  /** All bodies that are complete with this chunk, in order. Bodies are views of the chunks, valid until they change. */
  push(chunk: Uint8Array): ReadonlyArray<Uint8Array> {
    let bytes = chunk
    if (this.pendingBytes > 0) {
      this.pending.push(chunk)
      this.pendingBytes += chunk.length
      const needed = this.needed()
      if (this.pendingBytes < needed) return []
      bytes = this.joined()
    }
    const bodies: Array<Uint8Array> = []
    let at = 0
    while (bytes.length - at >= lengthBytes) {
      const length = this.lengthAt(bytes, at)
      if (bytes.length - at - lengthBytes < length) break
      bodies.push(bytes.subarray(at + lengthBytes, at + lengthBytes + length))
      at += lengthBytes + length
    }
    if (at < bytes.length) {
      // Copied, so that one late byte does not keep a whole chunk alive.
      this.pending = [bytes.slice(at)]
      this.pendingBytes = bytes.length - at
    }
    return bodies
  }

  private needed(): number {
    if (this.pendingBytes < lengthBytes) return lengthBytes
    if (this.pending[0]!.length < lengthBytes) this.pending = [concat(this.pending, this.pendingBytes)]
    return lengthBytes + this.lengthAt(this.pending[0]!, 0)
  }

  private joined(): Uint8Array {
    const bytes = this.pending.length === 1 ? this.pending[0]! : concat(this.pending, this.pendingBytes)
    this.pending = []
    this.pendingBytes = 0
    return bytes
  }

  private lengthAt(bytes: Uint8Array, at: number): number {
    const length = ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
    if (length < 2) throw new FrameError(`length ${length} is too short`)
    if (length > this.max) throw new FrameError(`length ${length} is over ${this.max}`)
    return length
  }
}

const concat = (parts: ReadonlyArray<Uint8Array>, length: number): Uint8Array => {
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
