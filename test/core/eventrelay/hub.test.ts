/** The relay's fold as scripts: what happens to connections, and what others see of it. */
import { assert, describe, it } from "vitest"
import type { Client } from "../../../src/core/eventrelay/Channel.ts"
import { defaultLimits, Hub, type HubLimits } from "../../../src/core/eventrelay/Hub.ts"
import type { Output } from "../../../src/core/eventrelay/Output.ts"
import { ClientId, decodeFromRelay } from "../../../src/protocol/EventRelay.ts"
import { fc } from "../../setup/chance.ts"

/** A hub with clients by name, and what each has got so far: lines, or why it was ended. */
class Scene {
  readonly hub: Hub
  readonly got = new Map<Client, Array<string>>()
  readonly ended = new Map<Client, string>()
  nowMs = 1_000_000
  private ids = 0

  constructor(limits: Partial<HubLimits> = {}) {
    this.hub = new Hub({ ...defaultLimits, ...limits })
  }

  arrive(): Client {
    const id = ClientId.make(`00000000-0000-4000-8000-${String(++this.ids).padStart(12, "0")}`)
    const { client, outputs } = this.hub.arrive(id, this.nowMs)
    this.got.set(client, [])
    this.do(outputs)
    return client
  }

  member(name: string, channel?: string, more: object = {}): Client {
    const client = this.arrive()
    this.says(client, { hello: { name, ...(channel !== undefined && { channel }), ...more } })
    return client
  }

  says(client: Client, line: object | string): void {
    this.do(this.hub.line(client, typeof line === "string" ? line : JSON.stringify(line), this.nowMs))
  }

  wait(ms: number): void {
    this.nowMs += ms
    this.do(this.hub.tick(this.nowMs, true))
  }

  ends(client: Client): void {
    this.do(this.hub.gone(client, "closed", "", this.nowMs))
  }

  /** What a client has got since this was last asked. */
  heard(client: Client): ReadonlyArray<string> {
    return this.got.get(client)!.splice(0)
  }

  /** Without what changes from run to run. */
  told(client: Client): ReadonlyArray<unknown> {
    return this.heard(client).map((line) => {
      const { at: _at, ...rest } = JSON.parse(line) as { at: number }
      return rest
    })
  }

  private do(outputs: ReadonlyArray<Output>): void {
    for (const output of outputs) {
      if (output._tag === "tell") this.got.get(output.to)!.push(output.line)
      else if (output._tag === "end") this.ended.set(output.client, output.reason)
      else if (output._tag === "cast") {
        for (const client of output.channel.clients) {
          const line = client.stage === "member" ? output.toMembers : output.toPlain
          if (client !== output.except && line !== null) this.got.get(client)!.push(line)
        }
      }
    }
  }
}

