/** What is TCP's own: ports, addresses, processes, handles. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawn } from "node:child_process"
import * as Net from "node:net"
import * as PeerLinksTcp from "../../../src/layers/links/PeerLinksTcp.ts"
import { protocolVersion } from "../../../src/protocol/Discovery.ts"
import { usualPorts } from "../../../src/protocol/Ports.ts"
import { downOf, idOf, introductionOf, linkedTo, shake, World } from "../../../src/testing/LinkNodes.ts"
import { rawOf, wiringOf } from "./linkNodes.ts"
import { describeLinksOf } from "./realLinks.ts"

const wiring = wiringOf(PeerLinksTcp.layer)

/** A program that is not ours, at a port. */
const listener = (host: string, port = 0) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.async<Net.Server, Error>((resume) => {
        const server = Net.createServer((socket) => socket.destroy())
        server.once("error", (error) => resume(Effect.fail(error)))
        server.listen({ host, port }, () => resume(Effect.succeed(server)))
      }),
      (server) => Effect.sync(() => server.close())
    ),
    (server) => (server.address() as Net.AddressInfo).port
  )

/** A peer in a process of its own: makes its handshake, and then nothing but wait for its end. */
const foreignPeer = (place: { readonly address: string; readonly port: number }) => `
  const net = require("node:net")
  const frame = (value) => {
    const body = Buffer.concat([Buffer.of(1), Buffer.from(JSON.stringify(["handshake", value]))])
    const length = Buffer.alloc(4)
    length.writeUInt32BE(body.length)
    return Buffer.concat([length, body])
  }
  const me = { version: ${protocolVersion}, cluster: "test", game: "none", gameVersion: 1, peerId: "${
  idOf(1)
}", incarnation: 0,
    name: "foreign", address: "127.0.0.1", beatPort: null, clientPort: null, page: null, preempts: true, nonce: "${
  "ab".repeat(16)
}",
    auth: "none" }
  const socket = net.connect(${place.port}, "${place.address}", () => socket.write(frame({ _tag: "hello", me })))
  socket.once("data", (data) => {
    const [, welcome] = JSON.parse(data.subarray(5))
    socket.write(frame({ _tag: "confirm", nonce: welcome.me.nonce, proof: null }))
  })
`

describe("a port", () => {
  it.scopedLive("that is asked for and taken is an error that says so", () =>
    Effect.gen(function*() {
      const port = yield* listener("127.0.0.1")
      const error = yield* Effect.flip(new World(wiring(() => ({ address: "127.0.0.1", port }))).node({ n: 1 }))
      assert.strictEqual(error.reason, "port")
      assert.include(error.detail, String(port))
      assert.include(error.detail, "Choose another")
    }))

  it.scopedLive("that is taken matters not where none is asked for", () =>
    Effect.gen(function*() {
      // Taken by this test, unless another program has it anyway.
      yield* Effect.ignore(listener("127.0.0.77", usualPorts.linksTcp))
      const world = new World(wiring(() => ({ address: "127.0.0.77" })))
      const node = yield* world.node({ n: 1 })
      assert.notStrictEqual(node.links.place.port, usualPorts.linksTcp)
      const other = yield* new World(wiring(() => ({ address: "127.0.0.78" }))).node({ n: 2 })
      assert.strictEqual(other.links.place.port, usualPorts.linksTcp)
    }))
})

describeLinksOf(wiring, "127.0.1")

describe("a process", () => {
  it.scopedLive("that is killed is down at once", () =>
    Effect.gen(function*() {
      const world = new World(wiring(() => ({ address: "127.0.0.1", port: 0, format: "json" })))
      const node = yield* world.node({ n: 9 })
      const child = yield* Effect.acquireRelease(
        Effect.sync(() => spawn(process.execPath, ["-e", foreignPeer(node.links.place)], { stdio: "inherit" })),
        (child) => Effect.sync(() => child.kill("SIGKILL"))
      )
      yield* linkedTo(node, 1)
      const before = performance.now()
      child.kill("SIGKILL")
      const reason = yield* downOf(node, 1)
      assert.include(["closed", "reset"], reason)
      assert.isBelow(performance.now() - before, 2_000)
    }), 20_000)

  it.scopedLive("stops soon, though a peer neither reads nor closes", () =>
    Effect.gen(function*() {
      const world = new World(wiring(() => ({ address: "127.0.0.1", port: 0 })))
      const node = yield* world.node({ n: 9 })
      const socket = yield* Effect.acquireRelease(
        Effect.async<Net.Socket>((resume) => {
          const options = { host: "127.0.0.1", port: node.links.place.port, allowHalfOpen: true }
          const socket = Net.connect(options, () => resume(Effect.succeed(socket)))
        }),
        (socket) => Effect.sync(() => socket.destroy())
      )
      yield* shake(rawOf(socket), introductionOf(1))
      yield* linkedTo(node, 1)
      socket.pause()
      const before = performance.now()
      yield* node.stop
      assert.isBelow(performance.now() - before, 3_000)
    }))
})
