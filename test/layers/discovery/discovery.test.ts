/** Real UDP on loopback, several nodes on one port. */
import { assert, describe, it } from "@effect/vitest"
import {
  Chunk,
  Context,
  Deferred,
  Effect,
  ExecutionStrategy,
  Exit,
  Layer,
  Logger,
  LogLevel,
  Schedule,
  Scope,
  Stream
} from "effect"
import { createSocket, Socket } from "node:dgram"
import * as DiscoveryStatic from "../../../src/layers/discovery/DiscoveryStatic.ts"
import * as DiscoveryTable from "../../../src/layers/discovery/DiscoveryTable.ts"
import * as DiscoveryUdp from "../../../src/layers/discovery/DiscoveryUdp.ts"
import * as NodeIdentityFixed from "../../../src/layers/identity/NodeIdentityFixed.ts"
import { type Announcement, announcementBytesMax, protocolVersion } from "../../../src/protocol/Discovery.ts"
import { Application } from "../../../src/services/Application.ts"
import { ClusterConfig } from "../../../src/services/ClusterConfig.ts"
import { Discovery, type DiscoveryError, type DiscoveryService } from "../../../src/services/Discovery.ts"
import { idOf } from "../../../src/testing/LinkNodes.ts"

const place = (n: number) => ({ address: `127.0.2.${n}`, port: 1000 + n })

const announcement = (n: number, other: Partial<Announcement> = {}): Announcement => ({
  hostless: protocolVersion,
  kind: "announce",
  cluster: "test",
  game: "none",
  peerId: idOf(n),
  name: `node-${n}`,
  ...place(n),
  clientPort: null,
  ...other
})

/** A UDP socket of a program that is none of ours. */
const foreign = (address: string, port = 0, shared = true): Effect.Effect<Socket, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.async<Socket>((resume) => {
      const socket = createSocket({ type: "udp4", reuseAddr: shared })
      socket.bind({ address, port, exclusive: !shared }, () => {
        socket.setBroadcast(true)
        resume(Effect.succeed(socket))
      })
    }),
    (socket) => Effect.async<void>((resume) => void socket.close(() => resume(Effect.void)))
  )

/** A port that nobody has just now. */
const freePort = Effect.scoped(Effect.map(foreign("127.0.0.1"), (socket) => socket.address().port))

const start = Effect.fnUntraced(function*(
  n: number,
  layer: Layer.Layer<Discovery, DiscoveryError, NodeIdentityFixedOut | ClusterConfig | Application>,
  cluster = "test",
  announceEveryMs = 300
) {
  const scope = yield* Scope.fork(yield* Effect.scope, ExecutionStrategy.sequential)
  const context = yield* Layer.buildWithScope(
    layer.pipe(Layer.provide(Layer.mergeAll(
      NodeIdentityFixed.layer({ peerId: idOf(n), name: `node-${n}` }),
      ClusterConfig.layer({ cluster, announceEveryMs }),
      Application.layer({ name: "none", version: 1 })
    ))),
    scope
  )
  const discovery = Context.get(context, Discovery)
  return {
    discovery,
    announce: Scope.extend(discovery.announce(place(n)), scope),
    stop: Scope.close(scope, Exit.void)
  }
})
type NodeIdentityFixedOut = Layer.Layer.Success<ReturnType<typeof NodeIdentityFixed.layer>>

const udp = (n: number, port: number) => DiscoveryUdp.layer({ address: `127.0.2.${n}`, port })

/** Waits until the node has heard of another. */
const hears = (discovery: DiscoveryService, n: number, kind?: Announcement["kind"]) =>
  discovery.announcements.pipe(
    Stream.filter((heard) => heard.peerId === idOf(n) && (kind === undefined || heard.kind === kind)),
    Stream.runHead,
    Effect.map((found) => found._tag === "Some" ? found.value : assert.fail("the stream ended"))
  )