describe("plain clients", () => {
  it("get each other's lines as they are, whatever is in them", () => {
    fc.assert(fc.property(
      fc.array(fc.string({ unit: "grapheme" }).filter((line) => !line.includes("\n")), { minLength: 1, maxLength: 20 }),
      (lines) => {
        const scene = new Scene()
        const [a, b] = [scene.arrive(), scene.arrive()]
        scene.wait(300)
        scene.says(a, "{\"x\": 1.50}")
        for (const line of lines) scene.says(a, line)
        assert.deepStrictEqual(scene.heard(b), ["{\"x\": 1.50}", ...lines.filter((line) => line.trim() !== "")])
        assert.deepStrictEqual(scene.heard(a), [])
      }
    ))
  })

  it("may say hello in their own way", () => {
    const scene = new Scene()
    const [a, b] = [scene.arrive(), scene.arrive()]
    scene.says(b, "")
    scene.says(a, { hello: "world" })
    assert.deepStrictEqual(scene.heard(b), ["{\"hello\":\"world\"}"])
    scene.says(a, { hello: { name: "late" } })
    assert.deepStrictEqual(scene.heard(b), ["{\"hello\":{\"name\":\"late\"}}"])
  })

  it("exchange events with members of the default channel, digit for digit", () => {
    const scene = new Scene()
    const ada = scene.member("Ada")
    const plain = scene.arrive()
    scene.told(ada)
    scene.says(plain, "{\"n\": 12345678901234567890}")
    const [joined, event] = scene.heard(ada)
    assert.include(joined, "\"join\"")
    assert.match(event!, /^\{"event":\{"n": 12345678901234567890\},"from":"/)
    scene.says(plain, "no JSON")
    assert.deepInclude(scene.told(ada), { text: "no JSON", from: plain.id, seq: 2 })
    scene.says(ada, { send: { y: [1] }, kind: "place" })
    assert.deepStrictEqual(scene.heard(plain), ["{\"y\":[1]}"])
  })
})

describe("members", () => {
  it("are told who is there, comes, leaves and is gone", () => {
    const scene = new Scene()
    const ada = scene.member("Ada", "pong")
    const bo = scene.member("Bo", "pong")
    const [welcome] = scene.told(bo)
    assert.deepStrictEqual(welcome, {
      welcome: { id: bo.id, channel: "pong", members: [{ id: ada.id, name: "Ada" }], perSecond: 30 }
    })
    scene.told(ada)
    const cy = scene.member("Cy", "pong")
    scene.says(bo, { bye: true })
    scene.ends(cy)
    assert.deepStrictEqual(scene.told(ada), [
      { join: { id: cy.id, name: "Cy" } },
      { leave: { id: bo.id, name: "Bo" } },
      { gone: { id: cy.id, name: "Cy" }, reason: "closed" }
    ])
  })

  it("of different channels do not hear each other", () => {
    const scene = new Scene()
    const [ada, bo] = [scene.member("Ada", "pong"), scene.member("Bo", "chess")]
    const plain = scene.arrive()
    scene.says(plain, "{}")
    scene.told(ada)
    scene.says(bo, { send: 1 })
    assert.deepStrictEqual([scene.told(ada), scene.told(plain)], [[], []])
  })

  it("get no more of a kind than its rate, and always the newest in the end", () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 60 }), (pauses) => {
      const scene = new Scene({ perSecondMax: 20 })
      const [ada, bo] = [scene.member("Ada", "c"), scene.member("Bo", "c")]
      scene.told(bo)
      const began = scene.nowMs
      pauses.forEach((pause, i) => {
        for (let ms = 0; ms < pause; ms += 5) scene.wait(5)
        scene.says(ada, { send: i, kind: "place" })
      })
      for (let i = 0; i < 40; i++) scene.wait(5)
      const events = scene.told(bo) as ReadonlyArray<{ readonly event: number }>
      const values = events.map(({ event }) => event)
      assert.deepStrictEqual(values, [...values].sort((a, b) => a - b), "in order")
      assert.strictEqual(values.at(-1), pauses.length - 1)
      assert.isAtMost(values.length, 2 + ((scene.nowMs - began) / 1000) * 20)
    }))
  })

  it("get each event that has no kind", () => {
    const scene = new Scene()
    const [ada, bo] = [scene.member("Ada", "c"), scene.member("Bo", "c")]
    scene.told(bo)
    for (let i = 0; i < 100; i++) scene.says(ada, { send: i })
    assert.deepStrictEqual((scene.told(bo) as ReadonlyArray<{ event: number }>).map(({ event }) => event), [
      ...Array(100).keys()
    ])
  })

  it("get a channel's last events when they ask, and what they get is as the schemas say", () => {
    const scene = new Scene()
    const ada = scene.member("Ada", "c")
    for (let i = 0; i < 300; i++) scene.says(ada, { send: i })
    const bo = scene.member("Bo", "c")
    scene.told(bo)
    scene.says(bo, { history: 3 })
    const [line] = scene.heard(bo)
    const message = decodeFromRelay(JSON.parse(line!))
    assert.isTrue(message !== null && "history" in message)
    const { history } = message as { history: ReadonlyArray<{ event: number; seq: number }> }
    assert.deepStrictEqual(history.map(({ event, seq }) => [event, seq]), [[297, 298], [298, 299], [299, 300]])
  })

  it("with a heartbeat are asked, and gone when they do not answer", () => {
    const scene = new Scene()
    const ada = scene.member("Ada", "c", { heartbeat: true })
    const bo = scene.member("Bo", "c", { heartbeat: true })
    scene.told(ada)
    for (let second = 0; second < 30; second++) {
      scene.wait(1_000)
      for (const line of scene.heard(ada)) {
        const { ping } = JSON.parse(line) as { ping?: number }
        if (ping !== undefined) scene.says(ada, { pong: ping })
        else scene.got.get(ada)!.push(line)
      }
    }
    assert.deepStrictEqual([scene.ended.get(ada), scene.ended.get(bo)], [undefined, "silent"])
  })
})

