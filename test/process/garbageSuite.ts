/**
 * Garbage on every port of nodes that play: it is turned away and counted, the processes live, the game goes on at its
 * rate, and nothing of it stays in memory.
 */
import { strict as assert } from "node:assert"
import { createSocket } from "node:dgram"
import { Agent, request } from "node:http"
import { describe, onTestFinished, test } from "vitest"
import { WebSocket } from "ws"
import { strangerBodyBytesMax } from "../../src/protocol/Frame.ts"
import type { Status } from "../../src/protocol/Status.ts"
import * as Garbage from "./garbage.ts"
import { stopwatch } from "./machine.ts"
import { agreed, eventually, figure, Lan, now, type RealNode, settled, sleep, split, untilAll } from "./nodes.ts"

const mebi = 1024 * 1024
/** What a heap may have grown by: logs of recent events fill up in the first minute of play. */
const growthBytesMax = 12 * mebi
const rateOverMs = 2_000
const heap = "hostless_heap_bytes"

/** Two nodes that play, and what the one that hosts said before anything was thrown at it. */
interface Scene {
  readonly lan: Lan
  readonly host: RealNode
  readonly peer: RealNode
  readonly target: Garbage.Target
  readonly metrics: ReadonlyMap<string, number>
}

/** The metrics after the node has collected its heap anew, twice: what was just let go is gone by then. */
const collected = async (node: RealNode): Promise<ReadonlyMap<string, number>> => {
  const name = "hostless_heap_collections_total"
  const first = (await node.metrics()).get(name)!
  return eventually("the heap to be collected", async () => {
    const metrics = await node.metrics()
    return metrics.get(name)! >= first + 2 ? metrics : null
  }, { everyMs: 250, timeoutMs: 30_000 })
}

const play = async (): Promise<Scene> => {
  const lan = new Lan()
  const env = { NODE_OPTIONS: "--expose-gc" }
  const nodes = await Promise.all([lan.start({ env }), lan.start({ env })])
  await untilAll("bots at play", nodes, (status, all) => settled(status, all) && status.players.length === 2)
  const { host, hostStatus, others } = split(nodes, await untilAll("one host", nodes, agreed))
  const target = { address: host.address, port: 43_234, cluster: lan.cluster, peerId: hostStatus.peerId }
  return { lan, host, peer: others[0]!, target, metrics: await collected(host) }
}

/** How the game went while `throwing` did its worst. */
const during = async ({ host, peer }: Scene, what: string, throwing: () => Promise<unknown>) => {
  const before = await host.status()
  const watching = stopwatch()
  const began = now()
  await throwing()
  // Long enough to see whether the game goes on.
  await sleep(Math.max(0, began + rateOverMs - now()))
  const after = await host.status()
  const rate = (after.clock - before.clock) / (now() - began) * 1000
  figure(`ticks per second under ${what}`, rate, "Hz")
  const missedMs = now() - began - (after.clock - before.clock) / after.tickRate * 1000
  watching.within(`time without ticks under ${what}`, missedMs, (now() - began) / 2)
  assert.ok(host.running && peer.running, what)
  return {
    rejected: after.counters.framesRejected - before.counters.framesRejected,
    fenced: after.counters.framesFenced - before.counters.framesFenced
  }
}

/** Throws, and sees to it that so many more were counted as rejected. */
const rejects = async ({ host }: Scene, what: string, least: number, throwing: () => Promise<unknown>) => {
  const counted = async () => (await host.status()).counters.framesRejected
  const before = await counted()
  await throwing()
  await eventually(`${least} with ${what} to be counted`, async () => await counted() - before >= least || null)
}