/** All open UDP sockets of this process. */
const udpSockets = (): ReadonlyArray<Socket> =>
  (process as unknown as { _getActiveHandles: () => ReadonlyArray<unknown> })._getActiveHandles().filter(
    (handle) => handle instanceof Socket
  ) as ReadonlyArray<Socket>

/** Waits until a look at something gives what is wanted. */
const eventually = <A>(look: Effect.Effect<A>, wanted: (a: A) => boolean): Effect.Effect<A> =>
  Effect.repeat(look, { until: wanted, schedule: Schedule.spaced(5) }).pipe(Effect.zipRight(look))

describe("discovery by broadcast", () => {
  it.scopedLive("lets nodes on one port find each other, whoever starts first, at once", () =>
    Effect.gen(function*() {
      const port = yield* freePort
      // One slow beat would come an hour later.
      const layers = (n: number) => start(n, udp(n, port), "test", 3_600_000)
      const nodes = yield* Effect.forEach([1, 2, 3], (n) => Effect.tap(layers(n), (node) => node.announce))
      for (const [i, node] of nodes.entries()) {
        for (const n of [1, 2, 3]) if (n !== i + 1) assert.deepInclude(yield* hears(node.discovery, n), place(n))
      }
    }))

  it.scopedLive("tells a late subscriber the newest of each that is there, and never of the node itself", () =>
    Effect.gen(function*() {
      const port = yield* freePort
      const [a, b, c] = yield* Effect.forEach([1, 2, 3], (n) => Effect.tap(start(n, udp(n, port)), (n) => n.announce))
      yield* hears(a!.discovery, 2)
      yield* hears(a!.discovery, 3)
      const first = yield* a!.discovery.announcements.pipe(Stream.take(2), Stream.runCollect)
      assert.sameMembers(Chunk.toArray(first).map(({ peerId }) => peerId), [idOf(2), idOf(3)])
      yield* Effect.zipRight(Effect.fork(c!.stop), hears(a!.discovery, 3, "bye"))
      const rest = yield* a!.discovery.announcements.pipe(Stream.take(3), Stream.runCollect)
      assert.deepStrictEqual(new Set(Chunk.toArray(rest).map(({ peerId }) => peerId)), new Set([idOf(2)]))
      yield* b!.stop
    }))

  it.scopedLive("says bye", () =>
    Effect.gen(function*() {
      const port = yield* freePort
      const [a, b] = yield* Effect.forEach([1, 2], (n) => Effect.tap(start(n, udp(n, port)), (node) => node.announce))
      yield* hears(a!.discovery, 2)
      const bye = yield* Effect.fork(hears(a!.discovery, 2, "bye"))
      yield* Effect.yieldNow()
      yield* b!.stop
      assert.deepInclude(yield* bye, place(2))
    }))

  it.scopedLive("announces itself again and again", () =>
    Effect.gen(function*() {
      const port = yield* freePort
      const listener = yield* foreign("0.0.0.0", port)
      const heard: Array<number> = []
      const enough = yield* Deferred.make<void>()
      const before = performance.now()
      listener.on("message", () => {
        heard.push(performance.now() - before)
        if (heard.length === 7) Deferred.unsafeDone(enough, Exit.void)
      })
      const node = yield* start(1, udp(1, port))
      yield* node.announce
      yield* Deferred.await(enough)
      // At once, after 50, 150 and 400 ms, then every 300 ms or so; later where the machine is busy.
      for (const [i, ms] of [0, 50, 150, 400, 640, 880, 1_120].entries()) assert.isAtLeast(heard[i]!, ms - 20)
    }))

  it.scopedLive("answers whoever announces itself directly, and not too often", () =>
    Effect.gen(function*() {
      const port = yield* freePort
      const node = yield* start(1, udp(1, port))
      yield* node.announce
      const socket = yield* foreign("127.0.2.9")
      const answers: Array<Announcement> = []
      const answered = yield* Deferred.make<void>()
      socket.on("message", (data) => {
        answers.push(JSON.parse(data.toString()))
        Deferred.unsafeDone(answered, Exit.void)
      })
      for (let i = 0; i < 20; i++) {
        socket.send(DiscoveryTable.encode(announcement(9)), port, "127.255.255.255")
        socket.send(DiscoveryTable.encode(announcement(8, { kind: "answer" })), port, "127.255.255.255")
      }
      yield* Deferred.await(answered)
      yield* hears(node.discovery, 9)
      assert.deepStrictEqual(answers[0], announcement(1, { kind: "answer" }))
      assert.lengthOf(answers, 1)
    }))

  it.scopedLive("ignores other clusters and games, but lists them", () =>
    Effect.gen(function*() {
      const port = yield* freePort
      const a = yield* start(1, udp(1, port))
      const others = yield* Effect.forEach(
        [2, 3],
        (n) => Effect.tap(start(n, udp(n, port), "other"), (node) => node.announce)
      )
      yield* a.announce
      const socket = yield* foreign("127.0.2.9")
      socket.send(DiscoveryTable.encode(announcement(9, { game: "chess" })), port, "127.255.255.255")
      const listed = yield* eventually(
        a.discovery.otherGames,
        (games) => games.length === 2 && games.some(({ nodes }) => nodes === 2)
      )
      assert.sameDeepMembers(Array.from(listed), [
        { cluster: "other", game: "none", nodes: 2 },
        { cluster: "test", game: "chess", nodes: 1 }
      ])
      yield* others[0]!.stop
      yield* eventually(a.discovery.otherGames, (games) => games.every(({ nodes }) => nodes === 1))
      // Had it told of them, it would have done so by now.
      const own = yield* start(4, udp(4, port))
      yield* own.announce
      const first = yield* a.discovery.announcements.pipe(Stream.runHead)
      assert.strictEqual(first._tag === "Some" ? first.value.peerId : "", idOf(4))
    }))

  it.scopedLive("counts what is no announcement, and goes on", () =>
    Effect.gen(function*() {
      const port = yield* freePort
      const node = yield* start(1, udp(1, port))
      yield* node.announce
      const socket = yield* foreign("127.0.2.9")
      const wrong = [
        Buffer.from(""),
        Buffer.from("hello"),
        Buffer.from(JSON.stringify(announcement(9, { port: 0 }))),
        Buffer.from(JSON.stringify(announcement(9, { address: "127.0.0.256" }))),
        Buffer.from(JSON.stringify({ ...announcement(9), hostless: protocolVersion + 1 })),
        Buffer.from(JSON.stringify(announcement(9)).padEnd(announcementBytesMax + 1))
      ]
      for (const datagram of wrong) socket.send(datagram, port, "127.255.255.255")
      yield* eventually(node.discovery.rejected, (rejected) => rejected === wrong.length)
      socket.send(DiscoveryTable.encode(announcement(9)), port, "127.255.255.255")
      yield* hears(node.discovery, 9)
      assert.strictEqual(yield* node.discovery.rejected, wrong.length)
    }))

  it.scopedLive("opens its sockets anew when they break", () =>
    Effect.gen(function*() {
      const port = yield* freePort
      const [a, b] = yield* Effect.forEach([1, 2], (n) => Effect.tap(start(n, udp(n, port)), (node) => node.announce))
      yield* hears(a!.discovery, 2)
      for (let round = 0; round < 2; round++) {
        const broken = udpSockets().filter((socket) => socket.address().address.startsWith("127.0.2."))
        assert.lengthOf(broken, 2)
        for (const socket of broken) socket.emit("error", new Error("network is down"))
        const news = (node: typeof a, n: number) =>
          node!.discovery.announcements.pipe(
            Stream.drop(1),
            Stream.filter(({ peerId }) => peerId === idOf(n)),
            Stream.runHead
          )
        yield* Effect.all([news(a, 2), news(b, 1)], { concurrency: "unbounded" })
        for (const socket of broken) assert.throws(() => socket.address())
      }
    }).pipe(Logger.withMinimumLogLevel(LogLevel.None)))

  it.scopedLive("says which port is taken by another program, and what to do", () =>
    Effect.gen(function*() {
      const port = yield* freePort
      yield* foreign("0.0.0.0", port, false)
      const error = yield* Effect.flip(start(1, udp(1, port)))
      assert.strictEqual(error.reason, "port")
      assert.include(error.detail, String(port))
      assert.include(error.detail, "Choose another")
    }))

  it.scopedLive("says which address is not this machine's", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(start(1, DiscoveryUdp.layer({ address: "203.0.113.7", port: yield* freePort })))
      assert.strictEqual(error.reason, "address")
      assert.include(error.detail, "203.0.113.7")
    }))

  it("calls the broadcast address of each network", () => {
    assert.strictEqual(DiscoveryUdp.broadcastAddress("192.168.1.9", "255.255.255.0"), "192.168.1.255")
    assert.strictEqual(DiscoveryUdp.broadcastAddress("10.1.2.3", "255.240.0.0"), "10.15.255.255")
    assert.deepStrictEqual(DiscoveryUdp.broadcastAddresses("127.0.0.55"), ["127.255.255.255"])
    assert.notInclude(DiscoveryUdp.broadcastAddresses("192.0.2.2"), "127.255.255.255")
  })
})

