/** Writes of one turn of the event loop, joined into one. */
import type { Socket } from "node:net"

export const joined = (socket: Socket): (bytes: Uint8Array) => void => {
  let waiting: Array<Uint8Array> = []
  const flush = (): void => {
    const all = waiting
    waiting = []
    if (!socket.destroyed) socket.write(all.length === 1 ? all[0]! : Buffer.concat(all))
  }
  return (bytes) => {
    if (waiting.push(bytes) === 1) setImmediate(flush)
  }
}
