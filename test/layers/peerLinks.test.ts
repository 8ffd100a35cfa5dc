import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, TestClock } from "effect"
import * as Net from "node:net"
import * as BeatChannelNone from "../../src/layers/BeatChannelNone.ts"
import * as PeerLinksTcp from "../../src/layers/PeerLinksTcp.ts"
import * as VirtualLan from "../../src/layers/VirtualLan.ts"
import { VirtualSocket } from "../../src/layers/VirtualNetwork.ts"
import { idOf, RawConnection, rawOf, type Wiring } from "./linkNodes.ts"
import { type Runner, suite } from "./peerLinksConformance.ts"

const tcp: Wiring = {
  name: "TCP",
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

const liveRunner: Runner = (name, body, timeout) => it.live(name, () => Effect.scoped(body() as never), timeout)

suite(tcp, liveRunner)
