/**
 * Garbage on every port: all of it is turned away and counted, a link that stands does not notice, and nothing of it
 * stays in memory.
 */
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer, Logger, LogLevel, type Scope, Stream } from "effect"
import { createSocket, type Socket } from "node:dgram"
import * as Net from "node:net"
import * as DiscoveryTable from "../../../src/layers/discovery/DiscoveryTable.ts"
import * as DiscoveryUdp from "../../../src/layers/discovery/DiscoveryUdp.ts"
import * as BeatChannelUdp from "../../../src/layers/health/BeatChannelUdp.ts"
import * as BeatIntake from "../../../src/layers/health/BeatIntake.ts"
import * as NodeIdentityFixed from "../../../src/layers/identity/NodeIdentityFixed.ts"
import { encodeMessage } from "../../../src/layers/links/LinkProtocol.ts"
import * as PeerLinksTcp from "../../../src/layers/links/PeerLinksTcp.ts"
import * as MessageQueuesBounded from "../../../src/layers/queues/MessageQueuesBounded.ts"
import { type Beat, beatBytesMax } from "../../../src/protocol/Beat.ts"
import { type Announcement, announcementBytesMax, protocolVersion } from "../../../src/protocol/Discovery.ts"
import { bodyBytesMax, strangerBodyBytesMax } from "../../../src/protocol/Frame.ts"
import { Application } from "../../../src/services/Application.ts"
import { BeatChannel } from "../../../src/services/BeatChannel.ts"
import { ClusterConfig } from "../../../src/services/ClusterConfig.ts"
import { Discovery } from "../../../src/services/Discovery.ts"
import { MessageQueues } from "../../../src/services/MessageQueues.ts"
import { type LinkChange, PeerLinks } from "../../../src/services/PeerLinks.ts"
import { idOf, introductionOf } from "../../../src/testing/LinkNodes.ts"
import { often } from "../../setup/often.ts"
import { heapBytes, random, randomBytes } from "./garbageBytes.ts"
import { turn } from "./realLinks.ts"

/** How many of each kind. */
const count = often(1_000, 4_000)

const truncated = (whole: Uint8Array) => whole.subarray(0, 1 + random(whole.length - 1))
const nested = (format: 0 | 1, depth: number) =>
  Buffer.concat([Buffer.of(format), Buffer.alloc(depth, format === 0 ? 0x91 : "[")])
const framed = (body: Uint8Array) => {
  const frame = Buffer.alloc(4 + body.length)
  frame.writeUInt32BE(body.length)
  frame.set(body, 4)
  return frame
}

const node = Effect.fnUntraced(function*(n: number, discoveryPort: number) {
  const address = `127.0.3.${n}`
  const context = yield* Layer.build(
    PeerLinksTcp.layer({ address, port: 0 }).pipe(
      Layer.provideMerge(Layer.merge(
        DiscoveryUdp.layer({ address, port: discoveryPort }),
        BeatChannelUdp.layer({ address })
      )),
      Layer.provideMerge(Layer.mergeAll(
        MessageQueuesBounded.layer,
        NodeIdentityFixed.layer({ peerId: idOf(n) }),
        ClusterConfig.layer({ cluster: "test" }),
        Application.layer({ name: "none", version: 1 })
      ))
    )
  )
  return {
    links: Context.get(context, PeerLinks),
    queues: Context.get(context, MessageQueues),
    beats: Context.get(context, BeatChannel),
    discovery: Context.get(context, Discovery)
  }
})

const udpSocket: Effect.Effect<Socket, never, Scope.Scope> = Effect.acquireRelease(
  Effect.async<Socket>((resume) => {
    const socket = createSocket("udp4")
    socket.bind({ address: "127.0.3.99", port: 0 }, () => resume(Effect.succeed(socket)))
  }),
  (socket) => Effect.async<void>((resume) => void socket.close(() => resume(Effect.void)))
)

/** Two linked nodes, and a look at how they fare. */
const linkedPair = Effect.gen(function*() {
  const discoveryPort = yield* Effect.scoped(Effect.map(udpSocket, (socket) => socket.address().port))
  const target = yield* node(1, discoveryPort)
  const other = yield* node(2, discoveryPort)
  const told: Array<LinkChange> = []
  yield* Effect.forkScoped(Stream.runForEach(target.links.changes, (change) => Effect.sync(() => told.push(change))))
  yield* Stream.runHead(Stream.filter(target.links.changes, ({ _tag }) => _tag === "up"))
  yield* Stream.runHead(Stream.filter(other.links.changes, ({ _tag }) => _tag === "up"))
  let nonce = 0
  const exchange = Effect.gen(function*() {
    nonce += 1
    yield* target.links.send(idOf(2), "bully", { _tag: "probe", nonce })
    yield* other.links.send(idOf(1), "bully", { _tag: "probe", nonce })
    for (const { queues } of [target, other]) {
      const [first] = yield* queues.take("bully")
      assert.deepStrictEqual(first?.message, { _tag: "probe", nonce })
    }
    assert.lengthOf(told, 1)
  })
  yield* exchange
  return { target, other, discoveryPort, exchange }
})

