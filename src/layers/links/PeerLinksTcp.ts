/** Peer links over TCP. */
import { Effect, FiberSet, Layer } from "effect"
import * as Net from "node:net"
import { usualPorts } from "../../protocol/Ports.ts"
import { Discovery, type Place } from "../../services/Discovery.ts"
import { PeerLinks } from "../../services/PeerLinks.ts"
import * as LinkDialer from "./LinkDialer.ts"
import * as LinkMesh from "./LinkMesh.ts"
import { announce, linkError, type LinkOptions, type LinksLayer, listen, nonce } from "./LinkPlace.ts"
import * as TcpWire from "./TcpWire.ts"

/** How long a closing socket may take to send what waits, in milliseconds. */
const lingerMs = 250
/** An idle connection is probed after so long, so that one that only this side believes in does not last. */
const keepAliveMs = 1_000
/** Of connections that are taken, and of those that are dialled. */
const kept = { noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs } as const

/** Every socket of this node, so that none outlives it. */
const makeSockets = Effect.gen(function*() {
  const all = new Set<Net.Socket>()
  yield* Effect.addFinalizer(() =>
    Effect.zipRight(
      // What was said at the end is on its way; this is how long it may take.
      Effect.timeoutOption(
        Effect.interruptible(Effect.forEach(all, onceClosed, { concurrency: "unbounded", discard: true })),
        lingerMs
      ),
      Effect.sync(() => {
        for (const socket of all) socket.destroy()
      })
    )
  )
  const run = yield* FiberSet.makeRuntime<never>()
  return {
    own: (socket: Net.Socket): void => {
      all.add(socket)
      socket.once("close", () => all.delete(socket))
    },
    lingerThenDestroy: (socket: Net.Socket): void => {
      run(Effect.zipRight(
        Effect.timeoutOption(onceClosed(socket), lingerMs),
        Effect.sync(() => socket.destroy())
      ))
    }
  }
})

const onceClosed = (socket: Net.Socket): Effect.Effect<void> =>
  Effect.async((resume) => {
    if (socket.closed) return resume(Effect.void)
    const done = () => resume(Effect.void)
    socket.once("close", done)
    return Effect.sync(() => socket.off("close", done))
  })

const make = Effect.fnUntraced(function*(options: LinkOptions) {
  const discovery = yield* Discovery
  const sockets = yield* makeSockets
  const server = yield* Effect.acquireRelease(
    Effect.sync(() => Net.createServer(kept)),
    (server) => Effect.sync(() => server.close())
  )
  const at = (port: number) => listen(server, options.address, port)
  const port = yield* (options.port === undefined
    ? Effect.catchIf(at(usualPorts.linksTcp), (error) => error.code === "EADDRINUSE", () => at(0))
    : at(options.port)).pipe(Effect.mapError((error) => linkError("TCP", options, error)))
  const place: Place = { address: options.address, port }
  const managed = yield* LinkMesh.make({ place, format: options.format ?? "msgpack", nonce })

  const take = (socket: Net.Socket): void => {
    sockets.own(socket)
    managed.attach("acceptor", null, (end) => TcpWire.make(socket, end, sockets.lingerThenDestroy), null)
  }
  const report = yield* FiberSet.makeRuntime<never>()
  const failed = (error: Error): void => {
    report(Effect.logWarning("a connection could not be taken", { detail: error.message }))
  }
  server.on("connection", take).on("error", failed)

  // From a loopback address only loopback can be reached; elsewhere the route decides where to dial from.
  const from = options.address.startsWith("127.") ? { localAddress: options.address } : {}
  yield* LinkDialer.run<Net.Socket>(managed, discovery, {
    connect: ({ address, port }, connected, failed) => {
      const socket = Net.connect({ host: address, port, ...kept, ...from })
      const onError = (error: Error) => failed(error.message)
      sockets.own(socket)
      socket.once("error", onError)
      socket.once("connect", () => {
        socket.off("error", onError)
        connected(socket)
      })
      return () => {
        if (socket.connecting) socket.destroy()
      }
    },
    wire: (socket, end) => TcpWire.make(socket, end, sockets.lingerThenDestroy)
  })
  yield* announce(discovery, place)
  return managed.mesh.service()
})

/** Links over TCP, as `PeerLinks` promises them; LinkError where the address or port cannot be had. */
export const layer = (options: LinkOptions): LinksLayer => Layer.scoped(PeerLinks, make(options))
