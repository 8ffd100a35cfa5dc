/** Endpoints that take and dial connections over datagrams, on a virtual network. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import { idleMs } from "../../../src/core/udp/Connection.ts"
import { encode, encodeData, parse } from "../../../src/core/udp/Packet.ts"
import type { ConnectionHandler, UdpConnection } from "../../../src/layers/udp/UdpConnection.ts"
import * as UdpEndpoint from "../../../src/layers/udp/UdpEndpoint.ts"
import * as VirtualDatagrams from "../../../src/layers/virtual/VirtualDatagrams.ts"
import * as VirtualLan from "../../../src/layers/virtual/VirtualLan.ts"
import * as VirtualTime from "../../../src/simulation/time/VirtualTime.ts"
import { idOf } from "../../../src/testing/LinkNodes.ts"

/** A connection, and everything that its handler was told. */
class Peer implements ConnectionHandler {
  readonly told: Array<string> = []
  text = ""
  readonly messages: Array<string> = []

  constructor(readonly connection: UdpConnection) {
    connection.handler = this
  }

  receive(chunk: Uint8Array): void {
    this.text += Buffer.from(chunk).toString()
  }
  message(key: number, message: Uint8Array): void {
    this.messages.push(`${key} ${Buffer.from(message).toString()}`)
  }
  drained(): void {
    this.told.push("drained")
  }
  ended(reason: string): void {
    this.told.push(reason)
  }
  say(text: string): void {
    this.connection.write(Buffer.from(text))
  }
}

const network = (conditions: Parameters<VirtualLan.VirtualLan["setConditions"]>[0] = {}) =>
  Effect.gen(function*() {
    const lan = yield* VirtualLan.make()
    yield* lan.setConditions(conditions)
    let words = 1
    const endpoint = (n: number, options: Partial<UdpEndpoint.Options> = {}) =>
      Effect.gen(function*() {
        const machine = lan.network.join(idOf(n))
        const { address } = machine.place
        const uint32 = () => words = Math.imul(words ^ 0x5bd1e995, 0x01000193) >>> 0
        const endpoint = yield* UdpEndpoint.make(VirtualDatagrams.make(lan.network, machine, uint32), {
          address,
          defaultPort: 50_020,
          dialFrom: address,
          connected: false,
          ...options
        })
        const taken: Array<Peer> = []
        endpoint.listen((connection) => void taken.push(new Peer(connection)))
        return { endpoint, machine, taken, place: endpoint.place }
      })
    type End = Effect.Effect.Success<ReturnType<typeof endpoint>>
    const dial = (from: End, to: End) =>
      Effect.async<Peer, string>((resume) => {
        from.endpoint.dial(
          to.place,
          (connection) => resume(Effect.succeed(new Peer(connection))),
          (detail) => resume(Effect.fail(detail))
        )
      })
    return { lan, endpoint, dial }
  })

const test = <E>(name: string, body: () => Effect.Effect<void, E, Scope.Scope>) =>
  it(name, () => VirtualTime.runSync(body() as Effect.Effect<void, never, Scope.Scope>))