/** Waits until all that was sent so far was counted. */
const counted = (counter: Effect.Effect<number>, expected: number) =>
  Effect.gen(function*() {
    while ((yield* counter) < expected) yield* turn
    assert.strictEqual(yield* counter, expected)
  })

/** Few enough datagrams at a time for a socket's buffer. */
const batch = 40

const flood = Effect.fnUntraced(function*(
  make: () => Uint8Array,
  to: { readonly address: string; readonly port: number },
  counter: Effect.Effect<number>
) {
  const socket = yield* udpSocket
  const before = yield* counter
  for (let sent = 0; sent < count; sent += batch) {
    for (let i = 0; i < batch; i++) socket.send(make(), to.port, to.address)
    yield* counted(counter, before + sent + batch)
  }
})

/** One connection that says this, and nothing else. */
const connection = (place: { readonly address: string; readonly port: number }, bytes: Uint8Array, from: string) =>
  Effect.async<void>((resume) => {
    const socket = Net.connect({ host: place.address, port: place.port, localAddress: from }, () => {
      socket.end(bytes)
    })
    socket.on("error", () => {})
    socket.on("data", () => {})
    socket.on("close", () => resume(Effect.void))
  })

/** What two measures of the same may differ by: under 1 KB for each input. */
const memoryBound = 16 * 1024 * 1024

/** The heap is back near where it was, as soon as what closes has closed. */
const backNear = (before: number) =>
  Effect.gen(function*() {
    for (let tries = 0; tries < 20 && heapBytes() - before >= memoryBound; tries++) yield* Effect.sleep(50)
    assert.isBelow(heapBytes() - before, memoryBound)
  })

describe("garbage on the port for links", () => {
  const hello = (other: object) =>
    encodeMessage("handshake", { _tag: "hello", me: introductionOf(9, other) }, "msgpack")
  const good = hello({})
  const kinds: Readonly<Record<string, () => Uint8Array>> = {
    "random bytes": () => randomBytes(1 + random(200)),
    "a hello cut short": () => truncated(good),
    "a length over the bound": () => {
      const frame = Buffer.alloc(64)
      frame.writeUInt32BE(strangerBodyBytesMax + 1 + random(0xffff0000))
      return frame
    },
    "another version": () => hello({ version: protocolVersion + 1 + random(1_000) }),
    "another cluster": () => hello({ cluster: `other-${random(1_000_000)}` }),
    "deep nesting": () => framed(nested(random(2) as 0 | 1, 1_000 + random(10_000)))
  }
  for (const [name, make] of Object.entries(kinds)) {
    it.scopedLive(name, () =>
      Effect.gen(function*() {
        const { exchange, target } = yield* linkedPair
        const rejected = Effect.map(target.links.counters, ({ framesRejected }) => framesRejected)
        const send = (n: number) => connection(target.links.place, make(), `127.0.3.${10 + n % 200}`)
        yield* Effect.forEach(Array.from({ length: 400 }, (_, n) => n), send, { concurrency: 50 })
        const before = heapBytes()
        const start = yield* rejected
        for (let sent = 0; sent < count; sent += 1_000) {
          yield* Effect.forEach(Array.from({ length: 1_000 }, (_, n) => n), send, { concurrency: 50, discard: true })
          yield* exchange
        }
        yield* counted(rejected, start + count)
        yield* backNear(before)
      }).pipe(Logger.withMinimumLogLevel(LogLevel.None)), 120_000)
  }

  it.scopedLive("an established link's oversized frame costs that link only", () =>
    Effect.gen(function*() {
      const { exchange, target } = yield* linkedPair
      const length = Buffer.alloc(4)
      length.writeUInt32BE(bodyBytesMax + 1)
      yield* connection(target.links.place, length, "127.0.3.10")
      yield* exchange
    }))
})