describe("static places", () => {
  const firstPlaces = (peers: ReadonlyArray<string>, count: number) =>
    Effect.flatMap(
      start(1, DiscoveryStatic.layer({ peers })),
      ({ discovery }) => discovery.places.pipe(Stream.take(count), Stream.runCollect, Effect.map(Chunk.toArray))
    )

  it.scopedLive("are told at once, names resolved, and again and again", () =>
    Effect.gen(function*() {
      const twice = yield* firstPlaces(["127.0.0.5:4000", "localhost"], 4)
      const expected = [{ address: "127.0.0.5", port: 4000 }, { address: "127.0.0.1", port: 43234 }]
      assert.deepStrictEqual(twice, [...expected, ...expected])
    }))

  it.scopedLive("whose name is not known do not keep the others away", () =>
    Effect.gen(function*() {
      const one = yield* firstPlaces(["no-such-name.invalid:1", "127.0.0.5:4000"], 1)
      assert.deepStrictEqual(one, [{ address: "127.0.0.5", port: 4000 }])
    }))

  for (const wrong of ["", "host:", "host:0", "host:70000", "a b", "http://host", "1.2.3.4:5:6", "[::1]:5"]) {
    it.scopedLive(`that say ${JSON.stringify(wrong)} are an error`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(start(1, DiscoveryStatic.layer({ peers: ["127.0.0.1:1", wrong] })))
        assert.strictEqual(error.reason, "address")
        assert.include(error.detail, "HOST:PORT")
      }))
  }

  it.scopedLive("go together with broadcast", () =>
    Effect.gen(function*() {
      const port = yield* freePort
      const a = yield* start(1, DiscoveryStatic.layerWithUdp({ address: "127.0.2.1", port, peers: ["127.0.0.5:4000"] }))
      const b = yield* start(2, DiscoveryStatic.layerWithUdp({ address: "127.0.2.2", port, peers: [] }))
      yield* b.announce
      yield* hears(a.discovery, 2)
      const places = yield* a.discovery.places.pipe(Stream.take(1), Stream.runCollect)
      assert.deepStrictEqual(Chunk.toArray(places), [{ address: "127.0.0.5", port: 4000 }])
    }))
})

