/**
 * Discovery by UDP broadcast.
 *
 * One socket listens at the discovery port on all interfaces, and shares it with other nodes of this machine; it hears
 * what is broadcast. Another, at this node's address and any port, speaks, and hears the answers, which come to it alone.
 */
import { Deferred, Effect, FiberSet, Layer, Schedule } from "effect"
import type { RemoteInfo, Socket } from "node:dgram"
import { networkInterfaces } from "node:os"
import { usualPorts } from "../../protocol/Ports.ts"
import { Discovery, DiscoveryError } from "../../services/Discovery.ts"
import * as UdpSocket from "../udp/UdpSocket.ts"
import * as DiscoveryCore from "./DiscoveryCore.ts"

export interface Options {
  /** One of this machine's IPv4 addresses. From 127.x.y.z only this machine is called, else every interface's network. */
  readonly address: string
  /** The same for all nodes of a cluster. Default: `usualPorts.discovery`. */
  readonly port?: number | undefined
}

/** A socket that broke is opened again after so long. */
const reopen = Schedule.exponential("100 millis").pipe(Schedule.union(Schedule.spaced("2 seconds")), Schedule.jittered)

/** Where a call from this address reaches everybody, as of now: interfaces come and go. */
export const broadcastAddresses = (address: string): ReadonlyArray<string> => {
  if (address.startsWith("127.")) return ["127.255.255.255"]
  const infos = Object.values(networkInterfaces()).flatMap((infos) => infos ?? [])
  const outside = infos.filter(({ family, internal }) => family === "IPv4" && !internal)
  return Array.from(new Set(outside.map(({ address, netmask }) => broadcastAddress(address, netmask))))
}

/** The broadcast address of a network, e.g. 192.168.1.255 for 192.168.1.9 and 255.255.255.0. */
export const broadcastAddress = (address: string, netmask: string): string => {
  const mask = netmask.split(".").map(Number)
  return address.split(".").map((part, i) => (Number(part) | (~mask[i]! & 0xff)) & 0xff).join(".")
}

const discoveryError = (address: string, port: number, at: string, error: NodeJS.ErrnoException): DiscoveryError => {
  const because = (reason: DiscoveryError["reason"], detail: string) => new DiscoveryError({ reason, detail })
  switch (error.code) {
    case "EADDRINUSE":
    case "EACCES":
      return because(
        "port",
        `UDP port ${port} is taken by another program that does not share it. Choose another, the same for all nodes.`
      )
    case "EADDRNOTAVAIL":
      return because("address", `${address} is not an address of this machine. Choose one that is.`)
    default:
      return because("network", `Nobody can be heard at UDP ${at}: ${error.message}`)
  }
}

type Receive = (datagram: Uint8Array, from: RemoteInfo) => void

const openSockets = Effect.fnUntraced(function*(address: string, port: number, receive: Receive) {
  const broken = yield* Deferred.make<string>()
  const fail = (error: Error): void => Deferred.unsafeDone(broken, Effect.succeed(error.message))
  const opened = (socket: Socket): Socket => socket.on("message", receive).on("error", fail)
  const listener = yield* UdpSocket.open({ address: "0.0.0.0", port, shared: true }).pipe(
    Effect.mapError((error) => discoveryError(address, port, `0.0.0.0:${port}`, error))
  )
  const speaker = yield* UdpSocket.open({ address, port: 0, broadcast: true }).pipe(
    Effect.mapError((error) => discoveryError(address, port, address, error))
  )
  opened(listener)
  return { speaker: opened(speaker), broken }
})

const make = Effect.fnUntraced(function*(options: Options) {
  const { address, port = usualPorts.discovery } = options
  const run = yield* FiberSet.makeRuntime<never>()
  let speaker: Socket | null = null

  const send = (datagram: Uint8Array, to: string, toPort: number): void => {
    speaker?.send(datagram, toPort, to, (error) => {
      // An interface that is gone may come back: the next beat tries again.
      if (error !== null) run(Effect.logDebug("announcement not sent", { to, detail: error.message }))
    })
  }
  const core = yield* DiscoveryCore.make<RemoteInfo>({
    address,
    broadcast: (datagram) => {
      for (const to of broadcastAddresses(address)) send(datagram, to, port)
    },
    reply: (datagram, { address, port }) => send(datagram, address, port)
  })

  // Sockets live in turns: when one breaks, both are closed and opened anew.
  const opened = yield* Deferred.make<void, DiscoveryError>()
  const turn = Effect.scoped(Effect.gen(function*() {
    const turn = yield* openSockets(address, port, core.receive)
    speaker = turn.speaker
    yield* Deferred.succeed(opened, undefined)
    const detail = yield* Deferred.await(turn.broken).pipe(Effect.ensuring(Effect.sync(() => speaker = null)))
    yield* Effect.logWarning("discovery socket broke, opening it anew", { detail })
  }))
  const first = Effect.tapError(turn, (error) => Deferred.fail(opened, error))
  const again = Effect.tapError(turn, (error) => Effect.logDebug("discovery", { detail: error.detail }))
  yield* Effect.forkScoped(Effect.zipRight(first, Effect.repeat(Effect.ignore(again), reopen)))
  yield* Deferred.await(opened)
  return core.service
})

/** Discovery by broadcast; DiscoveryError where the port or the address cannot be had. */
export const layer = (options: Options): Layer.Layer<Discovery, DiscoveryError, DiscoveryCore.Needs> =>
  Layer.scoped(Discovery, make(options))
