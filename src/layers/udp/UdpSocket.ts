/** `node:dgram` sockets in scope. */
import { Effect, type Scope } from "effect"
import { createSocket, type Socket, type SocketOptions } from "node:dgram"

export interface Options {
  readonly address: string
  /** 0: any free one. */
  readonly port: number
  /** Several sockets may share the port: each gets what is broadcast to it. Default: no. */
  readonly shared?: boolean
  readonly broadcast?: boolean
}

/** Only numeric addresses are sent to; without a look-up a datagram leaves at once. */
export const asItIs: NonNullable<SocketOptions["lookup"]> = (address, _options, callback) => callback(null, address, 4)

/** An IPv4 socket, bound, closed with the scope. Its errors after that must be listened to. */
export const open = (options: Options): Effect.Effect<Socket, NodeJS.ErrnoException, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.async<Socket, NodeJS.ErrnoException>((resume) => {
      const socket = createSocket({ type: "udp4", reuseAddr: options.shared === true, lookup: asItIs })
      const failed = (error: NodeJS.ErrnoException) => {
        socket.close()
        resume(Effect.fail(error))
      }
      socket.once("error", failed)
      socket.bind({ address: options.address, port: options.port, exclusive: options.shared !== true }, () => {
        socket.off("error", failed)
        if (options.broadcast === true) socket.setBroadcast(true)
        resume(Effect.succeed(socket))
      })
    }),
    (socket) =>
      Effect.async<void>((resume) => void socket.removeAllListeners("message").close(() => resume(Effect.void)))
  )
