/**
 * Garbage and floods on the port for links over UDP: all of it is counted, a link that stands does not notice, nothing of
 * it stays in memory, and no answer is larger than what it answers.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger, LogLevel, type Scope } from "effect"
import { createSocket, type Socket } from "node:dgram"
import { cookieBytes, datagramBytesMax, encode, encodeData } from "../../../src/core/udp/Packet.ts"
import * as PeerLinksUdp from "../../../src/layers/links/PeerLinksUdp.ts"
import type { Datagrams, SocketEvents } from "../../../src/layers/udp/Datagrams.ts"
import { connectionsMax, greetedMax, UdpEndpoint } from "../../../src/layers/udp/UdpEndpoint.ts"
import type { Place } from "../../../src/services/Discovery.ts"
import { idOf, linkedTo, receive, type TestNode, World } from "../../../src/testing/LinkNodes.ts"
import { heapBytes, random, randomBytes } from "./garbageBytes.ts"
import { wiringOf } from "./linkNodes.ts"
import { turn } from "./realLinks.ts"

/** How many of each kind. */
const count = 4_000
/** Few enough datagrams at a time for a socket's buffer. */
const batch = 40
/** What two measures of the same may differ by. */
const memoryBound = 8 * 1024 * 1024

const uint32 = () => random(0xffffffff)

const udpSocket: Effect.Effect<Socket, never, Scope.Scope> = Effect.acquireRelease(
  Effect.async<Socket>((resume) => {
    const socket = createSocket("udp4")
    socket.bind({ address: "127.0.7.99", port: 0 }, () => resume(Effect.succeed(socket)))
  }),
  (socket) => Effect.async<void>((resume) => void socket.close(() => resume(Effect.void)))
)

/** Two linked nodes, and a look at how they fare. */
const linkedPair = Effect.gen(function*() {
  const world = new World(wiringOf(PeerLinksUdp.layer)(({ n }) => ({ address: `127.0.7.${n}`, port: 0 })))
  const [target, other] = [yield* world.node({ n: 1 }), yield* world.node({ n: 2 })] as [TestNode, TestNode]
  yield* linkedTo(target, 2)
  yield* linkedTo(other, 1)
  let nonce = 0
  const exchange = Effect.gen(function*() {
    nonce += 1
    yield* target.links.send(idOf(2), "bully", { _tag: "probe", nonce })
    yield* other.links.send(idOf(1), "bully", { _tag: "probe", nonce })
    for (const node of [target, other]) {
      const [first] = yield* receive(node, "bully", 1)
      assert.deepStrictEqual(first?.message, { _tag: "probe", nonce })
    }
    assert.lengthOf(target.told, 1)
  })
  yield* exchange
  const rejected = Effect.map(target.links.counters, ({ framesRejected }) => framesRejected)
  return { target, exchange, rejected }
})

describe("garbage on the port for links", () => {
  const hello = encode({ _tag: "hello", dialer: 7, cookie: null })
  const id = () => ({ dialer: uint32(), acceptor: uint32() })
  const data = () => encodeData(id(), uint32(), random(100), randomBytes(random(1_000)))
  const kinds: Readonly<Record<string, () => Uint8Array>> = {
    "random bytes": () => randomBytes(random(1_500)),
    "a hello cut short": () => hello.subarray(0, random(hello.length)),
    "a hello with a bit turned": () => {
      const turned = Uint8Array.from(hello)
      turned[random(turned.length)]! ^= 1 << random(8)
      return turned
    },
    "a hello with a cookie of its own making": () =>
      encode({ _tag: "hello", dialer: uint32(), cookie: randomBytes(cookieBytes) }),
    "data of no connection": data,
    "data cut short": () => {
      const whole = data()
      return whole.subarray(0, random(whole.length))
    },
    "more than a datagram may be": () => Buffer.concat([data(), randomBytes(datagramBytesMax + random(5_000))]),
    "what listeners say": () =>
      random(2) === 0
        ? encode({ _tag: "retry", dialer: uint32(), cookie: randomBytes(cookieBytes) })
        : encode({ _tag: "accept", id: id(), port: random(65_536) }),
    "resets of no connection": () => encode({ _tag: "reset", id: id() })
  }
  for (const [name, make] of Object.entries(kinds)) {
    it.scopedLive(name, () =>
      Effect.gen(function*() {
        const { exchange, rejected, target } = yield* linkedPair
        const socket = yield* udpSocket
        const flood = Effect.gen(function*() {
          const start = yield* rejected
          for (let sent = 0; sent < count; sent += batch) {
            for (let i = 0; i < batch; i++) socket.send(make(), target.links.place.port, target.links.place.address)
            while ((yield* rejected) < start + sent + batch) yield* turn
          }
          assert.strictEqual(yield* rejected, start + count)
          yield* exchange
        })
        // The first time something is done it is compiled, which stays.
        yield* flood
        const before = heapBytes()
        yield* flood
        // What the sockets have been given is freed a little later.
        for (let tries = 0; tries < 20 && heapBytes() - before >= memoryBound; tries++) yield* Effect.sleep(50)
        assert.isBelow(heapBytes() - before, memoryBound)
      }).pipe(Logger.withMinimumLogLevel(LogLevel.None)), 60_000)
  }
})