describe("bounds", () => {
  it("the oldest of too many silent connections makes room, and says so; a blank line is enough to be none", () => {
    const scene = new Scene({ silentMax: 3 })
    const speaker = scene.arrive()
    scene.says(speaker, "")
    const silent = Array.from({ length: 5 }, () => scene.arrive())
    assert.deepStrictEqual(silent.map((client) => scene.ended.get(client)), [
      "too many silent connections",
      "too many silent connections",
      undefined,
      undefined,
      undefined
    ])
    assert.isFalse(scene.ended.has(speaker))
    assert.include(scene.heard(silent[0]!)[0], "too many silent connections")
  })

  it("channels and clients of a channel; others go on", () => {
    const scene = new Scene({ channelClientsMax: 2, channelsMax: 2 })
    const [a, b, c] = [scene.member("A", "one"), scene.member("B", "one"), scene.member("C", "one")]
    const [d, e] = [scene.member("D", "two"), scene.member("E", "three")]
    assert.deepStrictEqual([a, b, c, d, e].map((client) => scene.ended.get(client)), [
      undefined,
      undefined,
      "channel full",
      undefined,
      "too many channels"
    ])
    scene.ends(a)
    assert.isUndefined(scene.ended.get(scene.member("F", "one")))
  })

  it("a member that says nothing sensible is told why, and ended in the end", () => {
    const scene = new Scene({ refusedLinesMax: 5 })
    const ada = scene.member("Ada", "c")
    scene.told(ada)
    for (const line of ["nonsense", "[]", "{\"send\":1,\"kind\":7}", "{\"history\":1e9}"]) scene.says(ada, line)
    assert.strictEqual(scene.told(ada).length, 4)
    assert.isFalse(scene.ended.has(ada))
    scene.says(ada, "null")
    assert.strictEqual(scene.ended.get(ada), "too many refused lines")
  })

  it("whatever comes in which order, nobody is on a channel who is over, and empty channels are gone", () => {
    const lines = fc.constantFrom(
      "{}",
      "",
      "x",
      "{\"hello\":{\"name\":\"A\"}}",
      "{\"hello\":{\"name\":\"A\",\"channel\":\"c\"}}",
      "{\"hello\":{}}",
      "{\"send\":1}",
      "{\"send\":1,\"kind\":\"k\"}",
      "{\"bye\":true}",
      "{\"history\":9}"
    )
    const step = fc.oneof(
      fc.constant("arrive" as const),
      fc.tuple(fc.nat(), lines),
      fc.nat().map((at) => ({ ends: at })),
      fc.nat({ max: 300 })
    )
    fc.assert(fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const scene = new Scene({ silentMax: 2, channelClientsMax: 2, refusedLinesMax: 2 })
      const clients: Array<Client> = []
      for (const one of steps) {
        if (one === "arrive") clients.push(scene.arrive())
        else if (typeof one === "number") scene.wait(one)
        else if (clients.length > 0) {
          if (Array.isArray(one)) scene.says(clients[one[0] % clients.length]!, one[1])
          else scene.ends(clients[one.ends % clients.length]!)
        }
        for (const [name, channel] of scene.hub.channels) {
          assert.isAbove(channel.clients.size, 0, name)
          const speaking = [...channel.clients].filter(({ stage }) => stage === "plain" || stage === "member").length
          assert.strictEqual(channel.speaking, speaking)
          assert.isAtMost(speaking, 2)
          for (const client of channel.clients) assert.isTrue(client.channel === channel && client.stage !== "over")
        }
        for (const client of clients) {
          assert.strictEqual(scene.hub.clients.has(client), client.stage !== "over")
          assert.strictEqual(scene.ended.has(client), client.stage === "over")
        }
      }
    }))
  })
})

describe("rates", () => {
  it("fall when many readers or the relay are behind, are told, and rise again; one reader alone slows nobody", () => {
    const scene = new Scene()
    const members = Array.from({ length: 8 }, (_, i) => scene.member(`m${i}`, "c"))
    const channel = members[0]!.channel!
    scene.hub.adapt(0, (client) => client === members[0], scene.nowMs)
    assert.strictEqual(channel.perSecond, 30)
    const outputs = scene.hub.adapt(0, (client) => members.indexOf(client) < 4, scene.nowMs)
    assert.strictEqual(channel.perSecond, 15)
    assert.include(outputs[0]?._tag === "cast" ? outputs[0].toMembers : "", "\"perSecond\":15")
    scene.hub.adapt(500, () => false, scene.nowMs)
    assert.strictEqual(channel.perSecond, 7.5)
    for (let i = 0; i < 20; i++) scene.hub.adapt(0, () => false, scene.nowMs)
    assert.strictEqual(channel.perSecond, 30)
    for (let i = 0; i < 20; i++) scene.hub.adapt(500, () => true, scene.nowMs)
    assert.strictEqual(channel.perSecond, 1)
  })
})