for (const connected of [false, true]) {
  describe(`connections ${connected ? "with sockets of their own" : "at one socket"}`, () => {
    test("carry both channels, both ways", () =>
      Effect.gen(function*() {
        const { dial, endpoint } = yield* network({ jitterMs: 3, loss: 0.2, duplication: 0.2 })
        const server = yield* endpoint(1, { connected })
        const clients = yield* Effect.forEach([2, 3, 4], (n) => endpoint(n))
        const peers = yield* Effect.forEach(clients, (client) => dial(client, server))
        for (const [n, peer] of peers.entries()) {
          peer.say(`hello from ${n} `)
          peer.say("and more")
          peer.connection.post(1, Buffer.from(`old ${n}`))
          peer.connection.post(1, Buffer.from(`new ${n}`))
        }
        yield* Effect.sleep(500)
        assert.lengthOf(server.taken, 3)
        assert.sameMembers(server.taken.map(({ text }) => text), [0, 1, 2].map((n) => `hello from ${n} and more`))
        assert.sameMembers(server.taken.map(({ messages }) => messages.at(-1)), [0, 1, 2].map((n) => `1 new ${n}`))
        for (const { connection, text } of server.taken) {
          connection.write(Buffer.from(`${text}, too`))
          connection.post(2, Buffer.from("view"))
        }
        yield* Effect.sleep(500)
        for (const [n, peer] of peers.entries()) {
          assert.strictEqual(peer.text, `hello from ${n} and more, too`)
          assert.deepStrictEqual(peer.messages, ["2 view"])
          assert.isAbove(peer.connection.roundTripMs!, 2)
        }
        const ports = new Set(peers.map(({ connection }) => connection.remote))
        assert.strictEqual(ports.size, connected ? 3 : 1)
      }))

    test("are full when much waits, and tell when they are not", () =>
      Effect.gen(function*() {
        const { dial, endpoint } = yield* network()
        const [server, client] = [yield* endpoint(1, { connected }), yield* endpoint(2)]
        const peer = yield* dial(client, server)
        peer.say("x".repeat(1_000_000))
        assert.isTrue(peer.connection.isFull)
        yield* Effect.sleep(2_000)
        assert.isFalse(peer.connection.isFull)
        assert.deepStrictEqual(peer.told, ["drained"])
        assert.lengthOf(server.taken[0]!.text, 1_000_000)
      }))

    test("close when all that was written is there", () =>
      Effect.gen(function*() {
        const { dial, endpoint } = yield* network({ loss: 0.2 })
        const [server, client] = [yield* endpoint(1, { connected }), yield* endpoint(2)]
        const peer = yield* dial(client, server)
        peer.say("x".repeat(20_000))
        peer.connection.end()
        peer.say("too late")
        yield* Effect.sleep(240)
        const [taken] = server.taken
        assert.deepStrictEqual([taken!.text.length, taken!.told], [20_000, ["closed"]])
        taken!.connection.destroy()
        assert.isTrue(peer.connection.isOver)
        assert.deepStrictEqual(peer.told, [])
      }))

    test("are reset when the other end destroys them", () =>
      Effect.gen(function*() {
        const { dial, endpoint } = yield* network()
        const [server, client] = [yield* endpoint(1, { connected }), yield* endpoint(2)]
        const [one, two] = [yield* dial(client, server), yield* dial(client, server)]
        yield* Effect.sleep(50)
        server.taken[0]!.connection.destroy()
        two.connection.destroy()
        yield* Effect.sleep(5)
        assert.deepStrictEqual([one.told, server.taken[1]!.told], [["reset"], ["reset"]])
        assert.deepStrictEqual([server.taken[0]!.told, two.told], [[], []])
      }))

    test("of who dies are reset at once where its port tells, otherwise when it has been silent for long", () =>
      Effect.gen(function*() {
        const { dial, endpoint, lan } = yield* network()
        const [server, client, other] = [yield* endpoint(1, { connected }), yield* endpoint(2), yield* endpoint(3)]
        const [peer] = [yield* dial(client, server), yield* dial(other, server)]
        yield* Effect.sleep(100)
        yield* lan.crash(idOf(3))
        yield* Effect.sleep(30)
        assert.deepStrictEqual(server.taken[1]!.told, connected ? ["reset"] : [])
        yield* Effect.sleep(idleMs)
        assert.deepStrictEqual(server.taken[1]!.told, connected ? ["reset"] : ["silent"])
        yield* lan.crash(idOf(1))
        yield* Effect.sleep(30)
        assert.deepStrictEqual(peer.told, ["reset"])
      }))

    test("are over with the endpoint's scope, which sends what waits first", () =>
      Effect.gen(function*() {
        const { dial, endpoint } = yield* network({ loss: 0.1 })
        const server = yield* endpoint(1, { connected })
        yield* Effect.scoped(Effect.gen(function*() {
          const client = yield* endpoint(2)
          const [ending, open] = [yield* dial(client, server), yield* dial(client, server)]
          open.say("hello")
          yield* Effect.sleep(50)
          ending.say("x".repeat(5_000))
          ending.connection.end()
        }))
        assert.strictEqual(server.taken.map(({ text }) => text.length).reduce((a, b) => a + b), 5_005)
        yield* Effect.sleep(50)
        assert.sameMembers(server.taken.flatMap(({ told }) => told), ["closed", "reset"])
      }))
  })
}

