/**
 * Garbage on every port of nodes that play: it is turned away and counted, the processes live, the game goes on at its
 * rate, and nothing of it stays in memory.
 */
import { strict as assert } from "node:assert"
import { createSocket } from "node:dgram"
import { request } from "node:http"
import { afterEach, beforeEach, describe, onTestFinished, test } from "vitest"
import { WebSocket } from "ws"
import { protocolVersion } from "../../src/protocol/Discovery.ts"
import { encodeBody, strangerBodyBytesMax } from "../../src/protocol/Frame.ts"
import type { Status } from "../../src/protocol/Status.ts"
import * as Garbage from "./garbage.ts"
import { agreed, eventually, figure, Lan, now, type RealNode, sleep, split, untilAll } from "./nodes.ts"

/** Of each kind. */
const count = 20_000
const mebi = 1024 * 1024
/** What a heap may have grown by: logs of recent events fill up in the first minute of play. */
const growthBytesMax = 12 * mebi

let lan: Lan
let host: RealNode
let peer: RealNode
let target: Garbage.Target
let before: { readonly status: Status; readonly metrics: ReadonlyMap<string, number>; readonly at: number }

/** The metrics after the node has collected its heap anew, twice: what was just let go is gone by then. */
const collected = async (node: RealNode): Promise<ReadonlyMap<string, number>> => {
  const name = "hostless_heap_collections_total"
  const first = (await node.metrics()).get(name)!
  return eventually("the heap to be collected", async () => {
    const metrics = await node.metrics()
    return metrics.get(name)! >= first + 2 ? metrics : null
  }, { everyMs: 250, timeoutMs: 30_000 })
}

beforeEach(async () => {
  lan = new Lan()
  const env = { NODE_OPTIONS: "--expose-gc" }
  const nodes = await Promise.all([lan.start({ env }), lan.start({ env })])
  const statuses = await untilAll(
    "bots at play",
    nodes,
    (status, all) => agreed(status, all) && status.players.length === 2
  )
  // A preemption is over, too.
  await sleep(3_000)
  const settled = await untilAll("one host", nodes, agreed)
  const parts = split(nodes, settled)
  host = parts.host
  peer = parts.others[0]!
  target = { address: host.address, port: 43_234, cluster: lan.cluster, peerId: parts.hostStatus.peerId }
  assert.equal(statuses.length, 2)
  const metrics = await collected(host)
  before = { status: await host.status(), metrics, at: now() }
})

/** The game's rate since `before`, whether the processes are as they were, and what was counted meanwhile. */
const aftermath = async (what: string): Promise<{ readonly rejected: number; readonly fenced: number }> => {
  const status = await host.status()
  const rate = (status.clock - before.status.clock) / (now() - before.at) * 1000
  figure(`ticks per second under ${what}`, rate, "Hz")
  assert.ok(Math.abs(rate / status.tickRate - 1) <= 0.15, `${rate} ticks per second`)
  assert.ok(host.running && peer.running)
  assert.deepEqual([host.stderr, peer.stderr].map(withoutRefusals), ["", ""])
  const metrics = await collected(host)
  const growth = metrics.get("hostless_heap_bytes")! - before.metrics.get("hostless_heap_bytes")!
  figure(
    `heap after ${what}, from ${Math.round(before.metrics.get("hostless_heap_bytes")! / mebi)} MiB`,
    growth / mebi,
    "MiB more"
  )
  assert.ok(growth <= growthBytesMax, `the heap grew by ${growth} bytes`)
  const handles = metrics.get("hostless_handles")! - before.metrics.get("hostless_handles")!
  assert.ok(handles <= 4, `${handles} more handles`)
  const [now1, now2] = await untilAll(
    "the game to go on",
    [host, peer],
    (one, all) => one.clock > status.clock && one.host === all[0]!.host
  )
  for (const { counters } of [now1!, now2!]) {
    assert.equal(counters.regressions, 0)
    assert.equal(counters.inputsDisputed, 0)
  }
  return {
    rejected: now1!.counters.framesRejected - before.status.counters.framesRejected,
    fenced: now1!.counters.framesFenced - before.status.counters.framesFenced
  }
}