/** Whether the nodes are as they were. */
const aftermath = async ({ host, metrics, peer }: Scene, what: string): Promise<void> => {
  assert.deepEqual([host.stderr, peer.stderr].map(withoutRefusals), ["", ""])
  const after = await collected(host)
  const more = (name: string) => after.get(name)! - metrics.get(name)!
  figure(`heap after ${what}, from ${Math.round(metrics.get(heap)! / mebi)} MiB`, more(heap) / mebi, "MiB more")
  assert.ok(more(heap) <= growthBytesMax, `the heap grew by ${more(heap)} bytes`)
  assert.ok(
    more("hostless_external_bytes") <= growthBytesMax,
    `buffers grew by ${more("hostless_external_bytes")} bytes`
  )
  assert.ok(more("hostless_handles") <= 4, `${more("hostless_handles")} more handles`)
  const { clock } = await host.status()
  const statuses = await untilAll(
    "the game to go on",
    [host, peer],
    (status, all) => status.clock > clock && status.host === all[0]!.host
  )
  for (const { counters } of statuses) {
    assert.equal(counters.regressions, 0)
    assert.equal(counters.inputsDisputed, 0)
  }
}

/** What a node tells its user about nodes of other versions is no complaint. */
const withoutRefusals = (stderr: string): string =>
  stderr.split("\n").filter((line) => line !== "" && !line.includes("link refused")).join("\n")

