/** Peers that speak bytes of their own over UDP, and may stop reading or die. */
import { Effect, type Scope } from "effect"
import type { Datagrams, DatagramSocket } from "../layers/udp/Datagrams.ts"
import type { UdpConnection } from "../layers/udp/UdpConnection.ts"
import * as UdpEndpoint from "../layers/udp/UdpEndpoint.ts"
import type { Place } from "../services/Discovery.ts"
import { RawConnection } from "./LinkNodes.ts"

/** A process's sockets. */
export interface Mortal {
  readonly datagrams: Datagrams
  /** It takes nothing that comes any more. */
  readonly pause: () => void
  /** It takes and says nothing any more, and its ports stay open. */
  readonly freeze: () => void
  /** It is gone without a word. */
  readonly die: () => void
}

export const mortal = (datagrams: Datagrams): Mortal => {
  const sockets = new Set<DatagramSocket>()
  let reads = true
  let speaks = true
  return {
    datagrams: {
      ...datagrams,
      bind: (place, { receive, refused }, done) => {
        const events = {
          receive: (datagram: Uint8Array, from: Place) => {
            if (reads) receive(datagram, from)
          },
          refused: () => {
            if (reads) refused()
          }
        }
        datagrams.bind(place, events, (result) => {
          if (result instanceof Error) return done(result)
          sockets.add(result)
          done({
            place: result.place,
            send: (datagram, to) => {
              if (speaks) result.send(datagram, to)
            },
            connect: result.connect,
            close: result.close
          })
        })
      }
    },
    pause: () => {
      reads = false
    },
    freeze: () => {
      reads = false
      speaks = false
    },
    die: () => {
      reads = false
      for (const socket of sockets) socket.close()
    }
  }
}

const rawOf = (connection: UdpConnection, reset: () => void, pause: () => void): RawConnection => {
  const raw = new RawConnection((bytes) => connection.write(bytes), () => connection.end(), reset, pause)
  connection.handler = {
    receive: (chunk) => raw.receive(chunk),
    message: () => {},
    drained: () => {},
    ended: (reason) => {
      raw.end(reason === "closed" ? "closed" : "reset")
      connection.destroy()
    }
  }
  return raw
}

const endpointOf = (datagrams: Datagrams, address: string) =>
  Effect.orDie(UdpEndpoint.make(datagrams, { address, port: 0, dialFrom: address, connected: true }))

export interface Dialled {
  readonly raw: RawConnection
  readonly connection: UdpConnection
}

/** Dials a node from a process of its own. */
export const dialled = (
  { datagrams, die, pause }: Mortal,
  address: string,
  to: Place
): Effect.Effect<Dialled, never, Scope.Scope> =>
  Effect.gen(function*() {
    const endpoint = yield* endpointOf(datagrams, address)
    return yield* Effect.acquireRelease(
      Effect.async<Dialled>((resume) => {
        endpoint.dial(
          to,
          (connection) => resume(Effect.succeed({ raw: rawOf(connection, die, pause), connection })),
          (detail) => resume(Effect.dieMessage(detail))
        )
      }),
      ({ raw }) => Effect.sync(() => raw.reset())
    )
  })

export const dial = (...args: Parameters<typeof dialled>): Effect.Effect<RawConnection, never, Scope.Scope> =>
  Effect.map(dialled(...args), ({ raw }) => raw)

/** Takes connections. */
export const listen = (
  { datagrams, pause }: Mortal,
  address: string,
  take: (raw: RawConnection) => void
): Effect.Effect<Place, never, Scope.Scope> =>
  Effect.map(endpointOf(datagrams, address), (endpoint) => {
    endpoint.listen((connection) => take(rawOf(connection, () => connection.destroy(), pause)))
    return endpoint.place
  })
