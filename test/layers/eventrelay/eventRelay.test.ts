/** The event relay on real sockets: plain ones, WebSockets and the package's own client, and whatever misbehaves. */
import { Effect, Exit, Layer, Logger, LogLevel, ManagedRuntime, Stream } from "effect"
import { connect as dial, createServer, type Socket } from "node:net"
import { assert, describe, it, onTestFinished } from "vitest"
import { WebSocket } from "ws"
import * as EventRelayClientTcp from "../../../src/layers/eventrelay/EventRelayClientTcp.ts"
import * as EventRelayTcp from "../../../src/layers/eventrelay/EventRelayTcp.ts"
import { EventRelay, type EventRelayStanding } from "../../../src/services/EventRelay.ts"
import { EventRelayClient } from "../../../src/services/EventRelayClient.ts"

const host = "127.41.7.1"

/** What `look` finds, as soon as that is not null. */
const eventually = async <A>(what: string, look: () => A | null | Promise<A | null>): Promise<A> => {
  const until = performance.now() + 20_000
  for (;;) {
    const found = await look()
    if (found !== null) return found
    if (performance.now() > until) throw new Error(`Waited in vain for ${what}.`)
    await new Promise((done) => setTimeout(done, 5))
  }
}

interface Started {
  readonly port: number
  readonly standing: () => Promise<EventRelayStanding>
  readonly stop: () => Promise<void>
}

const start = async (options: EventRelayTcp.EventRelayOptions = {}): Promise<Started> => {
  const runtime = ManagedRuntime.make(
    Layer.provide(EventRelayTcp.layer({ host, port: 0, ...options }), Logger.minimumLogLevel(LogLevel.None))
  )
  const { place, standing } = await runtime.runPromise(EventRelay)
  let stopped = false
  const stop = async (): Promise<void> => {
    if (stopped) return
    stopped = true
    await runtime.dispose()
  }
  onTestFinished(stop)
  return { port: place.port, standing: () => Effect.runPromise(standing), stop }
}

/** A socket like any program's, and the lines that came. */
class Plain {
  readonly lines: Array<string> = []
  ended = false
  readonly socket: Socket
  private rest = ""

  constructor(port: number) {
    this.socket = dial({ host, port, localAddress: host })
    this.socket.setEncoding("utf8").on("data", (text: unknown) => {
      const parts = (this.rest + String(text)).split("\n")
      this.rest = parts.pop()!
      this.lines.push(...parts)
    })
    this.socket.on("error", () => {})
    this.socket.on("close", () => {
      this.ended = true
    })
    onTestFinished(() => void this.socket.destroy())
  }

  says(line: string | object): void {
    this.socket.write(`${typeof line === "string" ? line : JSON.stringify(line)}\n`)
  }

  line(containing: string): Promise<string> {
    return eventually(
      `a line with ${containing}, after ${this.lines.length}`,
      () => this.lines.find((line) => line.includes(containing)) ?? null
    )
  }

  end(): Promise<true> {
    return eventually("the connection's end", () => this.ended || null)
  }
}

const member = async (port: number, name: string, channel?: string): Promise<Plain> => {
  const plain = new Plain(port)
  plain.says({ hello: { name, channel } })
  await plain.line("\"welcome\"")
  return plain
}

/** Two plain clients that hear each other; the answer checks that they still do. */
const bystanders = async (port: number): Promise<() => Promise<void>> => {
  const [a, b] = [new Plain(port), new Plain(port)]
  b.says("")
  a.says("\"ready\"")
  await eventually("the first line", () => {
    if (b.lines.includes("\"ready\"")) return true
    a.says("\"ready\"")
    return null
  })
  let count = 0
  return async () => {
    for (let i = 0; i < 20; i++) a.says(`{"still":${++count}}`)
    await b.line(`{"still":${count}}`)
    assert.deepStrictEqual(b.lines.filter((line) => line.includes("still")).length, count)
  }
}

const open = (port: number, name: string, channel?: string): EventRelayClientTcp.PlainConnection => {
  const connection = EventRelayClientTcp.open({ host, port, name, channel })
  onTestFinished(() => connection.close())
  return connection
}

