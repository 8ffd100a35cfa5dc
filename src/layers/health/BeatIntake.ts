/**
 * Datagrams to beats, the same over every transport: what is no beat for this node is counted and dropped. Behind the body
 * stand four bytes of checksum: a beat whose number was changed on its way would make those after it look old.
 */
import { Effect } from "effect"
import { crc32c } from "../../core/udp/Crc32c.ts"
import { viewOf } from "../../core/udp/Packet.ts"
import { Beat, beatBytesMax } from "../../protocol/Beat.ts"
import { protocolVersion } from "../../protocol/Discovery.ts"
import { encodeBody } from "../../protocol/Frame.ts"
import { bodyReader } from "../../protocol/Reading.ts"
import { ClusterConfig } from "../../services/ClusterConfig.ts"
import { NodeIdentity } from "../../services/NodeIdentity.ts"
import { Inbox } from "../queues/Inbox.ts"

/** The most beats that wait to be taken; more are dropped. */
const waitingMax = 1_024

const readBeat = bodyReader(Beat)

const sumBytes = 4

/** A body with its checksum. */
export const sealed = (body: Uint8Array): Uint8Array => {
  const datagram = new Uint8Array(body.length + sumBytes)
  datagram.set(body)
  viewOf(datagram).setUint32(body.length, crc32c(body, body.length))
  return datagram
}

/** The body, or null where it is not what was sent. */
const opened = (datagram: Uint8Array): Uint8Array | null => {
  const length = datagram.length - sumBytes
  if (length < 0 || viewOf(datagram).getUint32(length) !== crc32c(datagram, length)) return null
  return datagram.subarray(0, length)
}

/** The datagram of a beat. */
export const encode = (beat: Beat): Uint8Array => sealed(encodeBody(beat, "msgpack"))

export const make = Effect.gen(function*() {
  const { peerId } = yield* NodeIdentity
  const { cluster } = yield* ClusterConfig
  const inbox = new Inbox<Beat>(waitingMax)
  let rejected = 0

  const beatOf = (datagram: Uint8Array): Beat | null => {
    if (datagram.length > beatBytesMax) return null
    const body = opened(datagram)
    return body && readBeat(body)
  }

  return {
    /** One datagram, whatever it is. */
    receive: (datagram: Uint8Array): void => {
      const beat = beatOf(datagram)
      if (
        beat === null || beat.hostless !== protocolVersion || beat.cluster !== cluster || beat.to !== peerId ||
        beat.from === peerId
      ) rejected += 1
      else inbox.offer(beat)
    },
    take: inbox.take,
    rejected: Effect.sync(() => rejected)
  }
})
