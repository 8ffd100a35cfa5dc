/** A plain TCP socket as a connection of the relay. */
import type { Socket } from "node:net"
import type { Wire, WireEnd } from "./RelayWire.ts"

/** A machine that is gone without a word is asked after so long by the system itself, and given up ten seconds later. */
const keepAliveMs = 5_000

export interface TcpWire extends Wire {
  /** Lets go of the socket, which goes on as something else: nothing done with this wire touches it any more. */
  readonly release: () => void
}

export const make = (socket: Socket, end: WireEnd): TcpWire => {
  let error: Error | null = null
  let released = false
  const listeners = {
    data: end.received,
    drain: end.drained,
    error: (cause: Error) => {
      error = cause
    },
    end: () => end.closed("closed", "closed by the other side"),
    close: () => end.closed(error === null ? "closed" : "reset", error?.message ?? "closed")
  }
  const names = Object.keys(listeners) as ReadonlyArray<keyof typeof listeners>
  socket.setNoDelay(true)
  socket.setKeepAlive(true, keepAliveMs)
  for (const name of names) socket.on(name, listeners[name])
  return {
    remote: `${socket.remoteAddress}:${socket.remotePort}`,
    write: (lines) => {
      if (released || socket.destroyed || socket.writableEnded) return true
      return socket.write(lines.length === 1 ? lines[0]! : Buffer.concat(lines))
    },
    ask: null,
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    end: () => {
      if (released) return
      socket.end()
      // What it still sends is read and thrown away: otherwise its end would never be seen.
      socket.resume()
    },
    destroy: () => {
      if (!released) socket.destroy()
    },
    release: () => {
      released = true
      for (const name of names) socket.off(name, listeners[name])
    }
  }
}