describe("the package's client", () => {
  it("exchanges events with a plain one, and is told of others", async () => {
    const { port } = await start()
    const plain = new Plain(port)
    plain.says("")
    const ada = open(port, "Ada")
    await eventually("a connection", () => ada.id())
    assert.strictEqual(ada.send({ x: 1 }, "place"), "sent")
    assert.strictEqual(await plain.line("x"), "{\"x\":1}")
    plain.says("{\"y\":2}")
    const heard = await eventually("the event", () => ada.events().find(({ _tag }) => _tag === "event") ?? null)
    assert.deepInclude(heard, { _tag: "event", event: { y: 2 }, kind: null })
    plain.socket.end()
    const gone = await eventually("its end", () => ada.events().find(({ _tag }) => _tag === "gone") ?? null)
    assert.deepInclude(gone, { reason: "closed" })
    assert.deepStrictEqual([ada.send("x".repeat(20_000)), ada.send(undefined), ada.send(1n)], [
      "too long",
      "no JSON",
      "no JSON"
    ])
    ada.close()
    assert.strictEqual(ada.send(1), "closed")
  })

  it("sends no more of a kind than the relay takes, and the newest last", async () => {
    const { port } = await start({ channels: { perSecondMax: 10 } })
    const [ada, bo] = [open(port, "Ada"), open(port, "Bo")]
    await eventually("connections", () => (ada.id() && bo.id()) || null)
    const values: Array<unknown> = []
    let sent = 0
    const began = performance.now()
    while (performance.now() - began < 1_000) {
      ada.send(++sent, "n")
      await new Promise((done) => setTimeout(done, 2))
    }
    await eventually("the last", () => {
      for (const event of bo.events()) if (event._tag === "event") values.push(event.event)
      return values.at(-1) === sent || null
    })
    assert.isAtMost(values.length, 2 + ((performance.now() - began) / 1000) * 10)
    assert.isAtLeast(values.length, 5)
  })

  it("sends less often when its readers are behind, and more often again when they are not (E10)", async () => {
    const { port } = await start({
      channels: { perSecondMax: 500 },
      connections: { linesPerSecond: 1e6, linesAtOnce: 1e6, bytesPerSecond: 1e9 }
    })
    const slow = await member(port, "Slow", "c")
    slow.socket.pause()
    const ada = open(port, "Ada", "c")
    await eventually("a connection", () => ada.id())
    const pad = "x".repeat(12_000)
    const lowest = await eventually("a lower rate", () => {
      for (const kind of ["a", "b", "c", "d"]) ada.send({ pad }, kind)
      return ada.perSecond() < 100 ? ada.perSecond() : null
    })
    assert.isAtLeast(lowest, 1)
    slow.socket.resume()
    await eventually("the full rate", () => ada.perSecond() === 500 || null)
    assert.isFalse(slow.ended)
  }, 60_000)

  it("connects anew when the relay comes back, and tells of it", async () => {
    const first = await start()
    const ada = open(first.port, "Ada", "c")
    await eventually("a connection", () => ada.id())
    await first.stop()
    const lost = await eventually("the loss", () => ada.events().find(({ _tag }) => _tag === "disconnected") ?? null)
    assert.deepInclude(lost, { _tag: "disconnected", reason: "closing" })
    assert.strictEqual(ada.send({ waits: true }), "waits")
    const second = await start({ port: first.port })
    const plain = await member(second.port, "Bo", "c")
    await plain.line("waits")
    assert.isNotNull(ada.id())
  })

  it("as a service is a stream, fails where there is no relay, and says bye when its scope ends", async () => {
    const { port } = await start()
    const bo = await member(port, "Bo", "c")
    const program = Effect.gen(function*() {
      const { connect } = yield* EventRelayClient
      const missing = yield* Effect.exit(Effect.scoped(connect({ host, port: 1, name: "Ada" })))
      assert.isTrue(Exit.isFailure(missing))
      assert.include(String(missing), "There is no relay at 127.41.7.1:1")
      const refused = yield* Effect.exit(Effect.scoped(connect({ host, port, name: "" })))
      assert.include(String(refused), "refused this client (not understood)")
      const ada = yield* connect({ host, port, name: "Ada", channel: "c" })
      bo.says({ send: "x" })
      const events = yield* ada.stream.pipe(
        Stream.filter(({ _tag }) => _tag === "event"),
        Stream.tap(() => Effect.sync(() => bo.says({ send: "x" }))),
        Stream.take(3),
        Stream.runCount,
        Effect.raceFirst(Effect.delay(Effect.forever(Effect.delay(Effect.sync(() => bo.says({ send: "x" })), 20)), 20))
      )
      assert.strictEqual(events, 3)
    })
    await Effect.runPromise(program.pipe(Effect.scoped, Effect.provide(EventRelayClientTcp.layer)))
    await bo.line("\"leave\"")
  })
})