/** What a node tells its user about nodes of other versions is no complaint. */
const withoutRefusals = (stderr: string): string =>
  stderr.split("\n").filter((line) => line !== "" && !line.includes("link refused")).join("\n")

/** Calls `one` so many times, some at a time, from addresses that change. */
const many = async (times: number, one: (from: string, i: number) => Promise<unknown>, atOnce = 12): Promise<void> => {
  let next = 0
  const worker = async (): Promise<void> => {
    for (;;) {
      const i = next++
      if (i >= times) return
      await one(`${lan.net}.${100 + i % 150}`, i)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

afterEach(async () => {
  // Each test's nodes are killed by their own hooks; ports of loopback need a moment to be free again.
  await sleep(100)
})

describe("the link port", () => {
  for (const kind of Object.keys(Garbage.streams({ address: "", port: 0, cluster: "x", peerId: "" as never }))) {
    test(`${count} connections with ${kind}`, { timeout: 240_000 }, async () => {
      const make = Garbage.streams(target)[kind]!
      await many(count, (from) => Garbage.throwAt(target, from, make()))
      const { rejected } = await aftermath(`${kind} on the link port`)
      assert.ok(rejected >= count, `${rejected} of ${count} were counted`)
    })
  }

  test(`${count} frames of an old reign from a linked peer`, { timeout: 120_000 }, async () => {
    const stranger = await Garbage.link(target, `${lan.net}.200`)
    const kinds = Object.values(Garbage.oldReigns(stranger))
    for (let i = 0; i < count; i++) {
      stranger.send(kinds[i % kinds.length]!())
      if (i % 100 === 99) await sleep(2)
    }
    await eventually(
      "all to be fenced",
      async () =>
        (await host.status()).counters.framesFenced - before.status.counters.framesFenced >= count ? true : null
    )
    assert.ok(!stranger.closed(), "an old reign is no offence")
    stranger.socket.destroy()
    const { fenced } = await aftermath("old reigns' frames")
    assert.ok(fenced >= count)
  })

  test(
    "a linked peer that keeps sending what no schema takes is disconnected, again and again",
    { timeout: 120_000 },
    async () => {
      let sent = 0
      let disconnected = 0
      await many(100, async (from) => {
        const stranger = await Garbage.link(target, from)
        for (let i = 0; i < 200 && !stranger.closed(); i++) {
          const body = Garbage.randomBytes(2 + Garbage.random(200))
          const frame = Buffer.alloc(4 + body.length)
          frame.writeUInt32BE(body.length)
          frame.set(body, 4)
          stranger.send(frame)
          sent++
        }
        await eventually("the disconnection", async () => stranger.closed() ? true : null, { everyMs: 5 })
        disconnected++
      }, 4)
      assert.ok(sent > 0 && disconnected === 100)
      const { rejected } = await aftermath("nonsense from linked peers")
      assert.ok(rejected >= 100 * 32, `${rejected} counted`)
    }
  )

  test("a peer that reads nothing is disconnected, and the others do not notice", { timeout: 120_000 }, async () => {
    // It is heard (it beats over the link), but takes nothing: every tick waits for it, until that is too much.
    const stranger = await Garbage.link(target, `${lan.net}.200`, false)
    await untilAll(
      "the link",
      [host],
      (status) => status.peers.some((one) => one.name === "stranger" && one.state !== "down")
    )
    const began = now()
    await eventually("the disconnection", async () => {
      const status = await host.status()
      return status.peers.every((one) => one.name !== "stranger" || one.state === "down") ? true : null
    }, { timeoutMs: 60_000 })
    figure("until a peer that reads nothing is disconnected", now() - began)
    stranger.socket.destroy()
    await aftermath("a peer that reads nothing")
    const status = await peer.status()
    assert.deepEqual(status.peers.filter((one) => one.state === "up").map((one) => one.name), [host.name])
  })
})

describe("datagrams", () => {
  /** Sends until the node has counted `count` more, since a datagram may get lost on its way. */
  const flood = async (datagram: () => Uint8Array, to: { readonly address: string; readonly port: number }) => {
    const socket = createSocket("udp4")
    await new Promise<void>((done) => socket.bind(0, `${lan.net}.200`, done))
    socket.setBroadcast(true)
    onTestFinished(() => void socket.close())
    for (let sent = 0; sent < 3 * count;) {
      for (let i = 0; i < 50; i++, sent++) socket.send(datagram(), to.port, to.address, () => {})
      await sleep(4)
      if (sent < count || sent % 1_000 !== 0) continue
      if ((await host.status()).counters.framesRejected - before.status.counters.framesRejected >= count) return
    }
    assert.fail("datagrams were not counted")
  }

  const announcement = (more: object): Uint8Array =>
    Buffer.from(JSON.stringify({
      hostless: protocolVersion,
      kind: "announce",
      cluster: lan.cluster,
      game: "gather",
      peerId: "ffffffff-0000-4000-8000-000000000000",
      name: "stranger",
      address: `${lan.net}.200`,
      port: 1,
      ...more
    }))

  const announcements: { readonly [kind: string]: () => Uint8Array } = {
    "random bytes": () => Garbage.randomBytes(1 + Garbage.random(1_400)),
    "truncated announcements": () => {
      const whole = announcement({})
      return whole.subarray(0, 1 + Garbage.random(whole.length - 1))
    },
    "oversized announcements": () => announcement({ name: "x".repeat(1_200 + Garbage.random(5_000)) }),
    "announcements of another version": () => announcement({ hostless: 2 + Garbage.random(100) }),
    "deep nesting": () => Buffer.alloc(1_000, "[")
  }
  for (const [kind, datagram] of Object.entries(announcements)) {
    test(`${count} ${kind} on the discovery port`, { timeout: 120_000 }, async () => {
      await flood(datagram, { address: "127.255.255.255", port: lan.discoveryPort })
      await aftermath(`${kind} on the discovery port`)
    })
  }

  test(`${count} announcements of clusters and of nodes that are not there`, { timeout: 120_000 }, async () => {
    const socket = createSocket("udp4")
    await new Promise<void>((done) => socket.bind(0, `${lan.net}.200`, done))
    socket.setBroadcast(true)
    onTestFinished(() => void socket.close())
    for (let i = 0; i < count; i++) {
      const peerId = `ffffffff-${(i & 0xffff).toString(16).padStart(4, "0")}-4000-8000-000000000000`
      const lie = i % 2 === 0 ? { peerId, cluster: `lie-${i}` } : { peerId, port: 1 + i % 60_000 }
      socket.send(announcement(lie), lan.discoveryPort, "127.255.255.255", () => {})
      if (i % 50 === 49) await sleep(4)
    }
    await aftermath("announcements of what is not there")
  })

  const beat = (to: string, more: object): Uint8Array =>
    encodeBody({
      hostless: protocolVersion,
      cluster: lan.cluster,
      from: "00000000-0000-4000-8000-000000000000",
      to,
      number: 1,
      echo: 0,
      echoAgeMs: 0,
      reign: null,
      mac: null,
      ...more
    }, "msgpack")

  const beats: { readonly [kind: string]: () => Uint8Array } = {
    "random bytes": () => Garbage.randomBytes(1 + Garbage.random(600)),
    "truncated beats": () => {
      const whole = beat(target.peerId, {})
      return whole.subarray(0, 1 + Garbage.random(whole.length - 1))
    },
    "oversized beats": () => beat(target.peerId, { mac: "x".repeat(600) }),
    "beats of another version": () => beat(target.peerId, { hostless: 2 }),
    "beats of another cluster": () => beat(target.peerId, { cluster: "other" }),
    "beats for somebody else": () => beat("00000000-0000-4000-8000-000000000001", {}),
    "deep nesting": () => Garbage.nested(Garbage.random(2) === 0 ? "msgpack" : "json", 400)
  }
  for (const [kind, datagram] of Object.entries(beats)) {
    test(`${count} ${kind} on the beat port`, { timeout: 120_000 }, async () => {
      const { node, socket } = await Garbage.link(target, `${lan.net}.201`)
      socket.destroy()
      await flood(datagram, { address: host.address, port: node.beatPort! })
      await aftermath(`${kind} on the beat port`)
    })
  }
})

describe("the page's port", () => {
  const session = (): string => host.page.replace("http:", "ws:").replace("/?", "/session?")

  for (const [kind, body] of Object.entries(Garbage.screenBodies)) {
    test(`${count} WebSocket messages: ${kind}`, { timeout: 240_000 }, async () => {
      let sent = 0
      // A screen that sends 32 of them is closed; then comes the next.
      await many(Math.ceil(count / 32), async (from) => {
        const socket = new WebSocket(session(), { localAddress: from })
        await new Promise((done) => {
          socket.on("error", done).on("close", done).on("open", () => {
            for (let i = 0; i < 32; i++, sent++) socket.send(body())
          })
        })
      }, 4)
      assert.ok(sent >= count)
      const { rejected } = await aftermath(`${kind} on the WebSocket`)
      assert.ok(rejected >= count, `${rejected} of ${count} were counted`)
    })
  }

  test("a thousand screens that send more than a message may be long are closed", { timeout: 120_000 }, async () => {
    const codes = new Set<number>()
    await many(1_000, async (from) => {
      const socket = new WebSocket(session(), { localAddress: from })
      await new Promise<void>((done) => {
        socket.on("error", () => {}).on("close", (code) => {
          codes.add(code)
          done()
        }).on("open", () => socket.send(Buffer.alloc(strangerBodyBytesMax + 1)))
      })
    }, 4)
    assert.deepEqual([...codes], [1009])
    const { rejected } = await aftermath("messages that are too long")
    assert.ok(rejected >= 1_000, `${rejected} counted`)
  })

  test("HTTP: what is none, is for another host, comes without the key or asks for what is not there", {
    timeout: 240_000
  }, async () => {
    const place = { address: host.address, port: Number(new URL(host.url).port) }
    const own = `${place.address}:${place.port}`
    const asked = (path: string, headers: Record<string, string> = {}): Promise<number> =>
      new Promise((done) => {
        const asking = request({ host: place.address, port: place.port, path, headers, agent: false }, (response) => {
          response.resume().once("end", () => done(response.statusCode!))
        })
        asking.once("upgrade", () => done(101)).once("error", () => done(0)).end()
      })
    const upgrade = {
      connection: "upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "x"
    }
    const kinds: ReadonlyArray<(from: string) => Promise<unknown>> = [
      (from) => Garbage.throwAt(place, from, Garbage.randomBytes(1 + Garbage.random(600))),
      (from) => Garbage.throwAt(place, from, `GET / HTTP/1.1\r\nHost: ${own}\r\nX: ${"x".repeat(100_000)}`),
      async () => assert.equal(await asked("/", { host: "evil.example" }), 403),
      async () => assert.equal(await asked(`/session?key=${"0".repeat(32)}`, upgrade), 401),
      async () => assert.equal(await asked("/session", { ...upgrade, origin: "http://evil.example" }), 403),
      async () => assert.equal(await asked("/%2e%2e/%2e%2e/etc/passwd"), 404),
      async () => assert.equal(await asked("/%ff%"), 404)
    ]
    for (const kind of kinds) await many(Math.ceil(count / 4), kind)
    await aftermath("garbage over HTTP")
  })
})