describe("the table", () => {
  const tableAt = () => {
    let now = 0n
    const me = { cluster: "test", game: "none", peerId: idOf(0), name: "me", clientPort: 50_020 }
    const table = new DiscoveryTable.DiscoveryTable(me, "10.0.0.1", () => now)
    const hear = (n: number, other: Partial<Announcement> = {}) =>
      table.receive(DiscoveryTable.encode(announcement(n, { address: "10.0.0.2", ...other })))
    return { table, hear, pass: (ms: number) => now += BigInt(ms) * 1_000_000n }
  }

  it("holds no more nodes than it may, and forgets those that are silent", () => {
    const { hear, pass, table } = tableAt()
    for (let n = 1; n <= 2 * DiscoveryTable.peersMax; n++) hear(n)
    assert.lengthOf(table.newest(), DiscoveryTable.peersMax)
    assert.isNotNull(hear(1).announcement)
    assert.isNull(hear(DiscoveryTable.peersMax + 1).announcement)
    pass(DiscoveryTable.peerKeptMs + 1)
    assert.isNotNull(hear(DiscoveryTable.peersMax + 1).announcement)
    assert.lengthOf(table.newest(), 1)
  })

  it("lists no more other games than it may, and forgets them", () => {
    const { hear, pass, table } = tableAt()
    for (let n = 1; n <= 2 * DiscoveryTable.otherGamesMax; n++) hear(n, { cluster: `c${n}` })
    assert.lengthOf(table.otherGames(), DiscoveryTable.otherGamesMax)
    for (let n = 1; n <= 2 * DiscoveryTable.otherNodesMax; n++) hear(n, { cluster: "c1" })
    assert.deepInclude(table.otherGames()[0], { cluster: "c1", nodes: DiscoveryTable.otherNodesMax })
    pass(DiscoveryTable.otherGameKeptMs + 1)
    hear(1, { cluster: "new" })
    assert.deepStrictEqual(table.otherGames(), [{ cluster: "new", game: "none", nodes: 1 }])
  })

  it("has loopback nodes heard by loopback nodes only", () => {
    const { hear } = tableAt()
    assert.isNull(hear(1, { address: "127.0.0.1" }).announcement)
    assert.isNotNull(hear(2, { address: "10.9.9.9" }).announcement)
  })

  const seek = (pad: number, cluster = "test") =>
    DiscoveryTable.encode({ hostless: protocolVersion, kind: "seek", cluster, pad: ".".repeat(pad) })

  it("answers a program that looks for servers of its cluster, at no greater length, and not without end", () => {
    const { pass, table } = tableAt()
    assert.deepStrictEqual(table.receive(seek(300)), { announcement: null, answer: true })
    assert.isFalse(table.receive(seek(300, "other")).answer)
    const answer = DiscoveryTable.encode(table.own("answer", { address: "10.0.0.1", port: 65_535 }))
    const shortest = answer.length - seek(0).length
    assert.isTrue(table.receive(seek(shortest)).answer)
    assert.isFalse(table.receive(seek(shortest - 1)).answer)
    const answered = () => Array.from({ length: 1_000 }, () => table.receive(seek(300)).answer).filter(Boolean).length
    pass(1_000)
    assert.strictEqual(answered(), DiscoveryTable.seekersPerSecond)
    pass(1_000)
    assert.strictEqual(answered(), DiscoveryTable.seekersPerSecond)
    assert.strictEqual(table.rejected, 0)
  })

  it("answers nobody who looks for servers where no thin clients are taken", () => {
    const me = { cluster: "test", game: "none", peerId: idOf(0), name: "me", clientPort: null }
    assert.isFalse(new DiscoveryTable.DiscoveryTable(me, "10.0.0.1", () => 0n).receive(seek(300)).answer)
  })

  it("answers a node at most every 100 ms", () => {
    const { hear, pass } = tableAt()
    assert.deepStrictEqual([hear(1).answer, hear(1).answer, hear(2).answer], [true, false, true])
    pass(DiscoveryTable.answerEveryMs)
    assert.deepStrictEqual([hear(1).answer, hear(2, { kind: "answer" }).answer], [true, false])
  })
})