describe("WebSockets on the same port", () => {
  it("are clients like the others; pages of other places are refused", async () => {
    const { port } = await start({ origins: ["https://game.example"] })
    const plain = new Plain(port)
    plain.says("")
    const ws = new WebSocket(`ws://${host}:${port}/`, { origin: "http://localhost:8080" })
    onTestFinished(() => ws.terminate())
    const messages: Array<string> = []
    ws.on("message", (data, isBinary) => messages.push(`${isBinary}${String(data)}`))
    await new Promise((done) => ws.on("open", done))
    ws.send("{\"x\":1}")
    assert.strictEqual(await plain.line("x"), "{\"x\":1}")
    plain.says("{\"y\":2}")
    await eventually("the line", () => messages.includes("false{\"y\":2}") || null)
    ws.send(Buffer.from([1, 2, 3]))
    await eventually("the refusal", () => messages.some((text) => text.includes("no text")) || null)

    const answers = async (origin: string): Promise<number> => {
      const other = new WebSocket(`ws://${host}:${port}/`, { origin })
      return await new Promise((done) => {
        other.on("open", () => {
          other.terminate()
          done(101)
        })
        other.on("unexpected-response", (_request, response) => {
          response.destroy()
          done(response.statusCode ?? 0)
        })
        other.on("error", () => {})
      })
    }
    assert.deepStrictEqual(
      await Promise.all(["https://evil.example", "null", "https://game.example", `http://${host}:1`].map(answers)),
      [403, 403, 101, 101]
    )
  })

  it("HTTP is no line: it is answered or ended, and nobody hears it", async () => {
    const { port } = await start()
    const plain = new Plain(port)
    plain.says("")
    assert.strictEqual((await fetch(`http://${host}:${port}/`)).status, 426)
    const posted = new Plain(port)
    posted.says("POST / HTTP/1.1\r\nHost: x\r\n\r\n{\"evil\":1}")
    await posted.line("\"http\"")
    await posted.end()
    assert.deepStrictEqual(plain.lines, [])
  })
})