/** Calls `one` so many times, some at a time, from addresses that change: so ports do not run out. */
const many = async (
  { lan }: Scene,
  times: number,
  one: (from: string, i: number) => Promise<unknown>,
  atOnce = 12
): Promise<void> => {
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

const tooLong = "x".repeat(20_000)

/** A socket that throws datagrams, some at a time: a burst would be lost in the receiver's buffer. */
const throwDatagrams = async (
  { lan }: Scene,
  datagram: () => Uint8Array,
  to: { readonly address: string; readonly port: number },
  times: number,
  atOnce = 50
): Promise<void> => {
  const socket = createSocket("udp4")
  await new Promise<void>((done) => socket.bind(0, `${lan.net}.200`, done))
  socket.setBroadcast(true)
  for (let sent = 0; sent < times; sent++) {
    socket.send(datagram(), to.port, to.address, () => {})
    if (sent % atOnce === atOnce - 1) await sleep(4)
  }
  socket.close()
}

/** Throws until the host has counted `count` more, since datagrams get lost on their way. */
const flood = async (
  scene: Scene,
  datagram: () => Uint8Array,
  to: { readonly address: string; readonly port: number },
  count: number
): Promise<void> => {
  const counted = async () => (await scene.host.status()).counters.framesRejected
  const before = await counted()
  await throwDatagrams(scene, datagram, to, count)
  for (let more = 0; more < 20; more++) {
    const missing = count - (await counted() - before)
    if (missing <= 0) return
    await throwDatagrams(scene, datagram, to, Math.max(100, missing))
  }
  assert.fail("datagrams were not counted")
}

/** What is thrown at nodes that play, so many of each kind, and what may come of it. */
const kinds = (count: number): Readonly<Record<string, (scene: Scene) => Promise<void>>> => ({
  [`${count} connections of each kind to the link port`]: async (scene) => {
    await during(scene, "garbage on the link port", async () => {
      for (const [kind, bytes] of Object.entries(Garbage.streams(scene.target))) {
        await rejects(
          scene,
          kind,
          count,
          () => many(scene, count, (from) => Garbage.throwAt(scene.target, from, bytes()))
        )
      }
    })
  },

  [`${count} frames of an old reign from a linked peer change nothing`]: async (scene) => {
    const stranger = await Garbage.link(scene.target, `${scene.lan.net}.200`)
    const kinds = Object.values(Garbage.oldReigns(stranger))
    const { fenced } = await during(scene, "frames of an old reign", async () => {
      for (let i = 0; i < count; i++) {
        stranger.send(kinds[i % kinds.length]!())
        if (i % 20 === 19) await sleep(2)
      }
    })
    assert.ok(fenced >= count, `${fenced} of ${count} were fenced`)
    assert.ok(!stranger.closed(), "an old reign is no offence")
    stranger.socket.destroy()
  },

  "linked peers that keep sending what no schema takes are disconnected": async (scene) => {
    const peers = Math.ceil(count / 32)
    const { rejected } = await during(scene, "nonsense from linked peers", () =>
      many(scene, peers, async (from) => {
        const stranger = await Garbage.link(scene.target, from)
        for (let i = 0; i < 40; i++) stranger.send(Garbage.nonsense())
        await eventually("the disconnection", async () => stranger.closed() ? true : null, { everyMs: 5 })
      }, 4))
    assert.ok(rejected >= peers * 32, `${rejected} of ${peers * 32} were counted`)
  },

  "a peer that reads nothing is disconnected, and the others do not notice": async (scene) => {
    const { host, peer } = scene
    const stranger = await Garbage.link(scene.target, `${scene.lan.net}.200`, false)
    const state = (status: Status) => status.peers.find((one) => one.name === "stranger")?.state ?? "down"
    await untilAll("the link", [host], (status) => state(status) !== "down")
    const began = now()
    await during(
      scene,
      "a peer that reads nothing",
      () => untilAll("the disconnection", [host], (status) => state(status) === "down", { timeoutMs: 60_000 })
    )
    figure("until a peer that reads nothing is disconnected", now() - began)
    stranger.socket.destroy()
    const { peers } = await peer.status()
    assert.deepEqual(peers.filter((one) => one.state === "up").map((one) => one.name), [host.name])
  },

  [`${count} datagrams of each kind to the discovery port`]: async (scene) => {
    const everybody = { address: "127.255.255.255", port: scene.lan.discoveryPort }
    await during(scene, "garbage on the discovery port", async () => {
      for (const datagram of Object.values(Garbage.announcements(scene.target))) {
        await flood(scene, datagram, everybody, count)
      }
    })
    // What is well-formed and not true is not rejected, but must not cost much either.
    const lies = Garbage.lies(scene.target)
    await during(scene, "announcements of what is not there", () => throwDatagrams(scene, lies, everybody, count, 20))
  },

  [`${count} datagrams of each kind to the beat port`]: async (scene) => {
    const { node, socket } = await Garbage.link(scene.target, `${scene.lan.net}.201`)
    socket.destroy()
    await during(scene, "garbage on the beat port", async () => {
      for (const datagram of Object.values(Garbage.beats(scene.target))) {
        await flood(scene, datagram, { address: scene.host.address, port: node.beatPort! }, count)
      }
    })
  },

  [`${count} messages of each kind over the WebSocket`]: async (scene) => {
    const session = scene.host.page.replace("http:", "ws:").replace("/?", "/session?")
    /** What a screen sends, and how it was closed. */
    const screen = (from: string, bodies: ReadonlyArray<Uint8Array | string>): Promise<number> =>
      new Promise((done) => {
        const socket = new WebSocket(session, { localAddress: from })
        socket.on("error", () => {}).on("close", done).on("open", () => {
          for (const body of bodies) socket.send(body)
        })
      })
    // A screen that has sent 32 of them is closed; then comes the next.
    const times = Math.ceil(count / 32)
    const tooLong = async (from: string) =>
      assert.equal(await screen(from, [Buffer.alloc(strangerBodyBytesMax + 1)]), 1009)
    await during(scene, "garbage on the WebSocket", async () => {
      for (const [kind, body] of Object.entries(Garbage.screenBodies)) {
        await rejects(
          scene,
          kind,
          count,
          () => many(scene, times, (from) => screen(from, Array.from({ length: 32 }, body)), 4)
        )
      }
      await rejects(scene, "messages that are too long", count / 2, () => many(scene, count / 2, tooLong, 4))
    })
  },

  [`${count} requests of each kind over HTTP`]: async (scene) => {
    const place = { address: scene.host.address, port: Number(new URL(scene.host.url).port) }
    const own = `${place.address}:${place.port}`
    const agent = new Agent({ keepAlive: true, maxSockets: 8 })
    onTestFinished(() => agent.destroy())
    const asked = (path: string, headers: Record<string, string>, expected: number): Promise<void> =>
      new Promise((done, failed) => {
        const asking = request({ host: place.address, port: place.port, path, headers, agent }, (response) => {
          response.resume().once(
            "end",
            () => response.statusCode === expected ? done() : failed(new Error(`${path}: ${response.statusCode}`))
          )
        })
        asking.once("error", failed).end()
      })
    const upgrade = {
      connection: "upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "x"
    }
    const kinds: { readonly [kind: string]: (from: string) => Promise<unknown> } = {
      "random bytes": (from) => Garbage.throwAt(place, from, Garbage.randomBytes(1 + Garbage.random(600))),
      "headers without end": (from) => Garbage.throwAt(place, from, `GET / HTTP/1.1\r\nHost: ${own}\r\nX: ${tooLong}`),
      "requests for another host": () => asked("/", { host: "evil.example" }, 403),
      "WebSockets without the key": () => asked(`/session?key=${"0".repeat(32)}`, upgrade, 401),
      "WebSockets of a foreign page": () => asked("/session", { ...upgrade, origin: "http://evil.example" }, 403),
      "paths that lead out": () => asked("/%2e%2e/%2e%2e/etc/passwd", {}, 404),
      "paths that are none": () => asked("/%ff%", {}, 404)
    }
    await during(scene, "garbage over HTTP", async () => {
      for (const one of Object.values(kinds)) await many(scene, count, one, 8)
    })
    // Connections that are kept alive are no leak.
    agent.destroy()
  }
})

/** A peer that is heard, but neither reads nor answers, does not keep a successor from its reign. The host dies of it. */
const deafPeer = async ({ host, lan, peer, target }: Scene): Promise<void> => {
  const others = { ...target, address: peer.address, peerId: (await peer.status()).peerId }
  const [first, second] = [
    await Garbage.link(target, `${lan.net}.200`, false),
    await Garbage.link(others, `${lan.net}.201`, false)
  ]
  Garbage.beatOn(first)
  Garbage.beatOn(second)
  // Nobody suspects it by then.
  await sleep(1_000)
  const [before] = await untilAll(
    "the stranger to be taken for a peer",
    [peer],
    (status) => status.peers.some((one) => one.name === "stranger" && one.state === "up")
  )
  host.signal("SIGKILL")
  const began = now()
  const [after] = await untilAll(
    "the successor to play on",
    [peer],
    (status) => status.role === "host" && status.clock > before!.clock + 30,
    { everyMs: 60 }
  )
  figure("from the host's death to half a second of play, beside a peer that does not answer", now() - began)
  assert.ok(after!.epoch! > before!.epoch!)
  assert.equal(after!.counters.regressions, 0)
}

const succession = "a peer that is heard, but neither reads nor answers, does not keep a successor from its reign"

/** `count` of each kind, each at nodes of its own. */
export const garbage = (count: number): void => {
  describe("garbage", { timeout: 1_800_000 }, () => {
    for (const [kind, act] of Object.entries(kinds(count))) {
      test(kind, async () => {
        const scene = await play()
        await act(scene)
        await aftermath(scene, kind)
      })
    }
    test(succession, async () => deafPeer(await play()))
  })
}

/** The same, one after the other at the same nodes. */
export const garbageInTurn = (count: number): void => {
  test(`garbage, ${count} of each kind in turn`, async () => {
    const scene = await play()
    for (const [kind, act] of Object.entries(kinds(count))) {
      await act(scene).catch((cause) => {
        throw new Error(kind, { cause })
      })
    }
    await aftermath(scene, "garbage of all kinds")
  })
  test(succession, async () => deafPeer(await play()))
}
