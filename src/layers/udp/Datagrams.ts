/** Datagram sockets and the time that governs them: a machine's own (`DatagramsDgram`), or a virtual one's. */
import type { Mac } from "../../core/udp/AddressValidation.ts"
import type { Place } from "../../services/Discovery.ts"

export interface SocketEvents {
  /** A datagram came. Nobody else changes its bytes. */
  readonly receive: (datagram: Uint8Array, from: Place) => void
  /** Where the socket is connected to, the port is closed (ECONNREFUSED): once for each datagram that was in vain. */
  readonly refused: () => void
}

export interface DatagramSocket {
  readonly place: Place
  /** To a place, or, with null, to where it is connected. What cannot be sent now is lost. */
  readonly send: (datagram: Uint8Array, to: Place | null) => void
  /** From now on it takes datagrams from this place only. May be called again. */
  readonly connect: (to: Place, done: (error: Error | null) => void) => void
  /** Nothing is told after that. */
  readonly close: () => void
}

export interface Datagrams {
  /** An IPv4 socket, not shared with anybody; port 0: any free one. Whoever binds it closes it. */
  readonly bind: (
    place: Place,
    events: SocketEvents,
    done: (result: DatagramSocket | NodeJS.ErrnoException) => void
  ) => void
  /** Monotonic. */
  readonly nowMs: () => number
  /** Calls back after so long, or a little later, unless this ends before. */
  readonly after: (ms: number, run: () => void) => void
  /** Calls back when what has come is taken, before anything else comes. */
  readonly soon: (run: () => void) => void
  /** By chance: 0 ≤ n < 2^32. Nobody can guess it. */
  readonly uint32: () => number
  /** With a key of its own. */
  readonly mac: Mac
}