describe("bad input", () => {
  it("garbage, binary and huge lines are refused with a reason, and others do not notice", async () => {
    const { port, standing } = await start()
    const check = await bystanders(port)
    const huge = new Plain(port)
    huge.says("x".repeat(16 * 1024))
    await check()
    huge.says(`${"x".repeat(16 * 1024)}y`)
    assert.include(await huge.line("error"), "too long")
    const binary = new Plain(port)
    for (let i = 0; i < 40; i++) binary.socket.write(Buffer.from([0xff, 0xfe, 0x80, i === 10 ? 0 : i, 10]))
    await binary.line("too many refused lines")
    await binary.end()
    const endless = new Plain(port)
    for (let i = 0; i < 64; i++) endless.socket.write(Buffer.alloc(16 * 1024, 0x61))
    endless.says("")
    assert.include(await endless.line("error"), "too long")
    const deep = await member(port, "Deep")
    deep.says(`{"send":${"[".repeat(8_000)}${"]".repeat(8_000)}}`)
    const hello = new Plain(port)
    hello.says({ hello: { name: 7 } })
    assert.include(await hello.line("bye"), "not understood")
    await hello.end()
    await check()
    const { refused } = await standing()
    for (const reason of ["too long", "no text", "too many refused lines", "not understood"]) {
      assert.isAbove(refused[reason] ?? 0, 0, reason)
    }
  })

  it("2,000 silent connections cost the last speakers nothing", async () => {
    const { port, standing } = await start({ perAddressMax: 4_000 })
    const check = await bystanders(port)
    const silent = Array.from({ length: 2_000 }, () => new Plain(port))
    await eventually("them", async () => (await standing()).refused["too many silent connections"]! >= 1_744 || null)
    assert.isAtMost((await standing()).clients, 256 + 2)
    await eventually("their ends", () => silent.filter(({ ended }) => ended).length >= 1_744 || null)
    const told = silent.filter(({ lines }) => lines.some((line) => line.includes("too many silent connections")))
    assert.isAtLeast(told.length, 1_744)
    await check()
  }, 60_000)

  it("connections of one address and in all are bounded, with a reason", async () => {
    const { port, standing } = await start({ perAddressMax: 4, connectionsMax: 6 })
    const check = await bystanders(port)
    const [a, b, c] = [new Plain(port), new Plain(port), new Plain(port)]
    assert.include(await c.line("bye"), "4 clients of 127.41.7.1 are here already")
    await c.end()
    assert.deepStrictEqual([a.ended, b.ended], [false, false])
    a.socket.destroy()
    await eventually("its end", async () => (await standing()).clients === 3 || null)
    await member(port, "Late")
    await check()
  }, 60_000)

  it("a flooding sender is read no faster than it may send, and others go on", async () => {
    const { port, standing } = await start()
    const check = await bystanders(port)
    const flood = new Plain(port)
    const began = performance.now()
    const line = `${JSON.stringify({ flood: "x".repeat(100) })}\n`
    for (let i = 0; i < 200; i++) flood.socket.write(line.repeat(500))
    await check()
    const before = (await standing()).events
    await check()
    const { events, waitingBytes } = await standing()
    const seconds = (performance.now() - began) / 1000
    assert.isAtLeast(before, 20)
    assert.isAtMost(events, 240 + 60 + 130 * seconds + 100)
    assert.isAtMost(waitingBytes, 1024 * 1024)
    assert.isAbove(flood.socket.writableLength, 0, "the sender feels it")
  })

  it("a reader that reads nothing is spared, then ended as slow; others get all", async () => {
    const { port, standing } = await start({
      connections: { waitingBytesMax: 64 * 1024, linesPerSecond: 1e6, linesAtOnce: 1e6, bytesPerSecond: 1e9 }
    })
    const [ada, bo] = [await member(port, "Ada", "c"), await member(port, "Bo", "c")]
    const slow = await member(port, "Slow", "c")
    slow.socket.pause()
    const pad = "x".repeat(8_000)
    let sent = 0
    await eventually("its end", () => {
      for (let i = 0; i < 20; i++) ada.says({ send: { n: ++sent, pad } })
      return bo.lines.some((line) => line.includes("\"gone\"")) || null
    })
    const gone = await bo.line("\"gone\"")
    assert.include(gone, "\"slow\"")
    await bo.line(`{"n":${sent},`)
    const numbers = bo.lines.filter((line) => line.includes("\"event\""))
    assert.strictEqual(numbers.length, sent)
    assert.strictEqual((await standing()).refused["slow"], 1)
  }, 60_000)

  it("a slow reader gets the newest of each kind when it reads again", async () => {
    const { port, standing } = await start({
      channels: { perSecondMax: 1_000 },
      connections: { linesPerSecond: 1e6, linesAtOnce: 1e6, bytesPerSecond: 1e9 }
    })
    const [ada, bo] = [await member(port, "Ada", "c"), await member(port, "Bo", "c")]
    const slow = await member(port, "Slow", "c")
    slow.socket.pause()
    const pad = "x".repeat(12_000)
    let sent = 0
    await eventually("something that is passed over", async () => {
      ada.says({ send: { n: ++sent, pad }, kind: "a" })
      return (await standing()).conflated > 20 || null
    })
    await bo.line(`{"n":${sent},`)
    slow.socket.resume()
    await slow.line(`{"n":${sent},`)
    assert.isBelow(slow.lines.length, sent)
    assert.isFalse(slow.ended)
  }, 60_000)

  it("a member that is gone without a word is ended, and others are told", async () => {
    const { port } = await start({ channels: { askAfterMs: 300, silentAfterMs: 900 } })
    const bo = await member(port, "Bo", "c")
    const silent = new Plain(port)
    silent.says({ hello: { name: "Ada", channel: "c", heartbeat: true } })
    await silent.line("\"ping\"")
    assert.include(await bo.line("\"gone\""), "\"silent\"")
    await silent.end()
  })
})

describe("the end", () => {
  it("is told to all, and closes all", async () => {
    const { port, stop } = await start()
    const [plain, ada] = [new Plain(port), await member(port, "Ada")]
    plain.says("1")
    await ada.line("join")
    await stop()
    assert.include(await plain.line("bye"), "closing")
    assert.include(await ada.line("bye"), "closing")
    await Promise.all([plain.end(), ada.end()])
  })

  it("a port that is taken is told", async () => {
    const server = createServer()
    await new Promise<void>((done) => server.listen(0, host, done))
    onTestFinished(() => void server.close())
    const { port } = server.address() as { readonly port: number }
    const failed = await Effect.runPromise(
      Effect.flip(Effect.scoped(Layer.build(EventRelayTcp.layer({ host, port }))))
    )
    assert.strictEqual(failed.reason, "port")
    assert.include(failed.detail, "is taken by another program")
  })
})
