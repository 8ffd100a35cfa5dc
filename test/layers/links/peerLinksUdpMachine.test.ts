/** What is UDP's own: ports, addresses, processes, handles. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawn } from "node:child_process"
import { createSocket, type Socket } from "node:dgram"
import * as PeerLinksUdp from "../../../src/layers/links/PeerLinksUdp.ts"
import * as DatagramsDgram from "../../../src/layers/udp/DatagramsDgram.ts"
import { protocolVersion } from "../../../src/protocol/Discovery.ts"
import { encodeBody } from "../../../src/protocol/Frame.ts"
import { usualPorts } from "../../../src/protocol/Ports.ts"
import * as UdpRaw from "../../../src/testing/DatagramPeers.ts"
import { bytes, probe, rejected } from "../../../src/testing/LinkMessages.ts"
import { downOf, idOf, introductionOf, linkedTo, receive, shake, World } from "../../../src/testing/LinkNodes.ts"
import { children } from "../../setup/children.ts"
import { wiringOf } from "./linkNodes.ts"
import { describeLinksOf } from "./realLinks.ts"

const wiring = wiringOf(PeerLinksUdp.layer)

/** A program that is not ours, at a port. */
const listener = (address: string, port = 0) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.async<Socket, Error>((resume) => {
        const socket = createSocket("udp4")
        socket.once("error", (error) => resume(Effect.fail(error)))
        socket.bind({ address, port, exclusive: true }, () => resume(Effect.succeed(socket)))
      }),
      (socket) => Effect.sync(() => socket.close())
    ),
    (socket) => socket.address().port
  )

const script = children()("udpLinkChild")

/** A node in a process of its own; its port, as soon as it has one. */
const child = (...rest: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const process = yield* Effect.acquireRelease(
      Effect.sync(() =>
        spawn(
          globalThis.process.execPath,
          [script, ...rest],
          { stdio: ["ignore", "pipe", "inherit"] }
        )
      ),
      (process) => Effect.sync(() => process.kill("SIGKILL"))
    )
    const port = yield* Effect.async<number>((resume) => {
      process.stdout.once("data", (line) => resume(Effect.succeed(Number(line))))
    })
    return { process, port }
  })

describe("a port", () => {
  it.scopedLive("that is asked for and taken is an error that says so", () =>
    Effect.gen(function*() {
      const port = yield* listener("127.0.5.1")
      const error = yield* Effect.flip(new World(wiring(() => ({ address: "127.0.5.1", port }))).node({ n: 1 }))
      assert.strictEqual(error.reason, "port")
      assert.include(error.detail, `UDP port ${port}`)
      assert.include(error.detail, "Choose another")
    }))

  it.scopedLive("that is taken matters not where none is asked for: the others learn of the one that it has", () =>
    Effect.gen(function*() {
      const world = new World(wiring(() => ({ address: "127.0.5.2" })))
      const nodes = yield* Effect.forEach([1, 2, 3], (n) => world.node({ n }))
      const ports = nodes.map(({ links }) => links.place.port)
      assert.strictEqual(ports[0], usualPorts.linksUdp)
      assert.lengthOf(new Set(ports), 3)
      for (const [i, node] of nodes.entries()) yield* linkedTo(node, ...[1, 2, 3].filter((n) => n !== i + 1))
    }))
})

describeLinksOf(wiring, "127.0.6")

describe("the newest-wins channel", () => {
  it.scopedLive("carries hints on links that are up, and nothing else", () =>
    Effect.gen(function*() {
      const node = yield* new World(wiring(() => ({ address: "127.0.5.11", port: 0 }))).node({ n: 9 })
      const mortal = UdpRaw.mortal(yield* DatagramsDgram.make)
      const { connection, raw } = yield* UdpRaw.dialled(mortal, "127.0.5.12", node.links.place)
      const beat = { hostless: protocolVersion, cluster: "test", from: idOf(1), to: idOf(9), number: 1 } as const
      const hint = encodeBody(["beat", { ...beat, echo: 0, echoAgeMs: 0, reign: null, mac: null }], "msgpack")
      // It may have overtaken the handshake.
      connection.post(0, hint)
      yield* shake(raw, introductionOf(1))
      yield* linkedTo(node, 1)
      // Each of its own key, so that all of them come.
      for (const [key, body] of [encodeBody(["bully", probe(1)], "msgpack"), bytes(7, 7), bytes(), hint].entries()) {
        connection.post(key, body)
      }
      assert.lengthOf(yield* receive(node, "beat", 1), 1)
      yield* Effect.iterate(0, {
        while: (count) => count < 3,
        body: () => Effect.zipRight(Effect.sleep(1), rejected(node))
      })
      assert.strictEqual(yield* rejected(node), 3)
      assert.strictEqual((yield* node.queues.depths).bully, 0)
      assert.lengthOf(node.told, 1)
    }))
})

describe("a process", () => {
  it.scopedLive("that is killed is down at once, whichever side dialled", () =>
    Effect.gen(function*() {
      const address = "127.0.5.3"
      const world = new World(wiring(() => ({ address, port: 0 })))
      const accepting = yield* world.node({ n: 9, heard: false })
      const { links } = accepting
      const dialler = yield* child("1", "127.0.5.4", `${links.place.address}:${links.place.port}`)
      yield* linkedTo(accepting, 1)
      const listening = yield* child("2", "127.0.5.5")
      const dialling = yield* world.node({
        n: 8,
        heard: false,
        places: [{ address: "127.0.5.5", port: listening.port }]
      })
      yield* linkedTo(dialling, 2)
      for (const [node, n, { process }] of [[accepting, 1, dialler], [dialling, 2, listening]] as const) {
        const before = performance.now()
        process.kill("SIGKILL")
        assert.strictEqual(yield* downOf(node, n), "reset")
        assert.isBelow(performance.now() - before, 2_000)
      }
    }), 30_000)

  it.scopedLive("stops soon, though a peer takes nothing", () =>
    Effect.gen(function*() {
      const node = yield* new World(wiring(() => ({ address: "127.0.5.6", port: 0 }))).node({ n: 9 })
      const mortal = UdpRaw.mortal(yield* DatagramsDgram.make)
      const raw = yield* UdpRaw.dial(mortal, "127.0.5.7", node.links.place)
      yield* shake(raw, introductionOf(1))
      yield* linkedTo(node, 1)
      mortal.pause()
      const before = performance.now()
      yield* node.stop
      assert.isBelow(performance.now() - before, 3_000)
    }))

  it.scopedLive("that is not there is found out without a wait", () =>
    Effect.gen(function*() {
      const closed = yield* Effect.scoped(listener("127.0.5.9"))
      const mortal = UdpRaw.mortal(yield* DatagramsDgram.make)
      const place = { address: "127.0.5.9", port: closed }
      const exit = yield* Effect.exit(UdpRaw.dial(mortal, "127.0.5.10", place))
      assert.include(String(exit), "nobody listens there")
    }))
})
