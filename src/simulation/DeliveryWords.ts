/** What something that arrived says, for people: one line. */
import * as Chunks from "../core/udp/Chunks.ts"
import * as Packet from "../core/udp/Packet.ts"
import type { Delivery } from "../layers/virtual/VirtualNetwork.ts"
import { decodeBody, FrameError, lengthBytes } from "../protocol/Frame.ts"
import { toJson } from "../protocol/PlainData.ts"

export const wordsOf = ({ bytes, kind }: Delivery): string => {
  if (kind === "link") return `link ${datagram(bytes)}`
  return `${kind} ${body(kind === "frame" ? bytes.subarray(lengthBytes) : bytes) ?? nonsense(bytes)}`
}

const nonsense = ({ length }: Uint8Array): string => `of ${length} bytes that mean nothing`

const body = (bytes: Uint8Array): string | null => {
  try {
    return toJson(decodeBody(bytes))
  } catch (error) {
    if (!(error instanceof FrameError)) throw error
    return null
  }
}

const datagram = (bytes: Uint8Array): string => {
  const packet = Packet.parse(bytes)
  if (packet === null) return nonsense(bytes)
  if (packet._tag !== "data") return packet._tag
  const chunks = Chunks.parse(packet.body)
  if (chunks === null) return nonsense(bytes)
  return [`#${packet.number}`, ...chunks.map(chunkWords)].join(" · ")
}

const chunkWords = (chunk: Chunks.Chunk): string => {
  switch (chunk._tag) {
    case "ack": {
      const missing = chunk.missing.map(([from, to]) => from === to ? `${from}` : `${from}-${to}`)
      return `ack ${chunk.largest}${missing.length === 0 ? "" : ` without ${missing.join(", ")}`}`
    }
    case "segment":
      return `segment ${chunk.seq}${chunk.last ? ", the last" : ""} ${frames(chunk.bytes)}`
    case "fragment": {
      const whole = chunk.count === 1 ? body(chunk.bytes) : null
      return `newest ${chunk.key} ${whole ?? `${chunk.index + 1}/${chunk.count} of ${chunk.bytes.length} bytes`}`
    }
  }
}

/** The frames that a piece of a stream has whole, where it begins with one. */
const frames = (bytes: Uint8Array): string => {
  const whole: Array<string> = []
  let rest = bytes
  while (rest.length > lengthBytes) {
    const end = lengthBytes + new DataView(rest.buffer, rest.byteOffset).getUint32(0)
    const words = end <= rest.length ? body(rest.subarray(lengthBytes, end)) : null
    if (words === null) break
    whole.push(words)
    rest = rest.subarray(end)
  }
  return [...whole, ...(rest.length > 0 ? [`${rest.length} bytes`] : [])].join(" ")
}
