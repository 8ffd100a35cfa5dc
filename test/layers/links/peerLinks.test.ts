import { describe, it } from "@effect/vitest"
import { Effect, Layer, Logger, LogLevel } from "effect"
import * as Net from "node:net"
import * as BeatChannelNone from "../../../src/layers/health/BeatChannelNone.ts"
import * as PeerLinksTcp from "../../../src/layers/links/PeerLinksTcp.ts"
import * as VirtualLan from "../../../src/layers/virtual/VirtualLan.ts"
import type { VirtualSocket } from "../../../src/layers/virtual/VirtualMachine.ts"
import { idOf, RawConnection, type Wiring } from "../../../src/testing/LinkNodes.ts"
import { suite } from "../../../src/testing/PeerLinksSuite.ts"
import { JumpingClock } from "../udp/jumpingClock.ts"
import { rawOf } from "./linkNodes.ts"

const tcp: Wiring = {
  links: ({ format }) =>
    Layer.provideMerge(PeerLinksTcp.layer({ address: "127.0.0.1", port: 0, format }), BeatChannelNone.layer),
  dial: ({ address, port }) =>
    Effect.acquireRelease(
      Effect.async<RawConnection>((resume) => {
        const socket = Net.connect({ host: address, port, noDelay: true }, () => resume(Effect.succeed(raw)))
        const raw = rawOf(socket)
      }),
      (raw) => Effect.sync(() => raw.reset())
    ),
  listen: (_n, take) =>
    Effect.map(
      Effect.acquireRelease(
        Effect.async<Net.Server>((resume) => {
          const server = Net.createServer({ noDelay: true }, (socket) => take(rawOf(socket)))
          server.listen({ host: "127.0.0.1", port: 0 }, () => resume(Effect.succeed(server)))
        }),
        (server) => Effect.sync(() => server.close())
      ),
      (server) => ({ address: "127.0.0.1", port: (server.address() as Net.AddressInfo).port })
    ),
  drive: (effect) => effect
}

/** Refusals are told aloud, once; not here. */
const quiet = <A, E, R>(effect: Effect.Effect<A, E, R>) => Logger.withMinimumLogLevel(effect, LogLevel.None)

suite(
  "TCP",
  Effect.succeed(tcp),
  (name, body, timeout) => it.scopedLive(name, () => quiet(body() as never), timeout),
  describe
)

/** A raw peer that has a machine of its own on the virtual LAN. */
const rawOn = (lan: VirtualLan.VirtualLan, socket: VirtualSocket): RawConnection => {
  const raw = new RawConnection(
    (bytes) => socket.write(bytes),
    () => socket.end(),
    () => socket.reset(),
    () => lan.network.cut(socket.other.machine.peerId, socket.machine.peerId)
  )
  socket.handler = {
    receive: (chunk) => raw.receive(chunk),
    ended: (reason) => raw.end(reason),
    drained: () => {}
  }
  return raw
}

const virtual = Effect.gen(function*() {
  const lan = yield* VirtualLan.make()
  let raws = 0
  const wiring: Wiring = {
    links: () => Layer.provideMerge(lan.links, lan.beats),
    dial: (place) =>
      Effect.acquireRelease(
        Effect.async<RawConnection>((resume) => {
          const machine = lan.network.join(idOf(0xff000000 + ++raws))
          lan.network.connect(
            machine,
            place,
            (socket) => resume(Effect.succeed(rawOn(lan, socket))),
            (detail) => resume(Effect.dieMessage(detail))
          )
        }),
        (raw) => Effect.sync(() => raw.reset())
      ),
    listen: (n, take) =>
      Effect.map(
        Effect.acquireRelease(
          Effect.sync(() => lan.network.join(idOf(n))),
          (machine) => Effect.sync(() => lan.network.leave(machine))
        ),
        (machine) => {
          machine.onConnection = (socket) => take(rawOn(lan, socket))
          return machine.place
        }
      ),
    drive: (effect) => effect
  }
  return wiring
})

suite(
  "a virtual LAN",
  virtual,
  (name, body, timeout) => it.scopedLive(name, () => quiet(new JumpingClock().drive(body() as never)), timeout),
  describe
)