/** An endpoint that is told what came, and by whom; what it sends is counted. */
const endpointOf = (connected: boolean) => {
  const sent = { datagrams: 0, bytes: 0, sockets: 0 }
  const last: { datagram: Uint8Array | null } = { datagram: null }
  let nowMs = 0
  const datagrams: Datagrams = {
    bind: ({ address, port }, _events: SocketEvents, done) => {
      sent.sockets += 1
      done({
        place: { address, port: port === 0 ? 40_000 : port },
        send: (datagram) => {
          sent.datagrams += 1
          sent.bytes += datagram.length
          last.datagram = datagram
        },
        connect: (_to, done) => done(null),
        close: () => {
          sent.sockets -= 1
        }
      })
    },
    nowMs: () => nowMs,
    after: () => {},
    soon: () => {},
    uint32,
    mac: (bytes) => {
      let hash = 0x811c9dc5
      for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193)
      return Uint8Array.from({ length: 12 }, (_, i) => Math.imul(hash, i + 3) >>> 24)
    }
  }
  const options = { address: "10.0.0.1", port: 50_010, defaultPort: 0, dialFrom: "10.0.0.1", connected }
  let endpoint!: UdpEndpoint
  datagrams.bind({ address: "10.0.0.1", port: 50_010 }, { receive: () => {}, refused: () => {} }, (socket) => {
    if (socket instanceof Error) throw socket
    endpoint = new UdpEndpoint(datagrams, options, socket)
  })
  endpoint.listen(() => {})
  const kept = endpoint as unknown as { readonly all: Set<unknown>; readonly greeted: Map<string, unknown> }
  const pass = (ms: number) => {
    nowMs += ms
  }
  return { endpoint, sent, last, kept, pass }
}
const anywhere = (): Place => ({ address: `10.${random(256)}.${random(256)}.${random(256)}`, port: random(65_536) })

describe("a flood of hellos", () => {
  it("from forged addresses is answered with no more than it says, and nothing is kept of it", () => {
    const { endpoint, kept, sent } = endpointOf(true)
    let bytes = 0
    const before = heapBytes()
    for (let n = 0; n < 50_000; n++) {
      const cookie = random(4) === 0 ? randomBytes(cookieBytes) : null
      const hello = encode({ _tag: "hello", dialer: uint32(), cookie })
      bytes += hello.length
      endpoint.receive(hello, anywhere())
      assert.isAtMost(sent.bytes, bytes)
    }
    assert.isAbove(sent.datagrams, 25_000)
    assert.deepStrictEqual([kept.all.size, kept.greeted.size, sent.sockets], [0, 0, 1])
    assert.isAbove(endpoint.rejectedCount, 10_000)
    assert.isBelow(heapBytes() - before, memoryBound)
  })

  for (const connected of [true, false]) {
    it(
      `from true addresses costs no more than the connections that there may be, ${
        connected ? "each with a socket" : "at one socket"
      }`,
      () => {
        const { endpoint, kept, last, pass, sent } = endpointOf(connected)
        for (let n = 0; n < 5_000; n++) {
          const [from, dialer] = [anywhere(), uint32()]
          endpoint.receive(encode({ _tag: "hello", dialer, cookie: null }), from)
          const cookie = last.datagram!.slice(10, 10 + cookieBytes)
          const claim = encode({ _tag: "hello", dialer, cookie })
          const before = sent.bytes
          // Again and again: that is one connection, too.
          for (let times = 0; times < 3; times++) endpoint.receive(claim, from)
          assert.isAtMost(sent.bytes - before, 3 * claim.length)
          pass(0.1)
        }
        assert.strictEqual(kept.all.size, connectionsMax)
        assert.isAtMost(kept.greeted.size, greetedMax)
        assert.strictEqual(sent.sockets, connected ? 1 + connectionsMax : 1)
        endpoint.close()
        assert.deepStrictEqual([kept.all.size, sent.sockets], [0, 0])
      }
    )
  }

  it("does not open again what was open and is over, while its cookie counts", () => {
    const { endpoint, kept, last, pass } = endpointOf(false)
    const from = anywhere()
    endpoint.receive(encode({ _tag: "hello", dialer: 7, cookie: null }), from)
    const claim = encode({ _tag: "hello", dialer: 7, cookie: last.datagram!.slice(10, 10 + cookieBytes) })
    endpoint.receive(claim, from)
    assert.strictEqual(kept.all.size, 1)
    for (const connection of kept.all) (connection as { destroy: () => void }).destroy()
    endpoint.receive(claim, from)
    assert.strictEqual(kept.all.size, 0)
    // Then it is too old.
    pass(5_000)
    endpoint.receive(claim, from)
    assert.strictEqual(kept.all.size, 0)
    assert.strictEqual(endpoint.rejectedCount, 1)
  })
})
