/** A connection over datagrams as a link's wire. */
import { lengthBytes } from "../../protocol/Frame.ts"
import type { UdpConnection } from "../udp/UdpConnection.ts"
import type { LinkEnd, Wire } from "./Link.ts"

/** The key of the newest-wins channel that hints go by. */
const hintKey = 0

/**
 * Hints go by the newest-wins channel, past whatever waits, the newest alone where several do; all else by the stream.
 * While that is full, frames wait in the outbox, so its bound is the peer's.
 */
export const make = (connection: UdpConnection, end: LinkEnd): Wire => {
  const flush = (): void => {
    for (const frame of end.outbox.takeHints()) {
      if (!connection.post(hintKey, frame.subarray(lengthBytes))) connection.write(frame)
    }
    if (connection.isFull) return
    for (const frame of end.outbox.takeAll()) connection.write(frame)
  }
  connection.handler = {
    receive: (chunk) => end.receive(chunk),
    message: (_key, body) => end.receiveHint(body),
    drained: flush,
    ended: (reason, detail) => end.ended(reason === "silent" ? "abandoned" : reason, detail)
  }
  return {
    remote: connection.remote,
    wake: flush,
    end: () => {
      for (const frame of end.outbox.takeAll()) connection.write(frame)
      connection.end()
    },
    destroy: () => connection.destroy()
  }
}
