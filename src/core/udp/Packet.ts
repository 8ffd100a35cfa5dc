/**
 * Datagrams, as bytes: at most `datagramBytesMax`, numbers big-endian.
 *
 *   version 1 | kind 1 | connection id: the dialer's half 4, the acceptor's half 4 | body | CRC-32C of all before 4
 *
 * | kind | from | body |
 * |---|---|---|
 * | 1 hello | dialer, no cookie yet | as many zeros as a cookie has |
 * | 2 retry | listener | the cookie that proves the dialer's address |
 * | 3 hello | dialer | the cookie |
 * | 4 accept | listener | port 2: where the connection goes on |
 * | 5 data | both | number 6, awaited 2, chunks |
 * | 6 reset | both | none: this connection is over, or unknown here |
 *
 * No answer is longer than what it answers. The upper half of the kind is 0 while datagrams are guarded by the checksum;
 * other values are kept for a MAC in its place.
 */
import { crc32c } from "./Crc32c.ts"

export const datagramBytesMax = 1_200
export const cookieBytes = 16

const version = 1
const kinds = { hello: 1, retry: 2, claim: 3, accept: 4, data: 5, reset: 6 } as const

const headerBytes = 10
const sumBytes = 4
const handshakeBytes = headerBytes + cookieBytes + sumBytes
const acceptBytes = headerBytes + 2 + sumBytes
const resetBytes = headerBytes + sumBytes
/** Where a data packet's chunks begin, and what is around them. */
const dataHeaderBytes = headerBytes + 8
export const chunksBytesMax = datagramBytesMax - dataHeaderBytes - sumBytes

/** Both halves are random, 0 ≤ n < 2^32: who has not seen the handshake cannot speak for either end. */
export interface ConnectionId {
  readonly dialer: number
  readonly acceptor: number
}

/** A data packet. `body` is a view of the datagram: its chunks. */
export interface DataPacket {
  readonly _tag: "data"
  readonly id: ConnectionId
  /** Grows by one with each datagram of the connection, sent again or not. 0 ≤ n < 2^48. */
  readonly number: number
  /** The sender wants to hear nothing of numbers that are lower by more than this. */
  readonly awaited: number
  readonly body: Uint8Array
}

export type Packet =
  | { readonly _tag: "hello"; readonly dialer: number; readonly cookie: Uint8Array | null }
  | { readonly _tag: "retry"; readonly dialer: number; readonly cookie: Uint8Array }
  | { readonly _tag: "accept"; readonly id: ConnectionId; readonly port: number }
  | DataPacket
  | { readonly _tag: "reset"; readonly id: ConnectionId }

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** 0 ≤ n < 2^48 */
export const readUint48 = (view: DataView, at: number): number =>
  view.getUint16(at) * 0x1_0000_0000 + view.getUint32(at + 2)

export const writeUint48 = (view: DataView, at: number, value: number): void => {
  view.setUint16(at, Math.floor(value / 0x1_0000_0000))
  view.setUint32(at + 2, value >>> 0)
}

/** So many bytes, of which the header is written. */
const begun = (length: number, kind: number, dialer: number, acceptor: number): Uint8Array => {
  const bytes = new Uint8Array(length)
  const view = viewOf(bytes)
  view.setUint8(0, version)
  view.setUint8(1, kind)
  view.setUint32(2, dialer)
  view.setUint32(6, acceptor)
  return bytes
}

const sealed = (bytes: Uint8Array): Uint8Array => {
  const end = bytes.length - sumBytes
  viewOf(bytes).setUint32(end, crc32c(bytes, end))
  return bytes
}

/** The datagram of a packet that carries no data. */
export const encode = (packet: Exclude<Packet, DataPacket>): Uint8Array => {
  switch (packet._tag) {
    case "hello":
    case "retry": {
      const kind = packet._tag === "retry" ? kinds.retry : packet.cookie === null ? kinds.hello : kinds.claim
      const bytes = begun(handshakeBytes, kind, packet.dialer, 0)
      if (packet.cookie !== null) bytes.set(packet.cookie, headerBytes)
      return sealed(bytes)
    }
    case "accept": {
      const bytes = begun(acceptBytes, kinds.accept, packet.id.dialer, packet.id.acceptor)
      viewOf(bytes).setUint16(headerBytes, packet.port)
      return sealed(bytes)
    }
    case "reset":
      return sealed(begun(resetBytes, kinds.reset, packet.id.dialer, packet.id.acceptor))
  }
}

/** The datagram of a data packet with these chunks, at most `chunksBytesMax` of them. */
export const encodeData = (id: ConnectionId, number: number, awaited: number, chunks: Uint8Array): Uint8Array => {
  const bytes = begun(dataHeaderBytes + chunks.length + sumBytes, kinds.data, id.dialer, id.acceptor)
  const view = viewOf(bytes)
  writeUint48(view, headerBytes, number)
  view.setUint16(headerBytes + 6, Math.min(awaited, 0xffff))
  bytes.set(chunks, dataHeaderBytes)
  return sealed(bytes)
}

/** The packet of a datagram, or null where it is none. Never throws; keeps nothing but a view. */
export const parse = (bytes: Uint8Array): Packet | null => {
  const { length } = bytes
  if (length < resetBytes || length > datagramBytesMax || bytes[0] !== version) return null
  const kind = bytes[1]!
  if (!hasLengthOf(kind, length)) return null
  const view = viewOf(bytes)
  if (view.getUint32(length - sumBytes) !== crc32c(bytes, length - sumBytes)) return null
  const id = { dialer: view.getUint32(2), acceptor: view.getUint32(6) }
  const { dialer } = id
  switch (kind) {
    case kinds.hello:
      return { _tag: "hello", dialer, cookie: null }
    case kinds.retry:
      return { _tag: "retry", dialer, cookie: bytes.slice(headerBytes, headerBytes + cookieBytes) }
    case kinds.claim:
      return { _tag: "hello", dialer, cookie: bytes.slice(headerBytes, headerBytes + cookieBytes) }
    case kinds.accept: {
      const port = view.getUint16(headerBytes)
      return port === 0 ? null : { _tag: "accept", id, port }
    }
    case kinds.data: {
      const body = bytes.subarray(dataHeaderBytes, length - sumBytes)
      return { _tag: "data", id, number: readUint48(view, headerBytes), awaited: view.getUint16(headerBytes + 6), body }
    }
    default:
      return { _tag: "reset", id }
  }
}

const lengths: { readonly [kind: number]: number } = {
  [kinds.hello]: handshakeBytes,
  [kinds.retry]: handshakeBytes,
  [kinds.claim]: handshakeBytes,
  [kinds.accept]: acceptBytes,
  [kinds.reset]: resetBytes
}

const hasLengthOf = (kind: number, length: number): boolean =>
  kind === kinds.data ? length >= dataHeaderBytes + sumBytes : length === lengths[kind]