describe("a dial", () => {
  test("to a port where nobody is fails at once", () =>
    Effect.gen(function*() {
      const { dial, endpoint } = yield* network()
      const [server, client] = [yield* endpoint(1), yield* endpoint(2)]
      const nowhere = { ...server, place: { ...server.place, port: 9 } }
      assert.strictEqual(yield* Effect.flip(dial(client, nowhere)), "nobody listens there")
    }))

  test("waits for an answer until it is given up", () =>
    Effect.gen(function*() {
      const { endpoint, lan } = yield* network({ loss: 1 })
      const [server, client] = [yield* endpoint(1), yield* endpoint(2)]
      const told: Array<string> = []
      const giveUp = client.endpoint.dial(server.place, () => told.push("connected"), (detail) => told.push(detail))
      yield* Effect.sleep(2_000)
      giveUp()
      yield* lan.setConditions({ loss: 0 })
      yield* Effect.sleep(2_000)
      assert.deepStrictEqual(told, [])
      assert.isTrue([...client.machine.ports.keys()].every((port) => port === client.place.port))
    }))

  test("reaches its endpoint's own port, too", () =>
    Effect.gen(function*() {
      const { dial, endpoint } = yield* network()
      const own = yield* endpoint(1, { connected: true })
      const peer = yield* dial(own, own)
      peer.say("me")
      yield* Effect.sleep(50)
      assert.strictEqual(own.taken[0]!.text, "me")
    }))
})

describe("an endpoint", () => {
  test("takes another port where the usual one is taken, but not instead of one that was asked for", () =>
    Effect.gen(function*() {
      const { endpoint } = yield* network()
      const [one, two] = [yield* endpoint(1), yield* endpoint(1)]
      assert.strictEqual(one.place.port, 50_020)
      assert.notStrictEqual(two.place.port, 50_020)
      const error = yield* Effect.flip(endpoint(1, { port: 50_020 }))
      assert.strictEqual(error.code, "EADDRINUSE")
    }))

  test("says of what it does not know that it does not, in fewer bytes, and answers no reset", () =>
    Effect.gen(function*() {
      const { endpoint, lan } = yield* network()
      const server = yield* endpoint(1)
      const machine = lan.network.join(idOf(9))
      const answers: Array<Uint8Array> = []
      const events = { receive: (datagram: Uint8Array) => void answers.push(datagram), refused: () => {} }
      VirtualDatagrams.make(lan.network, machine, () => 1).bind({ address: "", port: 7 }, events, (socket) => {
        if (socket instanceof Error) throw socket
        const id = { dialer: 3, acceptor: 4 }
        socket.send(encodeData(id, 9, 0, new Uint8Array(0)), server.place)
        socket.send(encode({ _tag: "reset", id }), server.place)
        socket.send(Uint8Array.of(1, 2, 3), server.place)
      })
      yield* Effect.sleep(50)
      assert.deepStrictEqual(answers.map(parse), [{ _tag: "reset", id: { dialer: 3, acceptor: 4 } }])
      assert.strictEqual(server.endpoint.rejectedCount, 3)
    }))

  test("does not take a connection's datagrams from another address", () =>
    Effect.gen(function*() {
      const { dial, endpoint, lan } = yield* network()
      const [server, client] = [yield* endpoint(1), yield* endpoint(2)]
      const peer = yield* dial(client, server)
      peer.say("mine")
      yield* Effect.sleep(50)
      const machine = lan.network.join(idOf(9))
      const { core } = peer.connection as unknown as {
        readonly core: { readonly id: Parameters<typeof encodeData>[0] }
      }
      VirtualDatagrams.make(lan.network, machine, () => 1).bind(
        { address: "", port: 7 },
        { receive: () => {}, refused: () => {} },
        (socket) => {
          if (socket instanceof Error) throw socket
          socket.send(encode({ _tag: "reset", id: core.id }), server.place)
          socket.send(encodeData(core.id, 9_999, 0, new Uint8Array(0)), server.place)
        }
      )
      yield* Effect.sleep(50)
      peer.say(" still")
      yield* Effect.sleep(50)
      assert.deepStrictEqual([server.taken[0]!.text, server.taken[0]!.told], ["mine still", []])
      assert.strictEqual(server.endpoint.rejectedCount, 2)
    }))

  test("says less the more connections it has", () =>
    Effect.gen(function*() {
      const { dial, endpoint, lan } = yield* network()
      const [server, client] = [yield* endpoint(1), yield* endpoint(2)]
      for (let n = 0; n < 40; n++) yield* dial(client, server)
      yield* Effect.sleep(1_000)
      const before = (yield* lan.stats).datagrams
      yield* Effect.sleep(1_000)
      // Two endpoints, 500 a second each.
      assert.approximately((yield* lan.stats).datagrams - before, 1_000, 120)
    }))
})