describe("garbage on the port for beats", () => {
  const beat = (other: Partial<Beat> = {}) =>
    BeatIntake.encode({
      hostless: protocolVersion,
      cluster: "test",
      from: idOf(2),
      to: idOf(1),
      number: 1,
      echo: 0,
      echoAgeMs: 0,
      reign: null,
      mac: null,
      ...other
    })
  const good = beat()
  const kinds: Readonly<Record<string, () => Uint8Array>> = {
    "random bytes": () => randomBytes(random(200)),
    "a beat cut short": () => truncated(good),
    "too much": () => Buffer.concat([good, randomBytes(beatBytesMax + 1 - good.length + random(500))]),
    "another version": () => beat({ hostless: protocolVersion + 1 + random(1_000) }),
    "another cluster": () => beat({ cluster: `other-${random(1_000_000)}` }),
    "another recipient": () => beat({ to: idOf(3 + random(1_000)) }),
    "this node's own id": () => beat({ from: idOf(1) }),
    "another number than was sent": () => {
      const turned = Uint8Array.from(good)
      turned[turned.length - 5 - random(20)]! ^= 1 << random(8)
      return turned
    },
    "deep nesting": () => BeatIntake.sealed(nested(random(2) as 0 | 1, 65 + random(400)))
  }
  for (const [name, make] of Object.entries(kinds)) {
    it.scopedLive(name, () =>
      Effect.gen(function*() {
        const { exchange, other, target } = yield* linkedPair
        const to = { address: target.links.place.address, port: target.beats.port! }
        const before = heapBytes()
        yield* flood(make, to, target.beats.rejected)
        yield* exchange
        yield* backNear(before)
        // A true one still arrives, and it is the first.
        const peer = (yield* other.links.peers)[0]!
        const mine = { hostless: protocolVersion, cluster: "test", from: idOf(2), to: idOf(1), number: 7 } as const
        yield* other.beats.send(peer, { ...mine, echo: 0, echoAgeMs: 0, reign: null, mac: null })
        assert.deepStrictEqual((yield* target.beats.take).map(({ number }) => number), [7])
      }), 60_000)
  }
})

describe("garbage on the port for discovery", () => {
  const announcement = (other: object = {}) => {
    const whole: Announcement = {
      hostless: protocolVersion,
      kind: "announce",
      cluster: "test",
      game: "none",
      peerId: idOf(7),
      name: "nobody",
      address: "127.0.3.7",
      port: 7,
      clientPort: null,
      ...other
    }
    return DiscoveryTable.encode(whole)
  }
  const good = announcement()
  const kinds: Readonly<Record<string, () => Uint8Array>> = {
    "random bytes": () => randomBytes(random(200)),
    "an announcement cut short": () => truncated(good),
    "too much": () => Buffer.concat([good, Buffer.alloc(announcementBytesMax + 1 - good.length + random(500), " ")]),
    "another version": () => announcement({ hostless: protocolVersion + 1 + random(1_000) }),
    "deep nesting": () => nested(1, 100 + random(announcementBytesMax - 101)).subarray(1)
  }
  /** A node that is alone at its port, since a datagram to one of several goes to any of them. */
  const alone = Effect.gen(function*() {
    const pair = yield* linkedPair
    const port = yield* Effect.scoped(Effect.map(udpSocket, (socket) => socket.address().port))
    const { discovery } = yield* node(5, port)
    return { ...pair, discovery, to: { address: "127.0.3.5", port } }
  })
  for (const [name, make] of Object.entries(kinds)) {
    it.scopedLive(name, () =>
      Effect.gen(function*() {
        const { discovery, exchange, to } = yield* alone
        const before = heapBytes()
        yield* flood(make, to, discovery.rejected)
        yield* exchange
        yield* backNear(before)
      }), 60_000)
  }

  it.scopedLive(
    "other clusters, one each: listed as far as there is room, and told to nobody",
    () =>
      Effect.gen(function*() {
        const { discovery, exchange, to } = yield* alone
        const before = heapBytes()
        const socket = yield* udpSocket
        for (let sent = 0; sent < count; sent += batch) {
          for (let i = 1; i < batch; i++) {
            socket.send(announcement({ cluster: `c${sent + i}`, peerId: idOf(100 + sent + i) }), to.port, to.address)
          }
          // Garbage last in each batch: what was sent before it has been read once it is counted.
          socket.send("x", to.port, to.address)
          yield* counted(discovery.rejected, sent / batch + 1)
        }
        yield* exchange
        assert.lengthOf(yield* discovery.otherGames, DiscoveryTable.otherGamesMax)
        yield* backNear(before)
        socket.send(good, to.port, to.address)
        const first = yield* Stream.runHead(discovery.announcements)
        assert.strictEqual(first._tag === "Some" ? first.value.peerId : null, idOf(7))
      }),
    60_000
  )
})
